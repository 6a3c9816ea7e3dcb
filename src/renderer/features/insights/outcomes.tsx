/** How experiments ended, and what the failures have in common. */
import type { Insights, Relative } from "../../../shared/views.ts";
import { toExperiment } from "../../state/route.ts";
import { percent } from "../../ui/format.ts";

const KINDS: Record<string, string> = {
  repeat: "repeats an earlier one",
  gate: "gate",
  import: "does not import",
  syntax: "does not parse",
  timeout: "too slow",
  memory: "out of memory",
  nan: "not a number",
  diverged: "diverged",
  leak: "sees the future",
  answer: "no usable answer of a model",
  anomaly: "stands out from its peers",
  internal: "Cambrian's own fault",
};

export function Outcomes({ archive, data }: { archive: string; data: Insights }) {
  const all = data.outcomes.reduce((n, o) => n + o.count, 0);
  return (
    <div className="insights-two">
      <section className="section" aria-label="Outcomes">
        <h2>Outcomes</h2>
        <ul className="bars">
          {data.outcomes.map((o) => (
            <Bar
              key={o.outcome}
              name={o.outcome}
              n={o.count}
              of={all}
              archive={archive}
              examples={o.examples}
            />
          ))}
        </ul>
      </section>
      <section className="section" aria-label="Failures">
        <h2>Why they failed</h2>
        {data.failures.length === 0 ? (
          <p className="secondary">None was rejected or failed.</p>
        ) : (
          <ul className="bars">
            {data.failures.map((f) => (
              <Bar
                key={`${f.kind} ${f.gate}`}
                name={f.gate ? `${KINDS[f.kind] ?? f.kind}: ${f.gate}` : (KINDS[f.kind] ?? f.kind)}
                n={f.count}
                of={all}
                archive={archive}
                examples={f.examples}
              />
            ))}
          </ul>
        )}
      </section>
    </div>
  );
}

function Bar({
  name,
  n,
  of,
  archive,
  examples,
}: {
  name: string;
  n: number;
  of: number;
  archive: string;
  examples: readonly Relative[];
}) {
  return (
    <li>
      <div className="row">
        <span className="grow">{name}</span>
        <span className="num">
          {n} <span className="muted">{percent(of > 0 ? n / of : null)}</span>
        </span>
      </div>
      <div className="bar" aria-hidden="true">
        <div style={{ width: `${of > 0 ? (100 * n) / of : 0}%` }} />
      </div>
      {examples.length > 0 && (
        <p className="small muted clip">
          such as{" "}
          {examples.slice(0, 3).map((e, i) => (
            <span key={e.id}>
              {i > 0 && ", "}
              <a href={toExperiment(archive, e.id)}>{e.name}</a>
            </span>
          ))}
        </p>
      )}
    </li>
  );
}
