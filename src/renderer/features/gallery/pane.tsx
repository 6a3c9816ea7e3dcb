/** One archive's experiments under the gallery's filter. */
import { type ReactNode, type RefObject, useMemo } from "react";
import type { GalleryFilter, GallerySort } from "../../../shared/settings.ts";
import type { ArchiveInfo, Facets } from "../../../shared/views.ts";
import { useApp } from "../../state/app.ts";
import { readOnlyReason } from "../../ui/archive-choice.tsx";
import { Button } from "../../ui/controls.tsx";
import { Empty, ErrorNote, Loading, type Problem } from "../../ui/states.tsx";
import { countChoices, type Layout } from "./address.ts";
import type { CardActions } from "./card.tsx";
import { Results } from "./results.tsx";
import { changeMarks, saveMarks } from "./use-marks.ts";
import { usePages } from "./use-pages.ts";

interface Props {
  archive: ArchiveInfo;
  filter: GalleryFilter;
  sort: GallerySort;
  layout: Layout;
  tags: Facets["tags"];
  grid: RefObject<HTMLDivElement | null>;
  /** Before the count: which archive it is. */
  head?: ReactNode;
  onSort: (sort: GallerySort) => void;
  /** Takes all filters away. */
  onClear: () => void;
}

export function Pane({ archive, filter, sort, layout, tags, grid, head, onSort, onClear }: Props) {
  const { pages, state } = usePages(archive.id, filter, sort);
  const actions = useMemo<CardActions>(
    () => ({
      archive: archive.id,
      readOnly: readOnlyReason(archive),
      knownTags: tags.map((t) => t.value),
      star(card) {
        const refused = readOnlyReason(archive);
        if (refused) useApp.getState().say({ tone: "plain", text: refused });
        else void changeMarks(pages, archive.id, card.id, { starred: !card.starred });
      },
      compare: ({ id, name }) => useApp.getState().toggleCompared({ archive: archive.id, id, name }),
      save: (card, before, after) => void saveMarks(pages, archive.id, card, before, after),
    }),
    [archive, pages, tags],
  );
  const narrowed = filter.text.trim() !== "" || countChoices(filter) > 0;
  const { total } = state;
  return (
    <section className="gallery-pane" aria-label={archive.name}>
      <div className="gallery-pane-head">
        {head}
        <p className="secondary num" role="status">
          {total === null
            ? "Counting"
            : `${total.toLocaleString("en")} ${total === 1 ? "experiment" : "experiments"}`}
          {total !== null && narrowed && (
            <span className="muted"> of {archive.experiments.toLocaleString("en")}</span>
          )}
        </p>
        {filter.parentId && <span className="chip">children of one experiment</span>}
      </div>
      {state.error !== null && (
        <div className="gallery-note">
          <ErrorNote error={state.error as Problem} retry={pages.refresh} />
        </div>
      )}
      {total === null && state.error === null && (
        <div className="gallery-note">
          <Loading label="Reading the archive" />
        </div>
      )}
      {total === 0 && <Nothing narrowed={narrowed} onClear={onClear} />}
      {total !== null && total > 0 && (
        <Results
          pages={pages}
          state={state}
          layout={layout}
          sort={sort}
          onSort={onSort}
          actions={actions}
          searching={filter.text.trim() !== ""}
          label={`Experiments of ${archive.name}`}
          grid={grid}
          place={JSON.stringify([archive.id, filter, sort, layout])}
        />
      )}
    </section>
  );
}

const Nothing = ({ narrowed, onClear }: { narrowed: boolean; onClear: () => void }) =>
  narrowed ? (
    <Empty action={<Button onClick={onClear}>Clear the filters</Button>}>
      No experiment fits these filters.
    </Empty>
  ) : (
    <Empty
      action={
        <Button asChild>
          <a href="#/campaigns/new">New campaign</a>
        </Button>
      }
    >
      This archive has no experiments yet; a campaign that writes to it fills it.
    </Empty>
  );
