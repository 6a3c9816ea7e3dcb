/** The program beside another one: its parent's, the root's, an earlier version's, or any experiment's. */
import { useDeferredValue, useState } from "react";
import { GalleryFilter } from "../../../shared/settings.ts";
import type { ExperimentView } from "../../../shared/views.ts";
import { useCall } from "../../api/index.ts";
import { replaceQuery, toExperiment, useRoute } from "../../state/route.ts";
import { CodeDiff } from "../../ui/code.tsx";
import { Select, TextInput } from "../../ui/controls.tsx";
import { StandingBadge } from "../../ui/measures.tsx";
import { Empty, ErrorNote, Loading } from "../../ui/states.tsx";
import { changedLines } from "./changes.ts";
import { versionName, versionsOf } from "./versions.ts";

const ANY = "any";

export default function DiffTab({ view }: { view: ExperimentView }) {
  const { archive, experiment, parent, ancestors } = view;
  const against = useRoute().query.get("against");
  const root = ancestors[0] && ancestors[0].id !== parent?.id ? ancestors[0] : null;
  const earlier = versionsOf(view).filter((v) => v.version !== experiment.repairs);
  const options = [
    ...(parent ? [{ value: parent.id, label: `Parent: ${parent.name}` }] : []),
    ...(root ? [{ value: root.id, label: `Root: ${root.name}` }] : []),
    ...earlier.map((v) => ({
      value: `v${v.version}`,
      label: `Own version: ${versionName(v.version).toLowerCase()}`,
    })),
    { value: ANY, label: "Another experiment" },
  ];
  const wanted = against ?? options[0]!.value;
  const chosen = options.some((o) => o.value === wanted) ? wanted : ANY;
  const version = earlier.find((v) => `v${v.version}` === wanted);
  const otherId = version || wanted === ANY ? null : wanted;
  const other = useCall("experiments.get", otherId === null ? null : { archive, id: otherId });
  // What was asked before is kept while another answer is on its way: it must not pass for that one.
  const loaded = other.data?.experiment.id === otherId ? other.data : null;
  const before = version ? version.code : (loaded?.experiment.code ?? null);
  const lines = before === null ? null : changedLines(before, experiment.code);
  const choose = (value: string) => replaceQuery({ against: value });

  return (
    <div className="experiment-fill">
      <div className="experiment-bar">
        <span className="secondary">Against</span>
        <Select
          className="experiment-choice"
          aria-label="Compare the code with"
          value={chosen}
          onChange={choose}
          options={options}
        />
        {chosen === ANY && loaded && (
          <a className="clip" href={toExperiment(archive, loaded.experiment.id)}>
            {loaded.experiment.name}
          </a>
        )}
        {lines && (
          <span className="experiment-end num small">
            <span className="good">+{lines.added}</span> <span className="bad">−{lines.removed}</span>
            <span className="muted"> lines</span>
          </span>
        )}
      </div>
      {chosen === ANY && (
        <Search archive={archive} own={experiment.id} onChoose={choose} open={otherId === null} />
      )}
      <div className="experiment-code">
        {other.error && otherId !== null ? (
          <div className="experiment-pad">
            <ErrorNote error={other.error} retry={other.reload} />
          </div>
        ) : before !== null ? (
          before === experiment.code ? (
            <Empty>The two programs are the same.</Empty>
          ) : (
            <CodeDiff before={before} after={experiment.code} label="Difference of the two programs" />
          )
        ) : otherId !== null ? (
          <div className="experiment-pad">
            <Loading label="Reading the other program" />
          </div>
        ) : null}
      </div>
    </div>
  );
}

const HITS = 8;

function Search({
  archive,
  own,
  onChoose,
  open,
}: {
  archive: string;
  own: string;
  onChoose: (id: string) => void;
  /** Nothing is chosen yet: the first experiments are offered. */
  open: boolean;
}) {
  const [text, setText] = useState("");
  const asked = useDeferredValue(text.trim());
  const { data } = useCall(
    "gallery.query",
    open || asked !== ""
      ? {
          archive,
          filter: GalleryFilter.parse({ text: asked }),
          sort: { by: asked === "" ? "fitness" : "relevance", descending: true },
          offset: 0,
          limit: HITS + 1,
        }
      : null,
  );
  const hits = (data?.cards ?? []).filter((c) => c.id !== own).slice(0, HITS);
  return (
    <div className="experiment-search">
      <TextInput
        type="search"
        aria-label="Search for an experiment"
        placeholder="Name or words of an experiment"
        value={text}
        onChange={(event) => setText(event.target.value)}
      />
      {hits.length > 0 && (
        <ul aria-label="Experiments found">
          {hits.map((card) => (
            <li key={card.id}>
              <button
                type="button"
                onClick={() => {
                  setText("");
                  onChoose(card.id);
                }}
              >
                <StandingBadge standing={card.standing} quiet />
                <span className="clip grow">{card.name}</span>
                <span className="muted small num">#{card.index}</span>
              </button>
            </li>
          ))}
        </ul>
      )}
      {data && hits.length === 0 && <p className="muted small">No other experiment has these words.</p>}
    </div>
  );
}
