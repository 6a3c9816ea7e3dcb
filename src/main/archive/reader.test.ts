import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Archive } from "../interfaces.ts";
import {
  continueCurve,
  decodeCurve,
  decodePreview,
  downsample,
  encodeCurve,
  PREVIEW_POINTS,
} from "./curves.ts";
import { createArchive, openReader, type Reader } from "./index.ts";
import { inWords } from "./rows.ts";
import { matchExpression, search, terms } from "./search.ts";
import { campaign, experiment, score, uuid } from "./testing/fixtures.ts";

let folder: string;
let archive: Archive;
let reader: Reader;
let db: Database.Database;

const steps = Array.from({ length: 2000 }, (_, i) => i + 1);
const losses = steps.map((s) => (s === 777 ? 99 : 3 - s / 1000));

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "cambrian-archive-"));
  const file = join(folder, "a.sqlite");
  archive = createArchive(file);
  archive.createCampaign(campaign(1));
  archive.createCampaign(campaign(2));
  const event = { type: "archived", data: {} };
  const commit = (index: number, over: Parameters<typeof experiment>[1]) =>
    archive.commit({ campaignId: over?.campaignId ?? uuid(1), experiment: experiment(index, over), event });
  commit(0, {
    name: "GatedDeltaNet2",
    motivation: "The delta rule, with a data-dependent gate.",
    scores: [score("screen", 2)],
  });
  commit(1, {
    name: "fft_conv",
    motivation: "Une façade naïve: long convolution by FFT.",
    analysis: "Slower at T = 512.",
  });
  commit(2, { name: "twin", motivation: "common word, first" });
  commit(3, { name: "twin", motivation: "common word, second", parentId: uuid(1000) });
  for (let i = 4; i < 40; i++) commit(i, { motivation: "common word in many motivations" });
  commit(0, { id: uuid(3000), campaignId: uuid(2), name: "abcd", motivation: "another campaign" });
  archive.commit({
    campaignId: uuid(1),
    experiment: experiment(1, {
      name: "fft_conv",
      motivation: "Une façade naïve: long convolution by FFT.",
      analysis: "Slower at T = 512.",
    }),
    version: { version: 1, code: "class Mixer: pass", why: "numerical: NaN in the gradient" },
    curves: [
      { run: "lm-s0", steps, losses, aux: losses.map((l) => (l > 2 ? l / 2 : null)) },
      { run: "icr-s0", steps: [1], losses: [2.5], aux: [null] },
    ],
    log: "step 1\n",
    event: { type: "trained", data: { run: "lm-s0" } },
  });
  reader = await openReader(file);
  db = new Database(file, { readonly: true });
});
afterAll(async () => {
  db.close();
  await reader.close();
  archive.close();
  rmSync(folder, { recursive: true, force: true });
});

describe("reader", () => {
  it("lists campaigns newest first, and experiments by campaign and index", async () => {
    expect((await reader.campaigns()).map((c) => c.id)).toEqual([uuid(2), uuid(1)]);
    expect(await reader.experiments(uuid(1))).toEqual(archive.experiments(uuid(1)));
    expect((await reader.experiments()).map((e) => e.name).at(-1)).toBe("abcd");
    expect(await reader.experiments()).toHaveLength(41);
    expect(await reader.experiments(uuid(77))).toEqual([]);
  });

  it("summarises without the heavy columns", async () => {
    const all = await reader.summaries();
    expect(all).toHaveLength(41);
    expect(all[0]).toMatchObject({
      index: 0,
      name: "GatedDeltaNet2",
      rung: "screen",
      loss: 2,
      fitness: 0.5,
      rawGain: 0.2,
    });
    expect(all[3]).toMatchObject({ parentId: uuid(1000), loss: null });
    expect(await reader.summaries(uuid(2))).toHaveLength(1);
  });

  it("finds one by id, prefix or name, with its versions, curves and log", async () => {
    const found = await reader.experiment("fft_conv");
    expect(found).toMatchObject({
      experiment: { id: uuid(1001), analysis: "Slower at T = 512." },
      versions: [{ version: 1, why: "numerical: NaN in the gradient" }],
      log: "step 1\n",
    });
    expect(found!.curves.map((c) => c.run)).toEqual(["icr-s0", "lm-s0"]);
    expect(found!.curves[1]!.steps).toEqual(steps);
    expect(found!.curves[1]!.aux.filter((a) => a === null)).toHaveLength(losses.filter((l) => l <= 2).length);
    expect(await reader.experiment(uuid(1001).toUpperCase())).toEqual(found);
    expect(await reader.experiment(` ${uuid(3000).slice(0, -1)} `)).toMatchObject({
      experiment: { name: "abcd" },
    });
    expect(await reader.experiment("abcd")).toMatchObject({ experiment: { id: uuid(3000) } });
    for (const none of ["", "nothing", "*", "%", "'; DROP TABLE experiments", "ffff"])
      expect(await reader.experiment(none)).toBeNull();
  });

  it("asks back when a name or a prefix means several", async () => {
    await expect(reader.experiment("twin")).rejects.toMatchObject({
      code: "ambiguous",
      message: expect.stringMatching(`${uuid(1002)}.*${uuid(1003)}`),
    });
    await expect(reader.experiment("0000")).rejects.toMatchObject({ code: "ambiguous" });
  });

  it("draws curves from at most 512 points, spikes kept", async () => {
    const preview = (await reader.curvesOf(uuid(1001))).find((c) => c.run === "lm-s0")!;
    expect(preview.steps.length).toBeLessThanOrEqual(PREVIEW_POINTS);
    expect(Math.max(...(preview.losses as number[]))).toBe(99);
    expect(preview.steps[0]).toBe(1);
    expect(preview.steps.at(-1)).toBe(2000);
  });

  it("sees what is committed after it was opened", async () => {
    const before = (await reader.events(0, 1000)).at(-1)!.seq;
    const seq = archive.commit({ campaignId: uuid(2), event: { type: "note", data: { text: "hello" } } });
    expect(await reader.events(before)).toMatchObject([
      { seq, experimentId: null, type: "note", data: { text: "hello" } },
    ]);
  });

  it("cannot write", () => {
    expect(() => db.prepare("DELETE FROM events").run()).toThrow(/readonly/);
  });

  it("answers `closed` once it is closed", async () => {
    const other = await openReader(archive.path);
    const waiting = other.campaigns();
    await other.close();
    await expect(waiting).resolves.toHaveLength(2);
    await expect(other.campaigns()).rejects.toMatchObject({ code: "closed" });
    await other.close();
  });
});

describe("search", () => {
  const names = async (text: string, limit?: number) =>
    (await reader.search(text, limit)).map((hit) => hit.name);

  it("finds words of names, motivations and analyses, by their beginning, whatever case and accents", async () => {
    expect(await names("delta")).toEqual(["GatedDeltaNet2"]);
    expect(await names("gateddelta")).toEqual(["GatedDeltaNet2"]);
    expect(await names("CONV")).toEqual(["fft_conv"]);
    expect(await names("facade naive")).toEqual(["fft_conv"]);
    expect(await names("slow")).toEqual(["fft_conv"]);
    expect(await names("absent")).toEqual([]);
    expect(await names("")).toEqual([]);
    expect(await names("common", 5)).toHaveLength(5);
    expect((await reader.search("façade"))[0]!.snippet).toContain("façade");
  });

  it("follows an update of the text", () => {
    const change = (motivation: string) =>
      archive.commit({
        campaignId: uuid(2),
        experiment: experiment(1, { id: uuid(3001), campaignId: uuid(2), motivation }),
        event: { type: "x", data: {} },
      });
    change("zebra");
    change("quagga");
    expect(search(db, "zebra")).toEqual([]);
    expect(search(db, "quagga")).toHaveLength(1);
  });

  it("takes any text as it is", () => {
    const syntax = fc.constantFrom(
      '"',
      "*",
      "(",
      ")",
      "AND",
      "OR",
      "NOT",
      "NEAR",
      "^",
      ":",
      "-",
      "name",
      "common",
      "\0",
      " ",
    );
    const text = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.array(syntax).map((parts) => parts.join("")),
    );
    fc.assert(
      fc.property(text, (query) => {
        expect(Array.isArray(search(db, query))).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  it("keeps the rarest words of a long query", () => {
    expect(matchExpression(db, "common word in many delta gate façade convolution absent")).toBe(
      '"delta"* OR "facade"* OR "convolution"* OR "gate"*',
    );
  });

  it("splits text as the index does", () => {
    expect(terms("The Δ-rule, façade & x_2!")).toEqual(["the", "δ", "rule", "facade", "x", "2"]);
    expect(inWords("GatedDeltaNet2_conv")).toBe("Gated Delta Net 2_conv");
    expect(inWords("HGRNBlock")).toBe("HGRN Block");
  });
});

describe("curves", () => {
  const curve = fc
    .array(
      fc.record({ step: fc.nat(1 << 24), loss: fc.float(), aux: fc.option(fc.float({ noNaN: true })) }),
      { maxLength: 1500 },
    )
    .map((points) => ({
      run: "lm-s0",
      steps: points.map((p) => p.step),
      losses: points.map((p) => p.loss),
      aux: points.map((p) => p.aux),
    }));

  it("come back as they were, in single precision", () => {
    fc.assert(
      fc.property(curve, (c) => {
        expect(decodeCurve(c.run, encodeCurve(c))).toEqual(c);
      }),
      { numRuns: 50 },
    );
  });

  it("are drawn from at most 512 of their points, ends and extremes among them", () => {
    fc.assert(
      fc.property(curve, (c) => {
        const kept = downsample(c.losses);
        expect(kept.length).toBeLessThanOrEqual(PREVIEW_POINTS);
        expect(kept).toEqual([...new Set(kept)].sort((a, b) => a - b));
        const numbers = c.losses.filter((l) => !Number.isNaN(l));
        const shown = kept.map((i) => c.losses[i]!).filter((l) => !Number.isNaN(l));
        if (numbers.length > 0)
          expect([Math.min(...shown), Math.max(...shown)]).toEqual([
            Math.min(...numbers),
            Math.max(...numbers),
          ]);
        const preview = decodePreview(c.run, encodeCurve(c).preview);
        const drawn = kept.map((i) => (Number.isFinite(c.losses[i]) ? c.losses[i]! : null));
        expect(preview.losses).toEqual(drawn);
      }),
      { numRuns: 50 },
    );
  });

  it("go on where they stopped", () => {
    const part = (from: number, to: number) => {
      const s = steps.slice(from, to);
      return { run: "lm-s0", steps: s, losses: s.map((x) => x / 2), aux: s.map(() => null) };
    };
    expect(continueCurve(part(0, 100), part(100, 200))).toEqual(part(0, 200));
    expect(continueCurve(part(0, 100), part(50, 200))).toEqual(part(0, 200));
    expect(continueCurve(part(0, 100), part(0, 20))).toEqual(part(0, 20));
    expect(continueCurve(part(0, 100), part(0, 0))).toEqual(part(0, 100));
  });
});
