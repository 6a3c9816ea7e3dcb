/** A terminal to look at: the output of a job or of the set-up, as it comes. Nothing can be typed into it. */
import "@xterm/xterm/css/xterm.css";
import "./terminal-panel.css";
import {
  Accessibility,
  ArrowDownToLine,
  ChevronDown,
  ChevronUp,
  Copy,
  Eraser,
  Search,
  X,
} from "lucide-react";
import { type KeyboardEvent, useEffect, useRef, useState } from "react";
import { useTopic } from "../api/index.ts";
import { sayError, useApp } from "../state/app.ts";
import { IconButton, Select, TextInput } from "./controls.tsx";
import { createScreen, type Screen } from "./terminal-screen.ts";
import { inOrder, LEAST_HEIGHT, type Shown, shownTerminal, stepHeight } from "./terminals.ts";

export interface TerminalProps {
  /** In px at the beginning; it can be dragged. Without: as high as its place. */
  height?: number;
  onClose?: () => void;
  /** Id of the one that is shown; without, a person chooses, and the newest is shown until then. */
  terminal?: string;
}

export default function TerminalPanel({ height: initialHeight, onClose, terminal }: TerminalProps) {
  const { data: terminals } = useTopic("terminals");
  const [chosen, setChosen] = useState<string | null>(terminal ?? null);
  const [height, setHeight] = useState(initialHeight);
  const [search, setSearch] = useState<string | null>(null);
  const [found, setFound] = useState<{ index: number; count: number } | null>(null);
  const [follow, setFollow] = useState(true);
  const [reader, setReader] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const screen = useRef<Screen | null>(null);
  const place = useRef<HTMLDivElement>(null);
  const shown = shownTerminal(terminals ?? [], terminal ?? chosen, terminal !== undefined);

  useEffect(() => {
    const made = createScreen(place.current!, {
      onFollow: setFollow,
      onFound: setFound,
      onSearch: () => setSearch((s) => s ?? ""),
    });
    screen.current = made;
    return () => {
      screen.current = null;
      made.dispose();
    };
  }, []);
  const { id, since } = shown ?? { id: null, since: null };
  // The same id is another terminal when it began anew.
  useEffect(() => {
    setProblem(null);
    setFollow(true);
    if (id === null) return;
    return screen.current?.show(id, (error) => setProblem(error.message));
  }, [id, since]);
  useEffect(() => screen.current?.setReader(reader), [reader]);
  useEffect(() => {
    if (search === null) screen.current?.endSearch();
    else screen.current?.find(search, "here");
  }, [search]);

  const keys = (event: KeyboardEvent) => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "f") {
      event.preventDefault();
      setSearch(search ?? "");
    }
  };
  const copy = () =>
    navigator.clipboard
      .writeText(screen.current?.text() ?? "")
      .then(
        () => useApp.getState().say({ tone: "plain", text: "The terminal's text was copied." }),
        sayError,
      );

  return (
    <section
      className="terminal"
      aria-label="Terminal"
      style={height === undefined ? { flex: 1 } : { height }}
      onKeyDown={keys}
    >
      {height !== undefined && <Grip height={height} onHeight={setHeight} />}
      <div className="terminal-bar">
        <Which
          {...{ shown, terminals: terminals ?? [], fixed: terminal !== undefined }}
          onChoose={setChosen}
        />
        <span className="grow" />
        {search !== null && (
          <SearchField
            text={search}
            found={found}
            onText={setSearch}
            onFind={(way) => screen.current?.find(search, way)}
            onClose={() => {
              setSearch(null);
              screen.current?.focus();
            }}
          />
        )}
        {search === null && (
          <IconButton label="Search" shortcut="Ctrl F" small onClick={() => setSearch("")}>
            <Search size={14} aria-hidden />
          </IconButton>
        )}
        <IconButton
          label={follow ? "Following: stop at this line" : "Follow the newest line"}
          small
          aria-pressed={follow}
          onClick={() => screen.current?.setFollow(!follow)}
        >
          <ArrowDownToLine size={14} aria-hidden />
        </IconButton>
        <IconButton label="Copy all" small onClick={copy}>
          <Copy size={14} aria-hidden />
        </IconButton>
        <IconButton label="Clear what is shown" small onClick={() => screen.current?.clear()}>
          <Eraser size={14} aria-hidden />
        </IconButton>
        <IconButton label="Screen reader mode" small aria-pressed={reader} onClick={() => setReader(!reader)}>
          <Accessibility size={14} aria-hidden />
        </IconButton>
        {onClose && (
          <IconButton label="Close the terminal" small onClick={onClose}>
            <X size={14} aria-hidden />
          </IconButton>
        )}
      </div>
      <div className="terminal-screen">
        <div ref={place} />
        {(problem ?? shown === null) && (
          <p className="terminal-none">
            {problem ?? "Nothing has written to a terminal yet. The output of a training appears here."}
          </p>
        )}
      </div>
    </section>
  );
}

function Which({
  shown,
  terminals,
  fixed,
  onChoose,
}: {
  shown: Shown | null;
  terminals: readonly Shown[];
  fixed: boolean;
  onChoose: (id: string) => void;
}) {
  if (fixed || terminals.length < 2) return <h2 className="clip">{shown?.title ?? "Terminal"}</h2>;
  return (
    <Select
      aria-label="Terminal"
      className="terminal-which"
      value={shown?.id ?? ""}
      onChange={onChoose}
      options={inOrder(terminals).map((t) => ({
        value: t.id,
        label: t.live ? t.title : `${t.title} (ended)`,
      }))}
    />
  );
}

function SearchField({
  text,
  found,
  onText,
  onFind,
  onClose,
}: {
  text: string;
  found: { index: number; count: number } | null;
  onText: (text: string) => void;
  onFind: (way: "next" | "previous") => void;
  onClose: () => void;
}) {
  const said =
    text === "" || !found ? "" : found.count === 0 ? "not found" : `${found.index + 1} of ${found.count}`;
  return (
    <search className="terminal-search">
      <span className="small muted num" aria-live="polite">
        {said}
      </span>
      <TextInput
        autoFocus
        value={text}
        placeholder="Search the output"
        aria-label="Search the output"
        onChange={(event) => onText(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === "Enter") onFind(event.shiftKey ? "previous" : "next");
          if (event.key !== "Escape") return;
          event.stopPropagation();
          onClose();
        }}
      />
      <IconButton label="Previous" shortcut="Shift Enter" small onClick={() => onFind("previous")}>
        <ChevronUp size={14} aria-hidden />
      </IconButton>
      <IconButton label="Next" shortcut="Enter" small onClick={() => onFind("next")}>
        <ChevronDown size={14} aria-hidden />
      </IconButton>
      <IconButton label="End the search" shortcut="Esc" small onClick={onClose}>
        <X size={14} aria-hidden />
      </IconButton>
    </search>
  );
}

/** The upper edge, which is dragged or moved by arrow keys. */
function Grip({ height, onHeight }: { height: number; onHeight: (height: number) => void }) {
  const most = Math.round(globalThis.innerHeight * 0.7);
  const from = useRef<{ y: number; height: number } | null>(null);
  return (
    // biome-ignore lint/a11y/useSemanticElements: a line that is moved is no hr
    <div
      className="terminal-grip"
      role="separator"
      aria-orientation="horizontal"
      aria-label="Height of the terminal"
      aria-valuenow={height}
      aria-valuemin={LEAST_HEIGHT}
      aria-valuemax={most}
      tabIndex={0}
      onKeyDown={(event) => {
        const next = stepHeight(height, event.key, most);
        if (next === null) return;
        event.preventDefault();
        onHeight(next);
      }}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        from.current = { y: event.clientY, height };
      }}
      onPointerMove={(event) => {
        if (from.current)
          onHeight(
            Math.min(most, Math.max(LEAST_HEIGHT, from.current.height + from.current.y - event.clientY)),
          );
      }}
      onPointerUp={() => {
        from.current = null;
      }}
    />
  );
}
