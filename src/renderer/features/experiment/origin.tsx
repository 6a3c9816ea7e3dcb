/** What an experiment drew on. */
import type { Retrieved } from "../../../shared/cognition.ts";
import type { ExperimentView } from "../../../shared/views.ts";
import { to, toExperiment } from "../../state/route.ts";
import { number, percent, time } from "../../ui/format.ts";
import { originOf, relativeOf, type Source } from "./provenance.ts";

const toEntry = (id: string): string => `${to("cognition")}?id=${encodeURIComponent(id)}`;

export function Cognition({ entries }: { entries: readonly Retrieved[] }) {
  return (
    <ul className="experiment-entries">
      {entries.map((entry, i) => (
        <li key={i}>
          <a href={toEntry(entry.id)}>{entry.id}</a>
          <span className="muted small num">
            {" "}
            {number(entry.score, 2)} by {entry.by === "bm25" ? "BM25" : "words and meaning"}
          </span>
          <p className="secondary small">“{entry.query}”</p>
        </li>
      ))}
    </ul>
  );
}

export function OriginFacts({ view }: { view: ExperimentView }) {
  const { experiment } = view;
  const origin = originOf(experiment);
  return (
    <>
      <p>{origin.how}.</p>
      <dl className="facts">
        {origin.facts
          .filter((f) => f.name !== "Change")
          .map(({ name, value }) => (
            <div key={name} className="experiment-fact">
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ))}
        <div className="experiment-fact">
          <dt>Proposed</dt>
          <dd className="num">{time(experiment.createdAt)}</dd>
        </div>
      </dl>
      {origin.drewOn.length > 0 && (
        <div>
          <h3>Its motivation draws on</h3>
          <ul className="experiment-entries">
            {origin.drewOn.map((source) => (
              <li key={source.label}>
                <span className="mono">{source.label}</span> <SourceLink source={source} view={view} />
                <span className="muted small">
                  {" "}
                  {source.share === null ? "cited" : `shares ${percent(source.share)} of its rare words`}
                </span>
              </li>
            ))}
          </ul>
        </div>
      )}
      {origin.own && (
        <p className="secondary">It cites nothing that it was shown, and resembles none of it.</p>
      )}
      {origin.notes.map((note) => (
        <p key={note} className="secondary">
          {note}
        </p>
      ))}
    </>
  );
}

function SourceLink({ source, view }: { source: Source; view: ExperimentView }) {
  if (source.kind === "cognition") return <a href={toEntry(source.id)}>{source.id}</a>;
  const relatives = [...view.ancestors, ...view.references, ...view.siblings, ...view.children];
  const relative = relativeOf(source, relatives);
  return relative ? (
    <a href={toExperiment(view.archive, relative.id)}>{relative.name}</a>
  ) : (
    <span>{source.kind}</span>
  );
}
