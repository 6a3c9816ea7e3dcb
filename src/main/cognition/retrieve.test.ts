import { describe, expect, it } from "vitest";
import { cosine, createCognition, type Embed, fuse } from "./retrieve.ts";
import { entry, idle } from "./testing.ts";

const base = [
  entry("delta", { scenario: "A key that is written again gives a blend of both values." }),
  entry("gate", { scenario: "The memory is never cleared when the subject changes." }),
  entry("sink", { scenario: "Perplexity explodes once the first tokens leave the cache." }),
];

/** One direction for each theme, so that texts without a common word can be near. */
const THEMES = [/blend|overwrit/i, /clear|stale/i, /cache|evict/i];
const themed: Embed = async (texts) =>
  texts.map((text) => Float32Array.from(THEMES.map((theme) => (theme.test(text) ? 1 : 0.1))));

describe("retrieve", () => {
  it("is BM25 alone without embeddings", async () => {
    const found = await createCognition(base, null).retrieve(["memory is cleared"], 3, idle);
    expect(found[0]).toMatchObject({ id: "gate", by: "bm25", query: "memory is cleared" });
  });

  it("finds by meaning where no word is common", async () => {
    const query = "stale content stays";
    expect(await createCognition(base, null).retrieve([query], 3, idle)).toEqual([]);
    const found = await createCognition(base, themed).retrieve([query], 3, idle);
    expect(found[0]).toMatchObject({ id: "gate", by: "hybrid" });
  });

  it("gives 1 to what is first in both rankings, and never more", async () => {
    const found = await createCognition(base, themed).retrieve(["memory is never cleared"], 3, idle);
    expect(found.map((f) => f.id)[0]).toBe("gate");
    expect(found[0]!.score).toBe(1);
    for (const { score } of found) expect(score).toBeGreaterThan(0);
  });

  it("gives each entry once for several queries, with the query that found it best", async () => {
    const queries = ["perplexity explodes", "memory cleared, subject changes", "memory"];
    const found = await createCognition(base, null).retrieve(queries, 5, idle);
    expect(found.map((f) => f.id).sort()).toEqual(["gate", "sink"]);
    expect(Object.fromEntries(found.map((f) => [f.id, f.query]))).toEqual({
      sink: queries[0],
      gate: queries[1],
    });
    expect(await createCognition(base, null).retrieve(queries, 1, idle)).toHaveLength(1);
  });

  it.each([
    [[], 3],
    [[" "], 3],
    [["memory"], 0],
  ] as const)("finds nothing for %j, %d", async (queries, limit) => {
    expect(await createCognition(base, themed).retrieve(queries, limit, idle)).toEqual([]);
  });

  it("has nothing to give from an empty base", async () => {
    expect(await createCognition([], themed).retrieve(["memory"], 3, idle)).toEqual([]);
  });

  it("embeds entries once, 64 at a time, however many retrievals begin together", async () => {
    const sizes: number[] = [];
    const embed: Embed = async (texts) => {
      sizes.push(texts.length);
      return texts.map((_, i) => Float32Array.of(1, i));
    };
    const many = Array.from({ length: 130 }, (_, i) => entry(`e${i}`));
    const cognition = createCognition(many, embed);
    await Promise.all([cognition.retrieve(["q"], 3, idle), cognition.retrieve(["q"], 3, idle)]);
    await cognition.retrieve(["q"], 3, idle);
    expect(sizes).toEqual([64, 64, 2, 1, 1, 1]);
  });

  it.each<[string, Embed]>([
    ["none are offered", async () => null],
    ["the server fails", async () => Promise.reject(new Error("500"))],
    ["a vector is missing", async (texts) => texts.slice(1).map(() => Float32Array.of(1))],
    ["a number is not finite", async (texts) => texts.map(() => Float32Array.of(Number.NaN))],
    ["lengths differ", async (texts) => texts.map((_, i) => new Float32Array(i + 1))],
    ["vectors are empty", async (texts) => texts.map(() => new Float32Array(0))],
    ["only entries can be embedded", async (texts) => (texts.length > 1 ? themed(texts, idle) : null)],
  ])("is BM25 alone when %s", async (_, embed) => {
    const found = await createCognition(base, embed).retrieve(["memory is cleared"], 3, idle);
    expect(found[0]).toMatchObject({ id: "gate", by: "bm25" });
  });

  it("goes on with embeddings where it stopped, once they can be had", async () => {
    let down = true;
    const asked: number[] = [];
    const embed: Embed = async (texts) => {
      asked.push(texts.length);
      if (down && asked.length > 1) throw new Error("down");
      return texts.map((_, i) => Float32Array.of(1, i));
    };
    const cognition = createCognition(
      Array.from({ length: 100 }, (_, i) => entry(`e${i}`)),
      embed,
    );
    await cognition.retrieve(["e7symptomx0"], 1, idle);
    down = false;
    expect((await cognition.retrieve(["e7symptomx0"], 1, idle))[0]).toMatchObject({ by: "hybrid" });
    expect(asked).toEqual([64, 36, 36, 1]);
  });

  it("gives up with the signal's reason, and another retrieval goes on without", async () => {
    const stop = new AbortController();
    const hanging: Embed = (_, signal) =>
      new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
    const cognition = createCognition(base, hanging);
    const first = cognition.retrieve(["memory"], 1, stop.signal);
    const second = cognition.retrieve(["memory"], 1, idle);
    stop.abort(new Error("paused"));
    await expect(first).rejects.toThrow("paused");
    await expect(second).resolves.toMatchObject([{ id: "gate", by: "bm25" }]);
    await expect(cognition.retrieve(["memory"], 1, stop.signal)).rejects.toThrow("paused");
  });
});

describe("fuse", () => {
  const ranked = (...order: number[]) => order.map((index) => ({ index, score: 0.5 }));
  it("adds reciprocal ranks", () => {
    expect(fuse([ranked(0, 1), ranked(1, 0)])).toEqual([
      { index: 0, score: (1 + 61 / 62) / 2 },
      { index: 1, score: (1 + 61 / 62) / 2 },
    ]);
    expect(fuse([ranked(0), ranked(1, 0)]).map((r) => r.index)).toEqual([0, 1]);
    expect(fuse([[], ranked(2)])).toEqual([{ index: 2, score: 0.5 }]);
  });
});

it.each([
  [[1, 0], [2, 0], 1],
  [[1, 0], [0, 3], 0],
  [[0, 0], [1, 1], 0],
])("cosine of %j and %j is %d", (a, b, expected) => {
  expect(cosine(Float32Array.from(a), Float32Array.from(b))).toBeCloseTo(expected, 6);
});
