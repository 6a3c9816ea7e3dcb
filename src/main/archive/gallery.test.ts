/** Gallery, facets, tree and page of one experiment, over a made-up archive. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { GalleryFilter, type GallerySort, SORTS } from "../../shared/settings.ts";
import { Card, ExperimentView, Facets, Insights, TreeData } from "../../shared/views.ts";
import type { Archive } from "../interfaces.ts";
import { cards as cardsByNumber, gainOf, noiseOf, shortMotivation } from "./card-rows.ts";
import { facets, gallery } from "./gallery.ts";
import { createArchive, openReader, type Reader, setMarks } from "./index.ts";
import { openReadOnly, type ReadOnly } from "./read-only.ts";
import { campaign, experiment, score, uuid } from "./testing/fixtures.ts";
import { writeMany } from "./testing/many.ts";

const N = 300;
let folder: string;
let many: ReadOnly;
let reader: Reader;
let ids: string[];
let all: Card[];

const filter = (over: Partial<GalleryFilter> = {}) => GalleryFilter.parse(over);
const by = (name: GallerySort["by"], descending = true): GallerySort => ({ by: name, descending });
const totalOf = (over: Partial<GalleryFilter>) =>
  gallery(many.db, { filter: filter(over), sort: by("newest"), offset: 0, limit: 0 }).total;
const everything = (over: Partial<GalleryFilter> = {}, sort = by("newest")) =>
  gallery(many.db, { filter: filter(over), sort, offset: 0, limit: N });

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "cambrian-gallery-"));
  const file = join(folder, "many.sqlite");
  ids = writeMany(file, N, { seed: 3 });
  many = openReadOnly(file);
  reader = await openReader(file);
  all = everything().cards;
});
afterAll(async () => {
  await reader.close();
  many.db.close();
  many.dispose();
  rmSync(folder, { recursive: true, force: true });
});

describe("the gallery", () => {
  it("gives valid cards, page by page, each once", async () => {
    expect(all).toHaveLength(N);
    for (const card of all) Card.parse(card);
    const pages = await Promise.all(
      [0, 150, 250, 450].map((offset) =>
        reader.gallery({ filter: filter(), sort: by("newest"), offset, limit: 150 }),
      ),
    );
    expect(pages.map((p) => p.cards.length)).toEqual([150, 150, 50, 0]);
    expect(pages.every((p) => p.total === N)).toBe(true);
    expect([...pages[0]!.cards, ...pages[1]!.cards]).toEqual(all);
  });

  it.each(SORTS.filter((s) => s !== "relevance"))("sorts by %s, with what has no figure last", (name) => {
    const figure = (c: Card): number | string | null =>
      ({
        fitness: c.fitness,
        gain: c.gain?.value ?? null,
        loss: c.loss?.mean ?? null,
        benchmark: c.benchmark?.mean ?? null,
        params: c.params,
        flops: c.flopsPerToken,
        novelty: c.novelty,
        newest: c.createdAt,
        name: c.name.toLowerCase(),
        relevance: null,
      })[name];
    const byRung = ["fitness", "gain", "loss", "benchmark"].includes(name);
    for (const descending of [false, true]) {
      const sorted = everything({}, by(name, descending)).cards;
      expect(new Set(sorted.map((c) => c.id)).size).toBe(N);
      for (const [i, b] of sorted.entries()) {
        const a = sorted[i - 1];
        if (!a) continue;
        if (byRung) expect(a.depth ?? -1).toBeGreaterThanOrEqual(b.depth ?? -1);
        if (byRung && a.depth !== b.depth) continue;
        const [x, y] = [figure(a), figure(b)];
        if (x === null) expect(y).toBeNull();
        else if (y !== null) expect(descending ? x >= y : x <= y).toBe(true);
      }
    }
  });

  it.each(SORTS)("gives the first page by %s before the entries are read as it does afterwards", (name) => {
    for (const descending of [false, true]) {
      const cold = openReadOnly(many.path);
      const query = { filter: filter({ text: "  " }), sort: by(name, descending), offset: 20, limit: 200 };
      expect(gallery(cold.db, query)).toEqual(gallery(many.db, query));
      cold.db.close();
    }
  });

  it("searches for all the words, marks them, and has the best first by relevance", () => {
    const word = all[0]!.name;
    const found = everything({ text: word }, by("relevance", false));
    expect(found.cards[0]).toMatchObject({ id: all[0]!.id, snippet: `\u0001${word}\u0002` });
    const two = everything({ text: "gate memory" });
    expect(two.total).toBeGreaterThan(0);
    expect(two.total).toBeLessThan(everything({ text: "gate" }).total);
    for (const { snippet } of two.cards)
      expect(snippet!.split("\u0001")[1]!.split("\u0002")[0]).toMatch(/^(?:gate|memory)/i);
    expect(everything({ text: "gate nothinglikethis" })).toEqual({ total: 0, cards: [] });
    expect(everything({ text: "?!" }).total).toBe(N);
    expect(all.every((c) => c.snippet === null)).toBe(true);
  });

  it("filters by size and by parent", () => {
    const parent = all.find((c) => c.parentId !== null)!.parentId!;
    const children = everything({ parentId: parent });
    expect(children.cards.map((c) => c.id)).toEqual(
      all.filter((c) => c.parentId === parent).map((c) => c.id),
    );
    const small = everything({ params: [150_000, 200_000] });
    expect(small.total).toBe(all.filter((c) => c.params! >= 150_000 && c.params! <= 200_000).length);
  });
});

const some = <T>(values: readonly T[]) => fc.subarray([...new Set(values)], { maxLength: 3 });
/** Filters over what the archive has, and over what it has not. */
const filters = () =>
  fc.record({
    text: fc.oneof(
      fc.constant(""),
      fc.constantFrom("gate", "dec", "delta memory", '"', "a* OR", "NEAR(", "'"),
      fc.string({ unit: "binary", maxLength: 12 }),
    ),
    campaigns: some([...ids, "none"]),
    standings: some(["discovery", "candidate", "running", "rejected", "failed"] as const),
    rungs: some(["screen", "confirm", "none"]),
    components: some(["delta-rule", "decay", "router", "loop", "none"]),
    tags: some(["fast", "odd", "none"]),
    researchers: some(["grammar", "llm:qwen3", "none"]),
    starred: fc.boolean(),
    gain: fc.constantFrom(null, "beyond" as const, "within" as const, "worse" as const),
    params: fc.constantFrom<[number | null, number | null]>([null, null], [120_000, null], [null, 300_000]),
    parentId: fc.constantFrom(null, null, null, all[3]!.parentId),
  });

describe("filter and facets", () => {
  it("any filter gives what a scan of all cards gives, and any text is a valid one", () => {
    fc.assert(
      fc.property(filters(), (f) => {
        const found = everything({ ...f, text: "" });
        const expected = all.filter(
          (c) =>
            (f.campaigns.length === 0 || f.campaigns.includes(c.campaignId)) &&
            (f.standings.length === 0 || f.standings.includes(c.standing)) &&
            (f.rungs.length === 0 || f.rungs.includes(c.rung ?? "")) &&
            f.components.every((x) => c.components.includes(x)) &&
            f.tags.every((x) => c.tags.includes(x)) &&
            (f.researchers.length === 0 || f.researchers.includes(c.researcher)) &&
            (!f.starred || c.starred) &&
            (f.gain === null || f.gain === c.noise) &&
            (f.params[0] === null || c.params! >= f.params[0]) &&
            (f.params[1] === null || c.params! <= f.params[1]) &&
            (f.parentId === null || c.parentId === f.parentId),
        );
        expect(found.cards.map((c) => c.id)).toEqual(expected.map((c) => c.id));
        expect(totalOf(f)).toBeLessThanOrEqual(found.total);
      }),
      { numRuns: 40 },
    );
  });

  it("each count is what choosing the value leaves", () => {
    fc.assert(
      fc.property(filters(), (f) => {
        const counts = facets(many.db, filter(f));
        Facets.parse(counts);
        const total = (over: Partial<GalleryFilter>) => totalOf({ ...f, ...over });
        for (const { value, count } of counts.campaigns) expect(count).toBe(total({ campaigns: [value] }));
        for (const { value, count } of counts.standings)
          expect(count).toBe(total({ standings: [value as Card["standing"]] }));
        for (const { value, count } of counts.rungs) expect(count).toBe(total({ rungs: [value] }));
        for (const { value, count } of counts.researchers)
          expect(count).toBe(total({ researchers: [value] }));
        for (const { value, count } of counts.noise)
          expect(count).toBe(total({ gain: value as NonNullable<Card["noise"]> }));
        for (const { value, count } of counts.tags) expect(count).toBe(total({ tags: [...f.tags, value] }));
        for (const { value, count } of counts.components.slice(0, 4))
          expect(count).toBe(total({ components: [...f.components, value] }));
        expect(counts.starred).toBe(total({ starred: true }));
        // Every experiment has one campaign, standing and researcher: the chosen ones add up to what is shown.
        const sum = (list: Facets["rungs"], chosen: readonly string[]) =>
          list.reduce(
            (n, { value, count }) => n + (chosen.length === 0 || chosen.includes(value) ? count : 0),
            0,
          );
        expect(sum(counts.campaigns, f.campaigns)).toBe(total({}));
        expect(sum(counts.standings, f.standings)).toBe(total({}));
        expect(sum(counts.researchers, f.researchers)).toBe(total({}));
      }),
      { numRuns: 25 },
    );
  });

  it("lists every value, rungs by depth, components by their labels", () => {
    const counts = facets(many.db, filter({ text: "nothinglikethis" }));
    expect(counts.rungs.map((r) => r.value)).toEqual(["screen", "confirm"]);
    expect(counts.rungs.every((r) => r.count === 0)).toBe(true);
    expect(counts.components).toContainEqual({ value: "delta-rule", label: "Delta rule", count: 0 });
    expect(counts.campaigns.map((c) => c.label)).toEqual(["Made-up campaign 1", "Made-up campaign 2"]);
  });
});

describe("one experiment, and a campaign as a whole", () => {
  it("a page has its relatives, calls, baseline and promotions", async () => {
    const promotedCard = all.find(
      (c) => c.depth === 1 && c.parentId !== null && c.researcher === "llm:qwen3",
    )!;
    const view = (await reader.view(promotedCard.id))!;
    ExperimentView.parse({ archive: "a", ...view });
    expect(view.card).toEqual(promotedCard);
    expect(view.parent!.id).toBe(promotedCard.parentId);
    expect(view.ancestors.at(-1)).toEqual(view.parent);
    expect(all.find((c) => c.id === view.ancestors[0]!.id)!.parentId).toBeNull();
    expect(view.siblings.map((s) => s.id).sort()).toEqual(
      all
        .filter((c) => c.parentId === promotedCard.parentId && c.id !== promotedCard.id)
        .map((c) => c.id)
        .sort(),
    );
    expect(view.promotions).toEqual([{ rung: "confirm", status: "done", decidedAt: promotedCard.index + 1 }]);
    expect(view.baseline.map((b) => [b.rung, b.loss.n])).toEqual([
      ["screen", 5],
      ["confirm", 5],
      ["verify", 5],
    ]);
    // The curves of a deeper rung begin with those of the one before.
    expect(view.baseline.map((b) => b.curves.map((c) => [c.run, c.steps[0], c.steps.at(-1)]))).toEqual([
      [
        ["lm-s0", 8, 320],
        ["lm-s1", 8, 320],
      ],
      [
        ["lm-s0", 8, 640],
        ["lm-s1", 8, 640],
      ],
      [],
    ]);
    expect(view.curves[0]!.losses).toHaveLength(40);
    expect(view.calls).toMatchObject([
      { role: "researcher", model: "qwen3", state: "done", estimated: false },
    ]);
    expect(await reader.callTexts(view.calls[0]!.id)).toMatchObject({
      answer: view.experiment.motivation,
      messages: [{ role: "user", content: "propose" }],
    });
    expect(await reader.curvesOf(promotedCard.id)).toEqual(view.curves);
    expect(await reader.logOf(promotedCard.id)).toBe("");
    expect([await reader.view("none"), await reader.callTexts("none")]).toEqual([null, null]);
  });

  it("a gain over the campaign has Student's interval, as everywhere", async () => {
    const [campaign] = await reader.campaigns();
    const { progress } = (await reader.insights(campaign!.id))!;
    const told = progress.find((p) => all.some((c) => c.id === p.id && c.rung === p.rung))!;
    const { low, high } = all.find((c) => c.id === told.id)!.gain!;
    expect(told.interval).toEqual({ low: expect.closeTo(low, 9), high: expect.closeTo(high, 9) });
    expect(high - low).toBeGreaterThan(2 * 1.96 * told.gainSe);
  });

  it("a parent has all its children, in order", async () => {
    const crowded = Map.groupBy(all, (c) => c.parentId);
    crowded.delete(null);
    const [parent, children] = [...crowded].sort((a, b) => b[1].length - a[1].length)[0]!;
    expect(children.length).toBeGreaterThan(10);
    const view = (await reader.view(parent!))!;
    expect(view.children.map((c) => c.index)).toEqual(children.map((c) => c.index).sort((a, b) => a - b));
  });

  it("the tree has every experiment once, parents before children, and a running best that only rises", async () => {
    const tree = await reader.tree(ids[0]!);
    TreeData.parse(tree);
    expect(tree.ids).toHaveLength(all.filter((c) => c.campaignId === ids[0]).length);
    tree.parents.forEach((parent, i) => void expect(parent).toBeLessThan(i));
    const byId = new Map(all.map((c) => [c.id, c]));
    tree.ids.forEach((id, i) => {
      expect(tree.ids[tree.parents[i]!] ?? null).toBe(byId.get(id)!.parentId);
      expect(tree.component[i] === "" || byId.get(id)!.components.includes(tree.component[i]!)).toBe(true);
    });
    const best = tree.best.map((i) => [tree.depth[i]!, tree.fitness[i]!] as const);
    best.slice(1).forEach(([depth, fitness], i) => {
      const [d, f] = best[i]!;
      expect(depth > d || (depth === d && fitness > f)).toBe(true);
    });
    expect(tree.best).not.toEqual([]);
    expect((await reader.tree("none")).ids).toEqual([]);
  });

  it("campaign rows count what the cards say", async () => {
    const rows = await reader.campaignRows();
    expect(rows).toHaveLength(2);
    for (const row of rows) {
      const own = all.filter((c) => c.campaignId === row.campaign.id);
      const of = (standing: string) => own.filter((c) => c.standing === standing).length;
      expect(row).toMatchObject({
        experiments: own.length,
        rejected: of("rejected"),
        failed: of("failed"),
        discoveries: of("discovery"),
        archived: of("candidate") + of("discovery"),
      });
      const best = everything({ campaigns: [row.campaign.id] }, by("fitness")).cards[0]!;
      expect(row.best!.id).toBe(best.id);
    }
  });

  it("insights fit the contract, and the promoted are those of two rungs", async () => {
    const insights = (await reader.insights(ids[1]!))!;
    Insights.parse({ ...insights, proxy: { rho: null, low: null, high: null, n: 0, rhoParams: null } });
    const own = all.filter((c) => c.campaignId === ids[1]);
    const promoted = await reader.promoted(ids[1]!);
    expect(promoted.map((e) => e.index)).toEqual(
      own
        .filter((c) => c.depth === 1)
        .map((c) => c.index)
        .sort((a, b) => a - b),
    );
    expect(insights.progress).toHaveLength(own.filter((c) => c.rung !== null).length + promoted.length);
    expect(insights.outcomes.reduce((n, o) => n + o.count, 0)).toBe(own.length);
    expect(insights.failures.find((f) => f.kind === "leak")!.gate).not.toBeNull();
    expect(insights.failures.find((f) => f.kind === "timeout")?.gate ?? null).toBeNull();
    expect(insights.origins.map((o) => o.origin)).toEqual(
      expect.arrayContaining(["parent", "reference", "own"]),
    );
    expect(insights.spend).toEqual([
      {
        role: "researcher",
        model: "qwen3",
        requests: own.length,
        tokens: 100 * own.length,
        cost: 0.25 * own.length,
        estimated: 0,
      },
    ]);
    expect(await reader.insights("none")).toBeNull();
  });
});

describe("what a campaign writes", () => {
  let archive: Archive;
  let live: Reader;
  const event = { type: "x", data: {} };
  const put = (index: number, over: Parameters<typeof experiment>[1]) =>
    archive.commit({ campaignId: uuid(1), experiment: experiment(index, over), event });
  const page = async (over: Partial<GalleryFilter> = {}) =>
    (await live.gallery({ filter: filter(over), sort: by("newest", false), offset: 0, limit: 50 })).cards;

  beforeAll(async () => {
    archive = createArchive(join(folder, "live.sqlite"));
    archive.createCampaign(campaign());
    live = await openReader(archive.path);
  });
  afterAll(async () => {
    await live.close();
    archive.close();
  });

  it("is in the gallery at once, and brought up to date", async () => {
    put(0, { code: "", motivation: "Not proposed yet." });
    expect(await page()).toMatchObject([{ standing: "running", components: [], novelty: null, gain: null }]);
    const proposed = { code: "a = delta_rule(q, k, v)", codeHash: "a", motivation: "First. Second." };
    put(0, proposed);
    put(1, { ...proposed, code: "a = delta_rule(q, k, v) + b", codeHash: "b", parentId: uuid(1000) });
    expect(await page()).toMatchObject([
      { motivation: "First.", components: ["delta-rule"], novelty: 1 },
      { novelty: expect.closeTo(1 - 7 / 9, 9), parentId: uuid(1000) },
    ]);
    put(1, {
      ...proposed,
      code: "x = torch.cumsum(y, 1)",
      codeHash: "c",
      status: "archived",
      scores: [score("screen", 2)],
    });
    expect((await page())[1]).toMatchObject({
      standing: "candidate",
      components: ["cumulative"],
      gain: {
        value: 0.1,
        se: 0.02,
        low: expect.closeTo(0.1 - 2.306 * 0.02, 9),
        high: expect.closeTo(0.1 + 2.306 * 0.02, 9),
      },
      noise: "beyond",
      loss: { mean: 2, sd: 0.01, n: 2 },
    });
  });

  it("names discoveries, and takes the name back", async () => {
    const standings = async () => (await page()).map((c) => c.standing);
    const say = (...judged: [number, boolean][]) =>
      archive.setDiscoveries(
        uuid(1),
        judged.map(([n, discovery]) => ({ experimentId: uuid(n), discovery })),
      );
    say([1001, true], [9, true]);
    expect(await standings()).toEqual(["running", "discovery"]);
    put(1, { code: "x", codeHash: "d", status: "archived", scores: [score("screen", 2)] });
    expect(await standings()).toEqual(["running", "discovery"]);
    say(); // nothing of it could be judged
    expect(await standings()).toEqual(["running", "discovery"]);
    say([1001, false]);
    expect(await standings()).toEqual(["running", "candidate"]);
  });

  it("counts a campaign again after each write", async () => {
    const counted = async () => (await live.campaignRows()).map((r) => [r.experiments, r.discoveries]);
    const before = await counted();
    put(7, { code: "z", codeHash: "f", status: "archived", scores: [score("screen", 2)] });
    expect(await counted()).toEqual(before.map(([n, found]) => [n! + 1, found]));
    archive.setDiscoveries(uuid(1), [{ experimentId: uuid(1007), discovery: true }]);
    expect(await counted()).toEqual(before.map(([n, found]) => [n! + 1, found! + 1]));
    expect(await live.counts()).toEqual({ campaigns: 1, experiments: before[0]![0]! + 1 });
  });

  it("leaves room for stars, tags and notes while it holds the archive", async () => {
    expect(setMarks(archive.path, uuid(1000), { tags: ["b", "b", " a "], note: "why" }).marks).toEqual({
      starred: false,
      tags: ["b", "a"],
      note: "why",
    });
    expect(setMarks(archive.path, uuid(1000), { starred: true }).marks.tags).toEqual(["b", "a"]);
    expect(await page({ tags: ["a"], starred: true })).toMatchObject([
      { id: uuid(1000), starred: true, hasNote: true },
    ]);
    put(0, { code: "y", codeHash: "e" });
    expect((await live.view(uuid(1000)))!.marks).toEqual({ starred: true, tags: ["b", "a"], note: "why" });
    expect(await page({ tags: ["a"] })).toHaveLength(1);
    setMarks(archive.path, uuid(1000), { starred: false, tags: [] });
    expect([await page({ tags: ["a"] }), await page({ starred: true })]).toEqual([[], []]);
    expect((await live.facets(filter())).starred).toBe(0);
  });

  it("refuses marks for what is not there, and marks that are none", () => {
    expect(() => setMarks(archive.path, uuid(5), { starred: true })).toThrow(/no experiment/);
    expect(() => setMarks(archive.path, uuid(1000), { tags: [""] })).toThrow(/not valid/);
    expect(() => setMarks(join(folder, "none.sqlite"), uuid(1000), {})).toThrow(/no archive/);
  });
});

describe("cards", () => {
  it("tell a gain beyond noise from one within, and an unknown noise from both", () => {
    expect([0.1, 0.04, -0.1].map((gain) => noiseOf(gain, 0.02, 8))).toEqual(["beyond", "within", "worse"]);
    expect([noiseOf(null, null, null), noiseOf(0.1, 0.02, 0), noiseOf(0.1, 0, 8)]).toEqual([
      null,
      null,
      null,
    ]);
    expect(gainOf(0.1, 0.02, 0)).toEqual({ value: 0.1, se: 0.02, low: 0.1, high: 0.1 });
  });

  it.each([
    ["One. Two.", "One."],
    ["## Idea\nA gate of 0.5 each. More", "Idea A gate of 0.5 each."],
    ["no end", "no end"],
    ["", ""],
    ["x".repeat(300), `${"x".repeat(239)}…`],
  ])("shorten %j", (text, first) => {
    expect(shortMotivation(text)).toBe(first);
  });

  it("of unknown rows are left out", () => {
    expect(cardsByNumber(many.db, [1_000_000])).toEqual([]);
  });
});
