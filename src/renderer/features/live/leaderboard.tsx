/** The best experiments so far, deepest rung first. */

import type { LiveState } from "../../../shared/live.ts";
import type { Card } from "../../../shared/views.ts";
import { to, toExperiment } from "../../state/route.ts";
import { Figure, GainWhisker, StandingBadge } from "../../ui/measures.tsx";

const SHOWN = 20;
const NOISE = { beyond: null, within: "within noise", worse: "worse" } as const;

/** Largest end of an interval, for a scale that all rows share. */
const reach = (cards: readonly Card[]): number =>
  Math.max(
    0.01,
    ...cards.flatMap(({ gain }) =>
      gain && Number.isFinite(gain.low) ? [Math.abs(gain.low), Math.abs(gain.high)] : [],
    ),
  );

export function Leaderboard({ live }: { live: LiveState }) {
  const cards = live.leaderboard.slice(0, SHOWN);
  const range = reach(cards);
  return (
    <section className="live-leaders" aria-label="Leaderboard">
      <div className="section-head">
        <h2>Leaderboard</h2>
        <a href={to("gallery", live.archive)} className="small">
          all in the gallery
        </a>
      </div>
      {cards.length === 0 ? (
        <p className="muted">No experiment has been scored yet.</p>
      ) : (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keys
        <div className="live-scroll" tabIndex={0}>
          <table>
            <thead>
              <tr>
                <th scope="col" className="num">
                  <span className="hidden-text">Rank</span>
                </th>
                <th scope="col">Name</th>
                <th scope="col">Standing</th>
                <th scope="col" className="num">
                  Gain ± s.e.
                </th>
                <th scope="col">95 % interval</th>
              </tr>
            </thead>
            <tbody>
              {cards.map((card, i) => (
                <tr key={card.id}>
                  <td className="num muted">{i + 1}</td>
                  <td className="live-card" title={card.name}>
                    <a href={toExperiment(live.archive, card.id)} className="clip">
                      {card.name}
                    </a>
                    {card.rung && <span className="small muted">{card.rung}</span>}
                  </td>
                  <td>
                    <StandingBadge standing={card.standing} />
                  </td>
                  <td className="num">
                    <Figure value={card.gain?.value} se={card.gain?.se} difference />
                    {card.noise && NOISE[card.noise] && (
                      <div className="small muted">{NOISE[card.noise]}</div>
                    )}
                  </td>
                  <td>
                    <GainWhisker gain={card.gain} range={range} width={72} />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}
