/** The whole window is the tree: where ideas came from, which way led to the best, and when. */
import { ListTree, Network } from "lucide-react";
import { useMemo, useState } from "react";
import type { TreeData } from "../../../shared/views.ts";
import { useCall } from "../../api/index.ts";
import { useApp } from "../../state/app.ts";
import { go, type Route, replaceQuery, to, toExperiment } from "../../state/route.ts";
import { ArchiveChoice, ArchiveProblem, useArchive } from "../../ui/archive-choice.tsx";
import { Segmented, Select } from "../../ui/controls.tsx";
import { plural } from "../../ui/format.ts";
import { Page } from "../../ui/page.tsx";
import { Empty, ErrorNote, Loading } from "../../ui/states.tsx";
import { useTheme } from "../../ui/use-theme.ts";
import { TreeCanvas } from "./canvas.tsx";
import { COLOURINGS, type Colouring, coloursFor } from "./colours.ts";
import { Details, wordsFor } from "./details.tsx";
import { layoutOf, MODES, type Mode } from "./layout.ts";
import { LegendLine } from "./legend.tsx";
import { bestAt, lineageOf } from "./model.ts";
import { Scrubber } from "./scrubber.tsx";
import { TreeTable } from "./table.tsx";
import "./tree.css";

const MODE_NAMES: Record<Mode, string> = { radial: "Radial", tidy: "Tidy", timeline: "Timeline" };
const COLOUR_NAMES: Record<Colouring, string> = {
  gain: "Gain",
  fitness: "Fitness",
  time: "Time",
  component: "Component",
  standing: "Standing",
};

export default function Tree({ route }: { route: Route }) {
  const { archives, archive, error, reload } = useArchive(route.rest[0]);
  const { data: campaigns } = useCall("campaigns.list", {});
  const here = campaigns?.filter((c) => c.archive === archive?.id) ?? [];
  const chosen = here.find((c) => c.campaign.id === route.rest[1]) ?? here[0] ?? null;
  return (
    <Page
      title="Tree"
      scroll={false}
      aside={
        archives && (
          <>
            <ArchiveChoice
              archives={archives}
              chosen={archive?.id ?? null}
              onChoose={(id) => {
                useApp.getState().setArchive(id);
                go(to("tree", id));
              }}
              onListed={reload}
            />
            {here.length > 1 && (
              <Select
                aria-label="Campaign"
                className="tree-campaign"
                value={chosen?.campaign.id ?? ""}
                onChange={(id) => go(to("tree", archive!.id, id))}
                options={here.map((c) => ({ value: c.campaign.id, label: c.campaign.name }))}
              />
            )}
          </>
        )
      }
    >
      {error && <ErrorNote error={error} retry={reload} />}
      {archive && <ArchiveProblem archive={archive} retry={reload} />}
      {campaigns && archive && !archive.problem && !chosen && (
        <Empty action={<a href={to("campaigns", "new")}>New campaign</a>}>
          This archive holds no campaign yet. A tree grows as experiments are proposed from one another.
        </Empty>
      )}
      {!campaigns && <Loading />}
      {chosen && archive && (
        <Grown
          key={chosen.campaign.id}
          archive={archive.id}
          campaign={chosen.campaign.id}
          query={route.query}
        />
      )}
    </Page>
  );
}

function Grown({ archive, campaign, query }: { archive: string; campaign: string; query: URLSearchParams }) {
  const { data, error, reload } = useCall("tree.get", { archive, campaign }, { watch: archive });
  if (error) return <ErrorNote error={error} retry={reload} />;
  if (!data) return <Loading label="Reading the tree" />;
  if (data.ids.length === 0) return <Empty>No experiment was proposed yet.</Empty>;
  return <View archive={archive} data={data} query={query} />;
}

function View({ archive, data, query }: { archive: string; data: TreeData; query: URLSearchParams }) {
  const pick = <T extends string>(name: string, all: readonly T[], otherwise: T) =>
    all.find((v) => v === query.get(name)) ?? otherwise;
  const mode = pick("layout", MODES, "radial");
  const by = pick("colour", COLOURINGS, "gain");
  const view = pick("view", ["tree", "table"] as const, "tree");
  const palette = useApp((s) => s.settings?.palette ?? "viridis");
  const basket = useApp((s) => s.compared);
  const [time, setTime] = useState<number | null>(null);
  // A link may name one: it is what the screen opens with.
  const [selected, setSelected] = useState<number | null>(() => {
    const row = data.ids.indexOf(query.get("id") ?? "");
    return row < 0 ? null : row;
  });
  const theme = useTheme();
  const shown = time ?? data.ids.length;

  const lineage = useMemo(() => lineageOf(data), [data]);
  const layout = useMemo(() => layoutOf(lineage, mode), [lineage, mode]);
  const { of: colours, legend } = useMemo(() => {
    const style = getComputedStyle(document.documentElement);
    return coloursFor(data, by, palette, (token) => style.getPropertyValue(token).trim());
    // The tokens have other values in another theme.
  }, [data, by, palette, theme]);
  const compared = useMemo(() => {
    const ids = new Set(basket.filter((c) => c.archive === archive).map((c) => c.id));
    return new Set(data.ids.flatMap((id, row) => (ids.has(id) ? [row] : [])));
  }, [basket, data, archive]);

  const open = (row: number) => go(toExperiment(archive, data.ids[row]!));
  const compare = (row: number) =>
    useApp.getState().toggleCompared({ archive, id: data.ids[row]!, name: data.names[row]! });
  const actions = { onSelect: setSelected, onOpen: open, onCompare: compare };
  return (
    <div className="tree">
      <div className="tree-bar">
        <Segmented
          label="View"
          value={view}
          onChange={(v) => replaceQuery({ view: v === "tree" ? null : v })}
          options={[
            { value: "tree", label: <Network size={14} aria-hidden />, name: "As a tree" },
            { value: "table", label: <ListTree size={14} aria-hidden />, name: "As a table" },
          ]}
        />
        {view === "tree" && (
          <>
            <Segmented
              label="Layout"
              value={mode}
              onChange={(v) => replaceQuery({ layout: v })}
              options={MODES.map((value) => ({ value, label: MODE_NAMES[value] }))}
            />
            <span className="row">
              <span className="secondary">Colour</span>
              <Select
                aria-label="Colour"
                className="tree-colour"
                value={by}
                onChange={(v) => replaceQuery({ colour: v })}
                options={COLOURINGS.map((value) => ({ value, label: COLOUR_NAMES[value] }))}
              />
            </span>
            <LegendLine legend={legend} />
          </>
        )}
        <span className="grow" />
        <span className="secondary num">{plural(shown, "experiment")}</span>
      </div>
      {view === "table" ? (
        <TreeTable
          archive={archive}
          data={data}
          lineage={lineage}
          shown={shown}
          selected={selected}
          {...actions}
        />
      ) : (
        <div className="tree-stage">
          <TreeCanvas
            {...{ data, lineage, mode, layout, colours, shown, selected, compared }}
            best={bestAt(data.best, shown)}
            {...actions}
            describe={(row) => wordsFor(data, row)}
          />
          {selected !== null && selected < shown && (
            <Details
              archive={archive}
              data={data}
              lineage={lineage}
              row={selected}
              {...actions}
              compared={compared}
            />
          )}
        </div>
      )}
      <Scrubber size={data.ids.length} seconds={data.time} value={time} onChange={setTime} />
    </div>
  );
}
