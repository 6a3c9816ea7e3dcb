/** The loop's stages: how many experiments are where, and how far the one that is looked at has come. */
import { Check } from "lucide-react";
import { Fragment } from "react";
import type { LiveState, LiveTask } from "../../../shared/live.ts";
import { percent, plural } from "../../ui/format.ts";
import { nameOf, type Stage, stages } from "./words.ts";

export function StageStrip({
  live,
  task,
  silent,
}: {
  live: LiveState;
  task: LiveTask | null;
  silent: boolean;
}) {
  const { waiting, promotions } = live;
  const next = [
    waiting > 0 ? `${waiting} gated, waiting` : "nothing waits for the device",
    ...(promotions.open > 0 ? [`${plural(promotions.open, "promotion")} open`] : []),
  ].join(" · ");
  return (
    <div className="live-strip">
      <ol aria-label={task ? `Stages of ${nameOf(task)}` : "Stages"}>
        {stages(live, task).map((stage, i) => (
          <Fragment key={stage.name}>
            {i > 0 && <li className="live-link" aria-hidden="true" data-state={stage.state} />}
            <StageItem stage={stage} silent={silent} />
          </Fragment>
        ))}
      </ol>
      <p className="small muted num clip">next: {next}</p>
    </div>
  );
}

const STATES: Record<Stage["state"], string> = { done: ", done", now: ", under way", ahead: "", none: "" };

function StageItem({
  stage: { name, count, state, busy, share },
  silent,
}: {
  stage: Stage;
  silent: boolean;
}) {
  return (
    <li
      className="live-stage"
      data-state={state}
      data-busy={busy && !silent}
      aria-current={state === "now" ? "step" : undefined}
      title={`${name}${STATES[state]}: ${plural(count, "experiment")} here`}
    >
      {state === "done" && <Check size={13} strokeWidth={2.25} aria-hidden />}
      <span>{name}</span>
      {state === "now" && share !== null && (
        <>
          <span className="progress" aria-hidden="true">
            <div style={{ width: `${100 * share}%` }} />
          </span>
          <span className="num small">{percent(share)}</span>
        </>
      )}
      {count > 0 && <span className="live-count num">{count}</span>}
      <span className="hidden-text">
        {STATES[state]}, {plural(count, "experiment")} here
      </span>
    </li>
  );
}
