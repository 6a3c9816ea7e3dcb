/** Each training with its seed, as the trusted scorer measured it. */
import type { ExperimentView } from "../../../shared/views.ts";
import { duration, number, percent, plural } from "../../ui/format.ts";
import { Empty } from "../../ui/states.tsx";

export default function RunsTab({ view }: { view: ExperimentView }) {
  const { experiment, promotions } = view;
  if (experiment.scores.length === 0)
    return <Empty>No run of it was scored{experiment.failure ? ": it ended before." : " yet."}</Empty>;
  return (
    <div className="experiment-pad experiment-scroll">
      {experiment.scores.toReversed().map((score) => {
        const promotion = promotions.find((p) => p.rung === score.rung);
        return (
          <section className="section" key={score.rung}>
            <div className="section-head">
              <h2>Rung {score.rung}</h2>
              <span className="muted small">
                {plural(score.runs.length, "run")}, {duration(score.seconds)} of device time
                {promotion && `, promoted after ${plural(promotion.decidedAt, "result")}`}
              </span>
            </div>
            <div className="experiment-wide">
              <table>
                <thead>
                  <tr>
                    <th>Task</th>
                    <th className="num">Seed</th>
                    <th className="num">Step</th>
                    <th className="num">Loss</th>
                    <th className="num">Accuracy</th>
                    <th className="num">Score</th>
                    <th className="num">
                      <abbr title="Largest relative change of a past hidden state when only the future differs">
                        Probe
                      </abbr>
                    </th>
                  </tr>
                </thead>
                <tbody>
                  {score.runs.map((run) => (
                    <tr key={run.id}>
                      <td>{run.task}</td>
                      <td className="num">{run.seed}</td>
                      <td className="num">{run.step}</td>
                      <td className="num">{number(run.loss, 4)}</td>
                      <td className="num">{percent(run.accuracy, 1)}</td>
                      <td className="num">{number(run.score, 4)}</td>
                      <td className="num">
                        {run.probe === 0 ? "0" : run.probe.toExponential(1).replace("-", "−")}
                      </td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </div>
          </section>
        );
      })}
      {promotions.some((p) => p.status !== "done") && (
        <p className="secondary">
          {promotions
            .filter((p) => p.status !== "done")
            .map(
              (p) =>
                `Promotion to ${p.rung}: ${p.status === "failed" ? "failed" : `at the step ${p.status}`}.`,
            )
            .join(" ")}
        </p>
      )}
    </div>
  );
}
