/** What goes on right now, in the two lanes: what thinks, and what holds the device. */
import { ArrowUpRight } from "lucide-react";
import type { LiveState, LiveTask } from "../../../shared/live.ts";
import { toExperiment } from "../../state/route.ts";
import { useNow } from "../../state/silence.ts";
import { Button } from "../../ui/controls.tsx";
import { duration } from "../../ui/format.ts";
import { doing, nameOf, progress, share, subjectOf } from "./words.ts";

interface Props {
  live: LiveState;
  tasks: readonly LiveTask[];
  /** Subject of the one that is looked at. */
  chosen: string | null;
  onChoose: (subject: string) => void;
  /** Nobody knows whether they still go on. */
  stopped: boolean;
}

export function Lanes(props: Props) {
  return (
    <div className="live-lanes">
      <Lane {...props} lane="device" title="Device" empty="The device is idle." />
      <Lane {...props} lane="mind" title="Mind" empty="Nothing is being thought over." />
    </div>
  );
}

function Lane({
  live,
  tasks,
  chosen,
  onChoose,
  stopped,
  lane,
  title,
  empty,
}: Props & { lane: LiveTask["lane"]; title: string; empty: string }) {
  const now = useNow();
  const own = tasks.filter((t) => t.lane === lane).sort((a, b) => a.since.localeCompare(b.since));
  return (
    <section aria-label={`${title} lane`} className="live-lane">
      <h2>
        {title}
        <span className="muted num"> {own.length > 0 ? own.length : ""}</span>
      </h2>
      {own.length === 0 ? (
        <p className="muted">{empty}</p>
      ) : (
        <ul>
          {own.map((task) => (
            <Task
              key={`${subjectOf(task)} ${task.step}`}
              {...{ task, live, now, stopped, onChoose }}
              chosen={subjectOf(task) === chosen}
            />
          ))}
        </ul>
      )}
    </section>
  );
}

function Task({
  task,
  live,
  now,
  stopped,
  chosen,
  onChoose,
}: {
  task: LiveTask;
  live: LiveState;
  now: number;
  stopped: boolean;
  chosen: boolean;
  onChoose: (subject: string) => void;
}) {
  const done = share(task);
  const far = progress(task, live.campaign.protocol);
  const seconds = Math.max(0, (now - new Date(task.since).getTime()) / 1000);
  return (
    <li className="live-task">
      <button
        type="button"
        aria-pressed={chosen}
        onClick={() => onChoose(subjectOf(task))}
        title={`Show ${task.name}`}
      >
        <span className="clip live-doing">{doing(task)}</span>
        <span className="num small secondary clip">
          {far || (stopped ? "no longer known" : `for ${duration(seconds)}`)}
        </span>
        {done !== null && (
          <span className="progress" aria-hidden="true">
            <div style={{ width: `${100 * done}%` }} />
          </span>
        )}
      </button>
      {task.experimentId && (
        <Button small kind="quiet" asChild className="icon">
          <a
            href={toExperiment(live.archive, task.experimentId)}
            aria-label={`Open ${nameOf(task)}`}
            title={`Open ${nameOf(task)}`}
          >
            <ArrowUpRight size={14} aria-hidden />
          </a>
        </Button>
      )}
    </li>
  );
}
