/** Every pair of experiments: the difference of their gains, and whether it is more than noise. */
import { signed } from "../../ui/format.ts";
import { difference, gainOf, type Measure, scoreOn } from "./comparison.ts";
import { Swatch } from "./fields-table.tsx";
import type { Subject } from "./subjects.ts";

const WORDS = {
  better: "better",
  worse: "worse",
  "within noise": "within noise",
  "noise unknown": "noise unknown",
} as const;

export function Pairs({
  subjects,
  rung,
  measure,
}: {
  subjects: readonly Subject[];
  rung: string;
  measure: Measure;
}) {
  const known = subjects.flatMap((s) => {
    const score = s.view && scoreOn(s.view, rung);
    return score ? [{ ...s, gain: gainOf(score, measure) }] : [];
  });
  return (
    <div className="compare-scroll">
      <table className="compare-table compare-pairs">
        <thead>
          <tr>
            <td>
              <span className="hidden-text">Row minus column</span>
            </td>
            {known.slice(1).map((s) => (
              <th key={s.key} scope="col">
                <span className="row" title={s.name}>
                  <Swatch line={s.line} />
                  <span className="clip">{s.name}</span>
                </span>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {known.slice(0, -1).map((row, i) => (
            <tr key={row.key}>
              <th scope="row">
                <span className="row" title={row.name}>
                  <Swatch line={row.line} />
                  <span className="clip">{row.name}</span>
                </span>
              </th>
              {known.slice(1).map((column, j) => {
                if (j < i) return <td key={column.key} />;
                const { value, half, verdict } = difference(row.gain, column.gain);
                return (
                  <td key={column.key}>
                    <span className="figure">
                      {signed(value, 3)}
                      {Number.isFinite(half) && (
                        <span className="pm">
                          {" "}
                          [{signed(value - half)}, {signed(value + half)}]
                        </span>
                      )}
                    </span>
                    <span
                      className={`compare-verdict small ${verdict === "better" ? "good" : verdict === "worse" ? "bad" : "muted"}`}
                    >
                      {WORDS[verdict]}
                    </span>
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
