/** Each mechanical check with what it measured. */
import { Check, TriangleAlert, X } from "lucide-react";
import { Fragment } from "react";
import type { GateVerdict } from "../../../shared/job.ts";
import { NONE, number } from "../../ui/format.ts";

/** A measured number of any size: "0.0021", "3.1e−7", "1,204". */
function measured(value: number | null): string {
  if (value === null) return NONE;
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (size < 1e-3 || size >= 1e5) return value.toExponential(1).replace("e+", "e").replace("-", "−");
  return Number.isInteger(value) ? String(value) : number(value, size < 1 ? 4 : 2);
}

export function Gates({ gates }: { gates: readonly GateVerdict[] }) {
  return (
    <div className="experiment-wide">
      <table className="experiment-gates">
        <thead>
          <tr>
            <th>Gate</th>
            <th className="num">Measured</th>
            <th className="num">Limit</th>
            <th>Verdict</th>
          </tr>
        </thead>
        <tbody>
          {gates.map((gate, i) => (
            <Fragment key={i}>
              <tr className={gate.detail ? "detailed" : ""}>
                <td>{gate.name}</td>
                <td className="num">{measured(gate.value)}</td>
                <td className="num secondary">{measured(gate.limit)}</td>
                <td>
                  <Verdict gate={gate} />
                </td>
              </tr>
              {gate.detail && (
                <tr>
                  <td className="detail" colSpan={4}>
                    {gate.detail}
                  </td>
                </tr>
              )}
            </Fragment>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Verdict({ gate }: { gate: GateVerdict }) {
  const [Icon, word, tone] = gate.ok
    ? ([Check, "passed", "good"] as const)
    : gate.warning
      ? ([TriangleAlert, "warning", "experiment-warned"] as const)
      : ([X, "failed", "bad"] as const);
  return (
    <span className={`badge ${tone}`}>
      <Icon size={12} aria-hidden /> {word}
    </span>
  );
}
