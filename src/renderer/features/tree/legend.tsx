/** What the colours say. */
import type { Legend } from "./colours.ts";

export function LegendLine({ legend }: { legend: Legend }) {
  const { scale, names } = legend;
  return (
    <span className="tree-legend small secondary">
      {scale && (
        <>
          <span className="num">{scale.low}</span>
          <span
            className="tree-scale"
            aria-hidden="true"
            style={{ backgroundImage: `linear-gradient(to right, ${scale.stops.join(", ")})` }}
          >
            {scale.middle && <i />}
          </span>
          <span className="num">{scale.high}</span>
          {scale.middle && <span className="muted">around the {scale.middle}</span>}
        </>
      )}
      {names?.map((n) => (
        <span key={n.name} className="row">
          <span className="tree-swatch" aria-hidden="true" style={{ background: n.colour }} />
          {n.name}
        </span>
      ))}
    </span>
  );
}
