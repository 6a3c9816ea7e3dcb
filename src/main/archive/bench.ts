/**
 * Times what the gallery, the tree and an experiment's page ask of an archive:
 *   node src/main/archive/bench.ts [experiments] [file]
 * A file that is there is used as it is; otherwise one is made up, and removed afterwards.
 */
import { existsSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { GalleryFilter, type GallerySort } from "../../shared/settings.ts";
import { openReader } from "./reader.ts";
import { writeMany } from "./testing/many.ts";

const n = Number(process.argv[2] ?? 100_000);
const folder = mkdtempSync(join(tmpdir(), "cambrian-bench-"));
const file = process.argv[3] ?? join(folder, "many.sqlite");

/** On a machine that does other things as well, the processor time is the figure to look at. */
const timed = async <T>(what: string, work: () => T | Promise<T>): Promise<T> => {
  const [start, cpu] = [performance.now(), process.cpuUsage()];
  const result = await work();
  const { user, system } = process.cpuUsage(cpu);
  const ms = (value: number) => `${value.toFixed(1).padStart(9)} ms`;
  console.log(`${ms(performance.now() - start)} ${ms((user + system) / 1000)} CPU  ${what}`);
  return result;
};
const filter = (over: Partial<GalleryFilter> = {}) => GalleryFilter.parse(over);
const by = (name: GallerySort["by"], descending = true): GallerySort => ({ by: name, descending });

if (!existsSync(file)) await timed(`write ${n} experiments`, () => void writeMany(file, n, { seed: 1 }));
console.log(`${(statSync(file).size / 1e6).toFixed(0)} MB`);

const reader = await timed("open", () => openReader(file));
const page = (of: GalleryFilter, sort: GallerySort, offset = 0) =>
  reader.gallery({ filter: of, sort, offset, limit: 60 });
await timed("first page, by fitness (reads all entries)", () => page(filter(), by("fitness")));
await timed("the next page", () => page(filter(), by("fitness"), 60));
await timed("first page, newest", () => page(filter(), by("newest")));
await timed("first page, by name", () => page(filter(), by("name", false)));
await timed("facets", () => reader.facets(filter()));
const narrow = filter({ standings: ["candidate"], components: ["delta-rule"], gain: "within" });
await timed("first page, three filters", () => page(narrow, by("gain")));
await timed("facets, three filters", () => reader.facets(narrow));
for (const text of ["gated memory 123", "router", "delta decay eigenvalue", "t", "nothinglikethis"])
  for (const sort of ["relevance", "fitness"] as const) {
    const { total } = await timed(`search "${text}" by ${sort}`, () => page(filter({ text }), by(sort)));
    console.log(`${" ".repeat(31)}${total} hits`);
  }
await timed("facets of the search", () => reader.facets(filter({ text: "nothinglikethis" })));

const rows = await timed("campaign rows", () => reader.campaignRows());
const campaign = rows.toSorted((a, b) => b.experiments - a.experiments)[0]!.campaign.id;
const tree = await timed("tree of the largest campaign", () => reader.tree(campaign));
const children = new Map<number, number>();
for (const parent of tree.parents) children.set(parent, (children.get(parent) ?? 0) + 1);
const crowded = [...children].filter(([parent]) => parent >= 0).sort((a, b) => b[1] - a[1])[0]![0];
await timed("view of the experiment with most children", () => reader.view(tree.ids[crowded]!));
await timed("view again", () => reader.view(tree.ids[crowded]!));
await timed("view of one at the end", () => reader.view(tree.ids.at(-1)!));
await timed("insights of the largest campaign", () => reader.insights(campaign));
await reader.close();
rmSync(folder, { recursive: true, force: true });
