/** Time: how the tree stood after so many experiments. */
import { Pause, Play } from "lucide-react";
import { useEffect, useState } from "react";
import { IconButton } from "../../ui/controls.tsx";
import { duration } from "../../ui/format.ts";

/** Playing takes this long, however many there are. */
const PLAY_MS = 12_000;
const STILL_STEPS = 12;

export function Scrubber({
  size,
  seconds,
  value,
  onChange,
}: {
  size: number;
  /** Of each experiment, since the first. */
  seconds: readonly number[];
  /** null: now, and what comes. */
  value: number | null;
  onChange: (value: number | null) => void;
}) {
  const [playing, setPlaying] = useState(false);
  const at = value ?? size;
  useEffect(() => {
    if (!playing) return;
    const start = performance.now();
    const from = at >= size ? 0 : at;
    const still =
      document.documentElement.dataset.motion === "reduced" ||
      matchMedia("(prefers-reduced-motion: reduce)").matches;
    let frame = 0;
    const step = (now: number) => {
      let share = (now - start) / PLAY_MS;
      // Reduced motion: a few pictures, one after the other.
      if (still) share = Math.floor(share * STILL_STEPS) / STILL_STEPS;
      const next = Math.floor(from + share * size);
      if (next >= size) {
        onChange(null);
        setPlaying(false);
      } else {
        onChange(next);
        frame = requestAnimationFrame(step);
      }
    };
    frame = requestAnimationFrame(step);
    return () => cancelAnimationFrame(frame);
    // It goes on from where it was when play was pressed.
  }, [playing, size, onChange]);
  return (
    <div className="tree-time">
      <IconButton label={playing ? "Pause" : "Play"} onClick={() => setPlaying(!playing)}>
        {playing ? <Pause size={16} /> : <Play size={16} />}
      </IconButton>
      <input
        type="range"
        min={0}
        max={size}
        value={at}
        aria-label="Experiments shown"
        aria-valuetext={`${at} of ${size}`}
        onChange={(event) => {
          const next = Number(event.target.value);
          setPlaying(false);
          onChange(next >= size ? null : next);
        }}
      />
      <span className="num secondary tree-clock">
        {at} of {size}, {at > 0 ? `after ${duration(seconds[at - 1])}` : "before the first"}
      </span>
    </div>
  );
}
