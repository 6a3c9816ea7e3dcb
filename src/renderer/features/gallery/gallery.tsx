/** All experiments of an archive, to look through, narrow down, mark and pick from. */
import { Columns2, X } from "lucide-react";
import { type RefObject, useEffect, useMemo, useRef, useState } from "react";
import type { ArchiveInfo } from "../../../shared/views.ts";
import { useCall } from "../../api/index.ts";
import { useApp } from "../../state/app.ts";
import { go, type Route, replaceQuery, to } from "../../state/route.ts";
import { isTyping } from "../../state/shortcuts.ts";
import { ArchiveChoice, ArchiveProblem, NoArchive, useArchive } from "../../ui/archive-choice.tsx";
import { Button, IconButton } from "../../ui/controls.tsx";
import { bytes, plural } from "../../ui/format.ts";
import { Page } from "../../ui/page.tsx";
import { ErrorNote, Loading } from "../../ui/states.tsx";
import { EVERYTHING, forOther, readView, sortOf, type View, viewQuery } from "./address.ts";
import { Facets } from "./facets.tsx";
import "./gallery.css";
import { Pane } from "./pane.tsx";
import { SavedViews } from "./saved-views.tsx";
import { Toolbar } from "./toolbar.tsx";

/** Narrower, the filters would leave no room for the list: they are shown when asked for, over it. */
const ROOM_FOR_FILTERS = "(min-width: 1000px)";

export default function Gallery({ route }: { route: Route }) {
  const { archives, archive, error, reload } = useArchive(route.rest[0]);
  const view = useMemo(() => readView(route.query), [route.query]);
  const change = (change: Partial<View>) => replaceQuery(viewQuery({ ...view, ...change }));
  const choose = (id: string) => {
    useApp.getState().setArchive(id);
    // The filter goes along, but for what is of one archive only.
    const query = new URLSearchParams();
    const told = viewQuery({ ...view, filter: forOther(view.filter) });
    for (const [name, value] of Object.entries(told)) if (value !== null) query.set(name, value);
    go(`${to("gallery", id)}${query.size > 0 ? `?${query}` : ""}`);
  };
  const others = archives?.filter((a) => a.id !== archive?.id) ?? [];
  return (
    <Page
      title="Gallery"
      scroll={false}
      aside={
        archives &&
        archives.length > 0 && (
          <>
            <ArchiveChoice
              archives={archives}
              chosen={archive?.id ?? null}
              onChoose={choose}
              onListed={reload}
            />
            {archive && !archive.problem && (
              <span className="muted small gallery-about">
                {plural(archive.campaigns, "campaign")}, {bytes(archive.bytes)}
                {!archive.writable && ", read-only"}
              </span>
            )}
          </>
        )
      }
      actions={
        archive && (
          <>
            <Button
              aria-pressed={view.beside !== null}
              disabled={others.length === 0}
              onClick={() => change({ beside: view.beside === null ? others[0]!.id : null })}
            >
              <Columns2 size={14} aria-hidden />
              Side by side
            </Button>
            <SavedViews view={view} onApply={change} />
          </>
        )
      }
    >
      {error && (
        <div className="gallery-note">
          <ErrorNote error={error} retry={reload} />
        </div>
      )}
      {!archives && !error && (
        <div className="gallery-note">
          <Loading />
        </div>
      )}
      {archives?.length === 0 && (
        <NoArchive
          onOpened={(info) => {
            reload();
            choose(info.id);
          }}
        />
      )}
      {archive && archives && (
        <Content
          key={archive.id}
          archive={archive}
          archives={archives}
          view={view}
          onChange={change}
          reload={reload}
        />
      )}
    </Page>
  );
}

interface ContentProps {
  archive: ArchiveInfo;
  archives: readonly ArchiveInfo[];
  view: View;
  onChange: (change: Partial<View>) => void;
  reload: () => void;
}

function Content({ archive, archives, view, onChange, reload }: ContentProps) {
  const [filters, setFilters] = useState(() => globalThis.matchMedia(ROOM_FOR_FILTERS).matches);
  const search = useRef<HTMLInputElement>(null);
  const grid = useRef<HTMLDivElement>(null);
  const second = useRef<HTMLDivElement>(null);
  const { filter, layout } = view;
  const sort = sortOf(view);
  const readable = archive.problem === null;
  const facets = useCall("gallery.facets", readable ? { archive: archive.id, filter } : null, {
    watch: archive.id,
  });
  const tags = facets.data?.tags ?? NO_TAGS;
  const other = archives.find((a) => a.id === view.beside);
  const otherFilter = useMemo(() => forOther(filter), [filter]);
  useWindowKeys(search, grid);

  const shared = {
    sort,
    layout,
    tags,
    onSort: (next: typeof sort) => onChange({ sort: next }),
    onClear: () => onChange({ filter: EVERYTHING, sort: null }),
  };
  return (
    <>
      <Toolbar
        view={view}
        onChange={onChange}
        search={search}
        filters={filters}
        onFilters={setFilters}
        onDown={() => grid.current?.focus()}
      />
      <div className="gallery-work">
        {filters && readable && (
          <Facets
            filter={filter}
            counts={facets.data}
            onChange={(some) => onChange({ filter: { ...filter, ...some } })}
          />
        )}
        {readable ? (
          <Pane
            {...shared}
            archive={archive}
            filter={filter}
            grid={grid}
            head={view.beside !== null && <h2 className="clip">{archive.name}</h2>}
          />
        ) : (
          <div className="gallery-note grow">
            <ArchiveProblem archive={archive} retry={reload} />
          </div>
        )}
        {view.beside !== null && (
          <Beside
            archives={archives.filter((a) => a.id !== archive.id)}
            other={other ?? null}
            onChoose={(id) => onChange({ beside: id })}
            onClose={() => onChange({ beside: null })}
            onListed={reload}
          >
            {(head) =>
              other &&
              !other.problem && (
                <Pane
                  {...shared}
                  key={other.id}
                  archive={other}
                  filter={otherFilter}
                  grid={second}
                  head={head}
                />
              )
            }
          </Beside>
        )}
      </div>
    </>
  );
}

const NO_TAGS: never[] = [];

/** The second archive, with its own choice; what filters the first filters it too. */
function Beside({
  archives,
  other,
  onChoose,
  onClose,
  onListed,
  children,
}: {
  archives: readonly ArchiveInfo[];
  other: ArchiveInfo | null;
  onChoose: (id: string) => void;
  onClose: () => void;
  onListed: () => void;
  children: (head: React.ReactNode) => React.ReactNode;
}) {
  const head = (
    <>
      <ArchiveChoice
        label="Second archive"
        archives={archives}
        chosen={other?.id ?? null}
        onChoose={onChoose}
        onListed={onListed}
      />
      <IconButton label="Close the second archive" small className="gallery-close" onClick={onClose}>
        <X size={14} />
      </IconButton>
    </>
  );
  if (other && !other.problem) return children(head);
  return (
    <section className="gallery-pane" aria-label="Second archive">
      <div className="gallery-pane-head">{head}</div>
      <div className="gallery-note">
        {other ? (
          <ArchiveProblem archive={other} />
        ) : (
          <p className="secondary">This archive is not on the list any more. Choose another one.</p>
        )}
      </div>
    </section>
  );
}

/** Keys of the screen that work before anything has the focus: `/` goes to the search, arrows into the list. */
function useWindowKeys(
  search: RefObject<HTMLInputElement | null>,
  grid: RefObject<HTMLDivElement | null>,
): void {
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
      if (isTyping(event.target) || document.querySelector("[role=dialog], [role=menu]")) return;
      if (event.key === "/") {
        event.preventDefault();
        search.current?.focus();
        search.current?.select();
      } else if (event.key.startsWith("Arrow") && isNowhere(event.target)) {
        event.preventDefault();
        grid.current?.focus();
      }
    };
    document.addEventListener("keydown", press);
    return () => document.removeEventListener("keydown", press);
  }, [search, grid]);
}

const isNowhere = (target: EventTarget | null): boolean =>
  target === document.body || (target instanceof HTMLElement && target.tagName === "MAIN");
