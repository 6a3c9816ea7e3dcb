/** Where ideas came from, and what the models cost. */
import type { Insights } from "../../../shared/views.ts";
import { count, money, NONE, plural, signed } from "../../ui/format.ts";

export function Origins({ data }: { data: Insights }) {
  if (data.origins.length === 0) return null;
  return (
    <section className="section" aria-label="Origins">
      <h2>Where ideas came from</h2>
      <table>
        <thead>
          <tr>
            <th>Drawn from</th>
            <th className="num">Experiments</th>
            <th className="num">Mean gain on the first rung, 95 %</th>
          </tr>
        </thead>
        <tbody>
          {data.origins.map((o) => (
            <tr key={o.origin}>
              <td>{o.origin}</td>
              <td className="num">{o.count}</td>
              <td className="num">
                {o.gain ? (
                  <span className="figure">
                    {signed(o.gain.mean)}{" "}
                    <span className="pm">
                      [{signed(o.gain.low)}, {signed(o.gain.high)}], n = {o.gain.n}
                    </span>
                  </span>
                ) : (
                  <span className="muted">{NONE}</span>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

export function Spend({ data }: { data: Insights }) {
  const { spend } = data;
  if (spend.length === 0) return null;
  const total = spend.reduce((sum, s) => sum + s.cost, 0);
  const guessed = spend.reduce((sum, s) => sum + s.estimated, 0);
  return (
    <section className="section" aria-label="Spend">
      <div className="section-head">
        <h2>What the models cost</h2>
        <span className="secondary">
          {money(total)} in all
          {guessed > 0 &&
            `; the tokens of ${plural(guessed, "request")} were estimated, because the server gave none`}
        </span>
      </div>
      <table>
        <thead>
          <tr>
            <th>Role</th>
            <th>Model</th>
            <th className="num">Requests</th>
            <th className="num">Tokens</th>
            <th className="num">Cost</th>
          </tr>
        </thead>
        <tbody>
          {spend.map((s) => (
            <tr key={`${s.role} ${s.model}`}>
              <td>{s.role}</td>
              <td className="mono">{s.model}</td>
              <td className="num">{s.requests}</td>
              <td className="num">{count(s.tokens)}</td>
              <td className="num">{money(s.cost)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
