/** The curves of a chart as figures. */
import { type CurveSeries, factsOf, tableRows } from "./curves.ts";
import { NONE, number } from "./format.ts";

export function CurveTable({
  series,
  xLabel,
  height,
}: {
  series: CurveSeries[];
  xLabel: string;
  height: number | "fill";
}) {
  return (
    <section
      className="curves-table"
      aria-label="Curves as a table"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keys
      tabIndex={0}
      style={height === "fill" ? undefined : { maxHeight: height }}
    >
      <table>
        <thead>
          <tr>
            <th scope="col">curve</th>
            <th scope="col" className="num">
              points
            </th>
            <th scope="col" className="num">
              first
            </th>
            <th scope="col" className="num">
              last
            </th>
            <th scope="col" className="num">
              lowest
            </th>
            <th scope="col" className="num">
              at {xLabel}
            </th>
          </tr>
        </thead>
        <tbody>
          {series.map(factsOf).map((f) => (
            <tr key={f.name}>
              <th scope="row" title={f.name}>
                {f.name}
              </th>
              <td className="num">{f.points}</td>
              <td className="num">{number(f.first)}</td>
              <td className="num">{number(f.last)}</td>
              <td className="num">{number(f.min)}</td>
              <td className="num">{f.minAt ?? NONE}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <table>
        <thead>
          <tr>
            <th scope="col" className="num">
              {xLabel}
            </th>
            {series.map((s) => (
              <th key={s.name} scope="col" className="num" title={s.name}>
                {s.name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {tableRows(series).map(({ x, values }) => (
            <tr key={x}>
              <th scope="row" className="num">
                {x}
              </th>
              {values.map((v, i) => (
                <td key={series[i]!.name} className="num">
                  {number(v)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
