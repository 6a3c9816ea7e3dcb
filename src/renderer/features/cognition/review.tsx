/** Entries that wait: nothing enters the base unread. */
import { useState } from "react";
import type { Output } from "../../../shared/procedures.ts";
import { call } from "../../api/index.ts";
import { sayError, useApp } from "../../state/app.ts";
import { Button } from "../../ui/controls.tsx";
import { plural } from "../../ui/format.ts";

type Waiting = Output<"cognition.review">[number];

export function Review({ waiting, onDecided }: { waiting: readonly Waiting[]; onDecided: () => void }) {
  return (
    <details className="cognition-review" open>
      <summary>{plural(waiting.length, "entry waits", "entries wait")} for review</summary>
      <ul>
        {waiting.map((w) => (
          <One key={w.id} entry={w} onDecided={onDecided} />
        ))}
      </ul>
    </details>
  );
}

function One({ entry, onDecided }: { entry: Waiting; onDecided: () => void }) {
  const [busy, setBusy] = useState(false);
  const decide = async (accept: boolean) => {
    setBusy(true);
    try {
      const { left } = await call("cognition.decide", { id: entry.id, accept });
      if (left[0]) useApp.getState().say({ tone: "bad", text: left[0].reason });
      onDecided();
    } catch (error) {
      sayError(error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <li>
      <p className="strong">{entry.title}</p>
      <p>{entry.scenario}</p>
      <p className="secondary">{entry.algorithm}</p>
      {entry.problems.map((p) => (
        <p key={p} className="field-error">
          {p}
        </p>
      ))}
      {entry.similar.length > 0 && <p className="small muted">Says the same as {entry.similar.join(", ")}</p>}
      <div className="row">
        <Button
          small
          kind="primary"
          disabled={busy || entry.problems.length > 0}
          onClick={() => decide(true)}
        >
          Accept
        </Button>
        <Button small disabled={busy} onClick={() => decide(false)}>
          Reject
        </Button>
        <span className="mono muted clip" title={entry.file}>
          {entry.file}
        </span>
      </div>
    </li>
  );
}
