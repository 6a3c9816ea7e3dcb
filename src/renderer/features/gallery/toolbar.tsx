/** Search, order and layout of the list. */
import { LayoutGrid, PanelLeft, Search, Table2, X } from "lucide-react";
import { type RefObject, useEffect, useRef, useState } from "react";
import type { GallerySort } from "../../../shared/settings.ts";
import { Button, IconButton, Segmented, Select, TextInput } from "../../ui/controls.tsx";
import { countChoices, sortOf, type View } from "./address.ts";
import { sortBy } from "./table.tsx";

interface Props {
  view: View;
  onChange: (change: Partial<View>) => void;
  search: RefObject<HTMLInputElement | null>;
  filters: boolean;
  onFilters: (shown: boolean) => void;
  /** From the search field into the list. */
  onDown: () => void;
}

const SORT_NAMES: Record<GallerySort["by"], string> = {
  relevance: "Relevance",
  fitness: "Fitness",
  gain: "Gain",
  loss: "Loss",
  benchmark: "Benchmark",
  params: "Parameters",
  flops: "FLOPs a token",
  novelty: "Novelty",
  newest: "Date",
  name: "Name",
};

export function Toolbar({ view, onChange, search, filters, onFilters, onDown }: Props) {
  const { filter, layout } = view;
  const sort = sortOf(view);
  const chosen = countChoices(filter);
  return (
    <div className="gallery-toolbar">
      <Button aria-pressed={filters} aria-expanded={filters} onClick={() => onFilters(!filters)}>
        <PanelLeft size={14} aria-hidden />
        Filters{chosen > 0 ? ` (${chosen})` : ""}
      </Button>
      <SearchField
        text={filter.text}
        input={search}
        onDown={onDown}
        // A new search is shown by relevance, whatever the order was before.
        onChange={(text) =>
          onChange({
            filter: { ...filter, text },
            ...(!filter.text.trim() !== !text.trim() && { sort: null }),
          })
        }
      />
      <div className="row">
        <Select
          aria-label="Sort by"
          className="gallery-sort"
          value={sort.by}
          onChange={(by) => onChange({ sort: sortBy(by, { by: "relevance", descending: true }) })}
          options={(Object.keys(SORT_NAMES) as GallerySort["by"][])
            .filter((by) => by !== "relevance" || filter.text.trim() !== "")
            .map((value) => ({ value, label: SORT_NAMES[value] }))}
        />
        {sort.by !== "relevance" && (
          <Button
            className="gallery-direction"
            aria-label={`Sorted ${sort.descending ? "from high to low" : "from low to high"}: turn round`}
            onClick={() => onChange({ sort: { ...sort, descending: !sort.descending } })}
          >
            {sort.descending ? "High to low" : "Low to high"}
          </Button>
        )}
      </div>
      <Segmented
        label="Layout"
        value={layout}
        onChange={(next) => onChange({ layout: next })}
        options={[
          { value: "cards", label: <LayoutGrid size={14} aria-hidden />, name: "Cards" },
          { value: "table", label: <Table2 size={14} aria-hidden />, name: "Table" },
        ]}
      />
    </div>
  );
}

/** Every change asks the archive: not for each letter of a word that is typed fast. */
const TYPING_MS = 120;

function SearchField({
  text,
  input,
  onChange,
  onDown,
}: {
  text: string;
  input: RefObject<HTMLInputElement | null>;
  onChange: (text: string) => void;
  onDown: () => void;
}) {
  const [typed, setTyped] = useState(text);
  const sent = useRef(text);
  const newest = useRef(onChange);
  newest.current = onChange;
  // Changed elsewhere: by a saved view, a link, or "Clear".
  useEffect(() => {
    if (text !== sent.current) setTyped(text);
    sent.current = text;
  }, [text]);
  useEffect(() => {
    if (typed === sent.current) return;
    const timer = setTimeout(() => {
      sent.current = typed;
      newest.current(typed);
    }, TYPING_MS);
    return () => clearTimeout(timer);
  }, [typed]);
  return (
    <search className="gallery-search">
      <Search size={14} aria-hidden />
      <TextInput
        ref={input}
        aria-label="Search experiments"
        aria-keyshortcuts="/"
        placeholder="Search names, motivations, analyses, code   /"
        maxLength={400}
        value={typed}
        onChange={(event) => setTyped(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === "Escape" && typed !== "") setTyped("");
          else if (event.key === "ArrowDown" || event.key === "Enter") onDown();
          else return;
          event.preventDefault();
        }}
      />
      {typed !== "" && (
        <IconButton
          small
          label="Clear the search"
          onClick={() => {
            setTyped("");
            input.current?.focus();
          }}
        >
          <X size={14} />
        </IconButton>
      )}
    </search>
  );
}
