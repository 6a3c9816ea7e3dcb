import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { loadCognition } from "./load.ts";
import { entry } from "./testing.ts";

let home: string;
let shipped: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "cambrian-cognition-"));
  shipped = join(home, "shipped");
  mkdirSync(shipped);
  mkdirSync(join(home, "cognition", "review"), { recursive: true });
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

const write = (path: string, value: unknown) =>
  writeFileSync(join(home, path), typeof value === "string" ? value : JSON.stringify(value));
const load = () => loadCognition(home, shipped);

it("reads the shipped files and the user's own, not queries, not what waits for review", () => {
  write("shipped/b.json", [entry("b")]);
  write("shipped/a.json", [entry("a1"), entry("a2")]);
  write("shipped/queries.json", [{ query: "memory", ids: ["a1"] }]);
  write("cognition/mine.json", [entry("mine")]);
  write("cognition/queries.json", [entry("mine-too")]);
  write("cognition/notes.txt", "not JSON");
  write("cognition/review/waiting.json", [entry("waiting")]);
  expect(load().entries.map((e) => e.id)).toEqual(["a1", "a2", "b", "mine", "mine-too"]);
  expect(load().problems).toEqual([]);
  expect(loadCognition(null, shipped).entries).toHaveLength(3);
});

it("has nothing, and no problem, where there are no folders", () => {
  expect(loadCognition(join(home, "nowhere"), join(home, "nothing"))).toEqual({ entries: [], problems: [] });
});

it.each<[string, unknown, RegExp]>([
  ["cut JSON", '[{"id": "a"', /JSON.*Correct it, or take it out/s],
  ["no list", { id: "a" }, /no list of entries/],
])("leaves a file out and says why: %s", (_, content, problem) => {
  write("cognition/broken.json", content);
  write("cognition/good.json", [entry("good")]);
  const { entries, problems } = load();
  expect(entries.map((e) => e.id)).toEqual(["good"]);
  expect(problems).toHaveLength(1);
  expect(problems[0]).toContain(join(home, "cognition", "broken.json"));
  expect(problems[0]).toMatch(problem);
});

it("leaves one entry out and keeps its neighbours; file, entry and field are named", () => {
  write("cognition/mine.json", [entry("one"), { ...entry("two"), scenario: "short" }, 7, entry("three")]);
  const { entries, problems } = load();
  expect(entries.map((e) => e.id)).toEqual(["one", "three"]);
  expect(problems).toHaveLength(2);
  expect(problems[0]).toMatch(/mine\.json, entry two, scenario: .*It is left out\. Say in a sentence/);
  expect(problems[1]).toMatch(/mine\.json, entry number 3, the whole: /);
});

it("keeps the shipped entry where the user's has the same id", () => {
  write("shipped/a.json", [entry("a", { tags: ["shipped"] })]);
  write("cognition/mine.json", [entry("a", { tags: ["mine"] })]);
  const { entries, problems } = load();
  expect(entries.map((e) => e.tags)).toEqual([["shipped"]]);
  expect(problems[0]).toMatch(/mine\.json, entry a, id: it is also in .*a\.json.*another id/);
});

it("says it where a folder is no folder", () => {
  rmSync(join(home, "cognition"), { recursive: true });
  write("cognition", "a file");
  const { entries, problems } = load();
  expect(entries).toEqual([]);
  expect(problems[0]).toMatch(/cannot be read/);
});
