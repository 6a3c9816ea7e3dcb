/** Relatives of an experiment, with their gains. */
import { type ReactNode, useState } from "react";
import type { ExperimentView, Relative } from "../../../shared/views.ts";
import { to, toExperiment } from "../../state/route.ts";
import { Button } from "../../ui/controls.tsx";
import { Figure, StandingBadge } from "../../ui/measures.tsx";

/** Of a long list, as many are shown at first. */
const SHOWN = 6;

export function Lineage({ view }: { view: ExperimentView }) {
  const { archive, ancestors, children, siblings, references, campaign } = view;
  const none = ancestors.length + children.length + siblings.length + references.length === 0;
  return (
    <>
      {none && <p className="secondary">It has no relatives: neither a parent nor children or references.</p>}
      <Group title="Ancestors, from the root" archive={archive} relatives={ancestors} ordered />
      <Group title="Children" archive={archive} relatives={children} />
      <Group title="Siblings" archive={archive} relatives={siblings} />
      <Group title="References it was shown" archive={archive} relatives={references} />
      <p>
        <a href={`${to("tree", archive, campaign.id)}?id=${view.experiment.id}`}>Find it in the tree</a>
      </p>
    </>
  );
}

function Group({
  title,
  archive,
  relatives,
  ordered,
}: {
  title: string;
  archive: string;
  relatives: readonly Relative[];
  ordered?: boolean;
}): ReactNode {
  const [all, setAll] = useState(false);
  if (relatives.length === 0) return null;
  const List = ordered ? "ol" : "ul";
  // Of ancestors the nearest count, of the others the first.
  const few = ordered ? relatives.slice(-SHOWN) : relatives.slice(0, SHOWN);
  const rest = relatives.length - few.length;
  return (
    <div>
      <h3>
        {title} <span className="muted num">{relatives.length}</span>
      </h3>
      <List className="experiment-relatives">
        {(all ? relatives : few).map((r) => (
          <li key={r.id}>
            <StandingBadge standing={r.standing} quiet />
            <a className="clip" href={toExperiment(archive, r.id)}>
              {r.name}
            </a>
            <span className="muted small num">#{r.index}</span>
            <span className="experiment-end">
              <Figure value={r.gain} se={r.gainSe} difference />
            </span>
          </li>
        ))}
      </List>
      {rest > 0 && (
        <Button
          kind="quiet"
          small
          className="experiment-inline"
          onClick={() => setAll(!all)}
          aria-expanded={all}
        >
          {all ? "Show fewer" : `Show ${rest} more`}
        </Button>
      )}
    </div>
  );
}
