/** The judge's items from 1 to 10, and its spread. */
import type { Judgement } from "../../../shared/domain.ts";
import { number } from "../../ui/format.ts";
import { Figure } from "../../ui/measures.tsx";

export function Judge({ judgement: { score, sd, samples, items, note } }: { judgement: Judgement }) {
  return (
    <>
      <table className="experiment-judge">
        <tbody>
          {Object.entries(items).map(([name, value]) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              <td className="bar" aria-hidden="true">
                <span style={{ width: `${Math.max(0, Math.min(100, 10 * value))}%` }} />
              </td>
              <td className="num">{number(value, 1)}</td>
            </tr>
          ))}
          <tr>
            <th scope="row" className="strong">
              Score
            </th>
            <td className="muted small">from 1 to 10; DeltaNet is 5</td>
            <td className="num strong">
              <Figure value={score} sd={sd} n={samples > 1 ? samples : undefined} decimals={2} />
            </td>
          </tr>
        </tbody>
      </table>
      {note.trim() !== "" && <p className="secondary">{note}</p>}
    </>
  );
}
