/** What the gallery shows, as its address keeps it: a reload and a link find the same. */
import { GalleryFilter, type GallerySort, type SavedView, SORTS } from "../../../shared/settings.ts";

export type Layout = SavedView["layout"];

export interface View {
  filter: GalleryFilter;
  /** null: by relevance while searching, else by fitness. */
  sort: GallerySort | null;
  layout: Layout;
  /** Second archive, shown beside the first. */
  beside: string | null;
}

export const EVERYTHING: GalleryFilter = GalleryFilter.parse({});

/** The order in which a list is shown. */
export const sortOf = ({ sort, filter }: Pick<View, "sort" | "filter">): GallerySort =>
  sort ?? { by: filter.text.trim() ? "relevance" : "fitness", descending: true };

/** Anything may stand in an address: what is not understood filters nothing. */
export function readView(query: URLSearchParams): View {
  return {
    filter: readFilter(query.get("f")),
    sort: readSort(query.get("sort")),
    layout: query.get("as") === "table" ? "table" : "cards",
    beside: query.get("with"),
  };
}

/** For `replaceQuery`: what is as usual is left out. */
export function viewQuery({ filter, sort, layout, beside }: View): Record<string, string | null> {
  const told = Object.entries(filter).filter(([name, value]) => !same(value, EVERYTHING[name as FilterName]));
  return {
    f: told.length > 0 ? JSON.stringify(Object.fromEntries(told)) : null,
    sort: sort && `${sort.descending ? "-" : ""}${sort.by}`,
    as: layout === "table" ? "table" : null,
    with: beside,
  };
}

type FilterName = keyof GalleryFilter;

function readFilter(text: string | null): GalleryFilter {
  let told: unknown;
  try {
    told = JSON.parse(text ?? "{}");
  } catch {
    return EVERYTHING;
  }
  if (typeof told !== "object" || told === null) return EVERYTHING;
  // Field by field: one that is wrong does not take the others with it.
  const fields = Object.entries(GalleryFilter.shape).flatMap(([name, schema]) => {
    const read = schema.safeParse((told as Record<string, unknown>)[name]);
    return read.success ? [[name, read.data]] : [];
  });
  return { ...EVERYTHING, ...Object.fromEntries(fields) };
}

function readSort(text: string | null): GallerySort | null {
  if (!text) return null;
  const by = SORTS.find((s) => s === text.replace(/^-/, ""));
  return by ? { by, descending: text.startsWith("-") } : null;
}

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

/** How many choices narrow the list down, the search text aside. */
export const countChoices = (filter: GalleryFilter): number =>
  (Object.keys(EVERYTHING) as FilterName[])
    .filter((name) => name !== "text")
    .reduce((n, name) => {
      if (name === "params") return n + (same(filter.params, EVERYTHING.params) ? 0 : 1);
      const value = filter[name];
      return n + (Array.isArray(value) ? value.length : same(value, EVERYTHING[name]) ? 0 : 1);
    }, 0);

/** A filter for another archive: campaigns and parents are of one archive only. */
export const forOther = (filter: GalleryFilter): GalleryFilter => ({
  ...filter,
  campaigns: [],
  parentId: null,
});
