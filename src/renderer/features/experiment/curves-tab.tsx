/** Training loss by task, with the parent and the baseline as ghosts. */
import { useMemo } from "react";
import type { ExperimentView } from "../../../shared/views.ts";
import { useCall } from "../../api/index.ts";
import { CurveChart } from "../../ui/curve-chart.tsx";
import { plural } from "../../ui/format.ts";
import { byTask, deepest, drawn, ghost } from "../../ui/seed-curves.ts";
import { Empty } from "../../ui/states.tsx";

export default function CurvesTab({ view }: { view: ExperimentView }) {
  const { archive, parent, curves, baseline, experiment } = view;
  const { data: parents } = useCall("experiments.curves", parent ? { archive, id: parent.id } : null);
  const parentName = parent ? `${parent.name} (parent)` : "";
  const charts = useMemo(() => {
    const base = deepest(baseline);
    return [...byTask(curves)].map(([task, curve]) => ({
      task,
      seeds: curve.seeds,
      series: [
        { name: experiment.name, ...drawn(curve), colour: "var(--series-1)" },
        ...ghost(parentName, "var(--series-2)", parents ?? [], task),
        ...ghost("baseline", "var(--baseline)", base, task),
      ],
    }));
  }, [parents, baseline, curves, experiment.name, parentName]);
  if (charts.length === 0)
    return (
      <Empty>No training curve is stored{experiment.failure ? ": it ended before training." : " yet."}</Empty>
    );
  return (
    <div className="experiment-pad experiment-scroll">
      {charts.map(({ task, seeds, series }) => (
        <section key={task} aria-label={`Curves of ${task}`}>
          <CurveChart
            title={
              <span className="row">
                <h2>{task}</h2>
                <span className="muted small">
                  {seeds > 1 ? `mean of ${plural(seeds, "seed")}, band: lowest to highest` : "one seed"}
                </span>
              </span>
            }
            series={series}
            xLabel="step"
            yLabel="training loss"
            height={charts.length > 1 ? 220 : 360}
          />
        </section>
      ))}
    </div>
  );
}
