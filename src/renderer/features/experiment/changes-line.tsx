/** How the program differs from its parent's, in a line. */
import { useMemo } from "react";
import type { ExperimentView } from "../../../shared/views.ts";
import { useCall } from "../../api/index.ts";
import { toExperiment } from "../../state/route.ts";
import { changedLines } from "./changes.ts";
import { originOf } from "./provenance.ts";

export function Changes({ view }: { view: ExperimentView }) {
  const { archive, experiment, parent } = view;
  const { data } = useCall("experiments.get", parent ? { archive, id: parent.id } : null);
  const before = data?.experiment.code ?? null;
  const lines = useMemo(
    () => (before === null ? null : changedLines(before, experiment.code)),
    [before, experiment.code],
  );
  const said = originOf(experiment).facts.find((f) => f.name === "Change")?.value;
  return (
    <div className="stack">
      {said && <p>{said}</p>}
      {parent ? (
        <p>
          {lines && (
            <span className="num">
              <span className="good">+{lines.added}</span> <span className="bad">−{lines.removed}</span> lines
              against{" "}
            </span>
          )}
          {!lines && "Against "}
          <a href={toExperiment(archive, parent.id)}>{parent.name}</a>
          {" · "}
          <a href={toExperiment(archive, experiment.id, "diff")}>See the difference</a>
        </p>
      ) : (
        <p className="secondary">It has no parent among the experiments.</p>
      )}
      {experiment.repairs > 0 && (
        <p className="secondary">
          Repaired {["", "once", "twice"][experiment.repairs] ?? `${experiment.repairs} times`} before it
          stood.{" "}
          <a href={`${toExperiment(archive, experiment.id, "diff")}&against=v0`}>What the repairs changed</a>
        </p>
      )}
    </div>
  );
}
