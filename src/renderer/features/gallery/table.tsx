/** The gallery as a table: its columns, its head, and a row. */
// biome-ignore-all lint/a11y/useSemanticElements: rows are placed one by one, which table elements cannot be
import { ArrowDown, ArrowUp } from "lucide-react";
import { memo, type ReactNode } from "react";
import type { GallerySort } from "../../../shared/settings.ts";
import type { Card } from "../../../shared/views.ts";
import { toExperiment } from "../../state/route.ts";
import { count, number, time } from "../../ui/format.ts";
import { Figure, GainWhisker, StandingBadge } from "../../ui/measures.tsx";
import { type CellProps, CompareButton, Gain, StarButton, Tags, Verdict } from "./card.tsx";
import { MarksEditor } from "./marks-editor.tsx";
import { Snippet } from "./snippet.tsx";

interface Column {
  name: string;
  width: string;
  sort?: GallerySort["by"];
  num?: boolean;
  cell: (card: Card, range: number) => ReactNode;
}

const COLUMNS: readonly Column[] = [
  { name: "Standing", width: "96px", cell: (c) => <StandingBadge standing={c.standing} /> },
  { name: "Gain ± s.e.", width: "208px", sort: "gain", cell: (c) => <GainCell card={c} /> },
  {
    name: "95 % interval",
    width: "120px",
    cell: (c, range) => <GainWhisker gain={c.gain} range={range} />,
  },
  { name: "Fitness", width: "64px", sort: "fitness", num: true, cell: (c) => number(c.fitness, 3) },
  { name: "Loss", width: "124px", sort: "loss", num: true, cell: (c) => spread(c.loss) },
  { name: "Benchmark", width: "124px", sort: "benchmark", num: true, cell: (c) => spread(c.benchmark) },
  { name: "Params", width: "64px", sort: "params", num: true, cell: (c) => count(c.params) },
  { name: "FLOPs/token", width: "84px", sort: "flops", num: true, cell: (c) => count(c.flopsPerToken) },
  { name: "Novelty", width: "64px", sort: "novelty", num: true, cell: (c) => number(c.novelty, 2) },
  { name: "Rung", width: "80px", cell: (c) => <span className="clip">{c.rung ?? "–"}</span> },
  { name: "Tags", width: "160px", cell: (c) => <Tags tags={c.tags} /> },
  { name: "Made", width: "112px", sort: "newest", num: true, cell: (c) => time(c.createdAt) },
];
const HIT: Column = {
  name: "Found in",
  width: "minmax(260px, 2fr)",
  cell: (c) => <span className="clip secondary">{c.snippet && <Snippet text={c.snippet} />}</span>,
};

const GainCell = ({ card }: { card: Card }) => (
  <>
    <Gain card={card} />
    <Verdict card={card} />
  </>
);
const spread = (s: Card["loss"]) => <Figure value={s?.mean} sd={s?.sd} n={s?.n} />;

const columnsOf = (searching: boolean) => (searching ? [HIT, ...COLUMNS] : COLUMNS);
/** `grid-template-columns` of the head and of every row: buttons, name, the others. */
export const template = (searching: boolean): string =>
  `76px minmax(200px, 1fr) ${columnsOf(searching)
    .map((c) => c.width)
    .join(" ")}`;
export const columnCount = (searching: boolean): number => columnsOf(searching).length + 2;

/** Better is less, or earlier in the alphabet. */
const ASCENDING = new Set<GallerySort["by"]>(["loss", "params", "flops", "name"]);

/** What a click on a column's head asks for: its better end first, then the other way round. */
export const sortBy = (by: GallerySort["by"], now: GallerySort): GallerySort => ({
  by,
  descending: now.by === by ? !now.descending : !ASCENDING.has(by),
});

interface HeadProps {
  sort: GallerySort;
  onSort: (sort: GallerySort) => void;
  searching: boolean;
}

export function TableHead({ sort, onSort, searching }: HeadProps) {
  const head = (name: string, by: GallerySort["by"] | undefined, num = false) => {
    const sorted = by !== undefined && sort.by === by;
    const Arrow = sort.descending ? ArrowDown : ArrowUp;
    return (
      <div
        key={name}
        role="columnheader"
        className={num ? "gallery-num" : ""}
        aria-sort={sorted ? (sort.descending ? "descending" : "ascending") : undefined}
        tabIndex={-1}
      >
        {by ? (
          <button type="button" onClick={() => onSort(sortBy(by, sort))}>
            {name}
            {sorted && <Arrow size={12} aria-hidden />}
          </button>
        ) : (
          name
        )}
      </div>
    );
  };
  return (
    <div
      role="row"
      tabIndex={-1}
      aria-rowindex={1}
      className="gallery-head"
      style={{ gridTemplateColumns: template(searching) }}
    >
      <div role="columnheader" tabIndex={-1} className="gallery-stuck">
        <span className="hidden-text">Marks</span>
      </div>
      {head("Name", "name")}
      {columnsOf(searching).map((c) => head(c.name, c.sort, c.num))}
    </div>
  );
}

/** Cells of a row; the row itself is the list's. */
export const TableCells = memo(function TableCells({
  card,
  active,
  compared,
  actions,
  range,
  searching,
}: CellProps) {
  return (
    <>
      <div role="gridcell" tabIndex={-1} className="gallery-stuck gallery-marks-cell">
        <StarButton card={card} active={active} actions={actions} />
        <CompareButton card={card} active={active} compared={compared} actions={actions} />
        <MarksEditor
          archive={actions.archive}
          card={card}
          known={actions.knownTags}
          readOnly={actions.readOnly}
          tabIndex={active ? 0 : -1}
          onSave={actions.save}
        />
      </div>
      <div role="gridcell" tabIndex={-1}>
        <a
          className="clip strong"
          href={toExperiment(actions.archive, card.id)}
          tabIndex={active ? 0 : -1}
          title={card.motivation || card.name}
        >
          {card.name}
        </a>
      </div>
      {columnsOf(searching).map((c) => (
        <div key={c.name} role="gridcell" tabIndex={-1} className={c.num ? "gallery-num num" : ""}>
          {c.cell(card, range)}
        </div>
      ))}
    </>
  );
});
