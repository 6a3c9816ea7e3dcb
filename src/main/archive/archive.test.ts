import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ENDS, Experiment, STEPS } from "../../shared/domain.ts";
import { FailureKind } from "../../shared/job.ts";
import type { Archive } from "../interfaces.ts";
import { createArchive, openArchive, openReader } from "./index.ts";
import { campaign, experiment, score, uuid } from "./testing/fixtures.ts";

let folder: string;
let file: string;
let archive: Archive;
const event = { type: "step", data: {} };

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "cambrian-archive-"));
  file = join(folder, "a.sqlite");
  archive = createArchive(file);
  archive.createCampaign(campaign());
});
afterEach(() => {
  archive.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Opens the file beside the archive's own connection, to look at what is stored. */
const raw = <T>(work: (db: Database.Database) => T): T => {
  const db = new Database(file);
  try {
    return work(db);
  } finally {
    db.close();
  }
};

const finite = fc.double({ noNaN: true, noDefaultInfinity: true }).map((x) => x + 0);
const text = fc.string({ unit: "grapheme" });
const json = fc
  .jsonValue()
  .map((v) => JSON.parse(JSON.stringify(v).replaceAll("__proto__", "proto")) as unknown);
const spread = fc.record({ mean: finite, sd: finite, n: fc.integer() });
const arbitraryExperiment = fc.record({
  status: fc.constantFrom(...STEPS, ...ENDS),
  name: text,
  motivation: text,
  code: text,
  codeHash: text,
  genome: json,
  researcher: text,
  referenceIds: fc.array(fc.uuid({ version: 4 }), { maxLength: 4 }),
  provenance: fc.dictionary(fc.stringMatching(/^[a-z]+$/), json),
  repairs: fc.nat(5),
  failure: fc.option(
    fc.record({ kind: fc.constantFrom(...FailureKind.options), message: text, detail: text }),
  ),
  gates: fc.array(
    fc.record({
      name: text,
      ok: fc.boolean(),
      value: fc.option(finite),
      limit: fc.option(finite),
      detail: text,
      warning: fc.boolean(),
      kind: fc.option(fc.constantFrom(...FailureKind.options)),
    }),
    { maxLength: 3 },
  ),
  params: fc.option(finite),
  mixerParams: fc.option(finite),
  flopsPerToken: fc.option(finite),
  fingerprint: fc.option(text),
  scores: fc.array(
    fc
      .record({ loss: spread, benchmark: spread, fitness: finite, gain: finite, rawGain: finite })
      .map((over) => ({
        ...score("screen", 1),
        ...over,
      })),
    { maxLength: 3 },
  ),
  judgement: fc.option(
    fc.record({
      score: fc.integer({ min: 1, max: 10 }),
      items: fc.dictionary(fc.stringMatching(/^[a-z]+$/), finite),
      note: text,
      by: text,
      samples: fc.integer({ min: 1, max: 9 }),
      sd: fc.double({ min: 0, max: 10, noNaN: true }),
    }),
  ),
  sees: fc.option(fc.record({ experiments: fc.nat(), promotions: fc.nat() })),
  cognition: fc.array(
    fc.record({
      id: text,
      query: text,
      score: finite,
      by: fc.constantFrom("bm25" as const, "hybrid" as const),
    }),
    { maxLength: 3 },
  ),
  analysis: fc.option(text),
  tier: fc.option(fc.constantFrom("bubblewrap" as const, "landlock" as const, "none" as const)),
  seconds: finite,
});

describe("records", () => {
  it("come back as they were committed", () => {
    let index = 0;
    fc.assert(
      fc.property(arbitraryExperiment, arbitraryExperiment, (first, second) => {
        const [a, b] = [experiment(index, first), experiment(index, second)];
        index++;
        archive.commit({ campaignId: a.campaignId, experiment: a, event });
        archive.commit({ campaignId: b.campaignId, experiment: b, event }); // An update leaves nothing of the first.
        expect(archive.experiments(a.campaignId).at(-1)).toEqual(b);
      }),
      { numRuns: 60 },
    );
    expect(archive.experiments(uuid(1))).toHaveLength(index);
  });

  it("replace unpaired surrogates, which SQLite's text cannot hold", () => {
    archive.commit({ campaignId: uuid(1), experiment: experiment(0, { code: "a\ud800b" }), event });
    expect(archive.experiments(uuid(1))[0]!.code).toBe("a\ufffdb");
  });

  it("rank by the deepest rung's figures, in columns", () => {
    const scores = [score("screen", 2, 0.4), score("confirm", 1.5, 0.7)];
    archive.commit({ campaignId: uuid(1), experiment: experiment(0, { scores, params: 1234 }), event });
    const row = raw((db) =>
      db.prepare("SELECT depth, rung, loss, fitness, fitness_paper, params FROM experiments").get(),
    );
    expect(row).toEqual({
      depth: 1,
      rung: "confirm",
      loss: 1.5,
      fitness: 0.7,
      fitness_paper: 0.35,
      params: 1234,
    });
  });

  it("use an index to rank", () => {
    const plan = raw((db) =>
      db
        .prepare(
          "EXPLAIN QUERY PLAN SELECT id FROM experiments WHERE campaign_id = ? AND depth = ? ORDER BY fitness DESC LIMIT 50",
        )
        .all("x", 0),
    );
    expect(JSON.stringify(plan)).toContain("experiments_fitness");
    expect(JSON.stringify(plan)).not.toContain("TEMP B-TREE");
  });

  it("are refused when they do not fit the contract, by name, and nothing is stored", () => {
    const bad = { ...experiment(3), scores: [score("screen", Number.NaN)] };
    expect(() => archive.commit({ campaignId: uuid(1), experiment: bad, event })).toThrow(
      expect.objectContaining({
        code: "invalid",
        message: expect.stringMatching(/candidate 3.*scores\.0\.loss\.mean/s),
      }),
    );
    expect(archive.experiments(uuid(1))).toEqual([]);
    expect(raw((db) => db.prepare("SELECT count(*) FROM events").pluck().get())).toBe(1); // campaign_created
  });

  it("that no longer fit are named when they are read", () => {
    archive.commit({ campaignId: uuid(1), experiment: experiment(7), event });
    raw((db) => db.prepare("UPDATE experiments SET status = 'dreaming'").run());
    expect(() => archive.experiments(uuid(1))).toThrow(
      expect.objectContaining({
        code: "invalid",
        message: expect.stringContaining(`experiment ${uuid(1007)}`),
      }),
    );
  });

  it("keep one index for one experiment of a campaign", () => {
    archive.commit({ campaignId: uuid(1), experiment: experiment(0), event });
    const second = experiment(0, { id: uuid(2000) });
    expect(() => archive.commit({ campaignId: uuid(1), experiment: second, event })).toThrow(/UNIQUE/);
    expect(archive.experiments(uuid(1)).map((e) => e.id)).toEqual([uuid(1000)]);
  });

  it("may share a name", () => {
    archive.commit({ campaignId: uuid(1), experiment: experiment(0, { name: "twin" }), event });
    archive.commit({ campaignId: uuid(1), experiment: experiment(1, { name: "twin" }), event });
    expect(archive.experiments(uuid(1))).toHaveLength(2);
  });
});

describe("commit", () => {
  it("stores everything of a change, or nothing", () => {
    const whole = {
      campaignId: uuid(1),
      experiment: experiment(0),
      version: { version: 0, code: "x", why: "proposed" },
      curves: [{ run: "lm-s0", steps: [1, 2], losses: [3, 2], aux: [null, null] }],
      log: "tail",
      event,
    };
    const broken = { ...whole, curves: [{ run: "lm-s0", steps: [1], losses: [3, 2], aux: [null, null] }] };
    expect(() => archive.commit(broken)).toThrow(/1 steps, 2 losses/);
    const count = (table: string) => raw((db) => db.prepare(`SELECT count(*) FROM ${table}`).pluck().get());
    for (const table of ["experiments", "versions", "curves", "logs"]) expect(count(table)).toBe(0);
    expect(archive.commit(whole)).toBe(2); // The number that the broken one took is given again.
    for (const table of ["experiments", "versions", "curves", "logs"]) expect(count(table)).toBe(1);
  });

  it("is idempotent: the same step again is the same event", () => {
    const change = {
      campaignId: uuid(1),
      experiment: experiment(0),
      log: "l",
      event: { type: "gate", data: { ok: true } },
    };
    const seq = archive.commit(change);
    expect(archive.commit(change)).toBe(seq);
    expect(archive.commit({ ...change, event: { type: "gate", data: { ok: false } } })).toBe(seq + 1);
    archive.createCampaign(campaign());
    expect(() => archive.createCampaign(campaign(1, { name: "other" }))).toThrow(/another campaign/);
  });

  it("continues a curve that a pause cut, and replaces one that began again", () => {
    const commit = (steps: number[], losses: number[]) =>
      archive.commit({
        campaignId: uuid(1),
        experiment: experiment(0),
        curves: [{ run: "lm-s0", steps, losses, aux: losses.map(() => null) }],
        event,
      });
    const stored = () =>
      raw(
        (db) =>
          new Float32Array(
            new Uint8Array(db.prepare("SELECT steps FROM curves").pluck().get() as Buffer).buffer,
          ),
      );
    commit([10, 20, 30], [3, 2, 1]);
    commit([30, 40], [1, 0.5]);
    expect([...stored()]).toEqual([10, 20, 30, 40]);
    commit([10, 20], [3, 2]);
    expect([...stored()]).toEqual([10, 20]);
  });

  it("keeps promotions and baselines by their keys", () => {
    archive.commit({ campaignId: uuid(1), experiment: experiment(0), event });
    const promotion = {
      experimentId: uuid(1000),
      campaignId: uuid(1),
      rung: 1,
      decidedAt: 8,
      status: "train" as const,
      failure: null,
    };
    archive.commit({ campaignId: uuid(1), promotion, event });
    archive.commit({ campaignId: uuid(1), promotion: { ...promotion, status: "done" }, event });
    expect(archive.promotions(uuid(1))).toEqual([{ ...promotion, status: "done" }]);
    const key = { protocolHash: "p", device: "cpu" };
    const point = {
      width: 1.5,
      mixerParams: 10,
      flopsPerToken: 20,
      rung: "screen",
      runs: score("screen", 1).runs,
    };
    const curve = (run: string) => ({ run, steps: [1, 2], losses: [3, null] });
    archive.putBaseline(key, point, [curve("lm-s0")]);
    archive.putBaseline(key, { ...point, mixerParams: 11 }, [curve("lm-s1")]);
    expect(archive.baseline(key)).toEqual([{ ...point, mixerParams: 11 }]);
    expect(archive.baseline({ ...key, device: "cuda" })).toEqual([]);
    expect(archive.baselineCurves(key, point)).toEqual([curve("lm-s0"), curve("lm-s1")]);
    expect(archive.baselineCurves(key, { ...point, width: 1 })).toEqual([]);
  });

  it("numbers events without gaps, failures included", async () => {
    for (let i = 0; i < 30; i++) {
      const parentId = i % 3 === 0 ? uuid(999_999) : null; // No such parent: refused at commit.
      const commit = () =>
        archive.commit({ campaignId: uuid(1), experiment: experiment(i, { parentId }), event });
      if (parentId) expect(commit).toThrow(/FOREIGN KEY/);
      else commit();
    }
    const reader = await openReader(file);
    const seqs = (await reader.events(0)).map((e) => e.seq);
    expect(seqs).toEqual(Array.from({ length: 21 }, (_, i) => i + 1));
    expect((await reader.events(20, 5)).map((e) => e.seq)).toEqual([21]);
    await reader.close();
  });
});

describe("life of the file", () => {
  it("reopens what it closed, and leaves one file and its lock", () => {
    archive.commit({ campaignId: uuid(1), experiment: experiment(0), event });
    archive.close();
    expect(readdirSync(folder).sort()).toEqual(["a.sqlite", "a.sqlite-lock"]);
    archive = openArchive(file);
    expect(archive.experiments(uuid(1))).toEqual([experiment(0)]);
    expect(archive.campaigns()).toEqual([campaign()]);
    archive.updateCampaign(campaign(1, { state: "finished", reason: "budget" }), {
      type: "finished",
      data: {},
    });
    expect(archive.campaigns()[0]!.state).toBe("finished");
  });

  it("lets one writer in", () => {
    expect(() => openArchive(file)).toThrow(
      expect.objectContaining({ code: "locked", message: expect.stringContaining(`process ${process.pid}`) }),
    );
  });

  it("backs up while it writes, into one complete file", async () => {
    const copy = join(folder, "sub", "copy.sqlite");
    for (let i = 0; i < 20; i++)
      archive.commit({ campaignId: uuid(1), experiment: experiment(i), log: "x".repeat(50_000), event });
    const done = archive.backup(copy);
    for (let i = 20; i < 30; i++) {
      archive.commit({ campaignId: uuid(1), experiment: experiment(i), event });
      await new Promise((r) => setImmediate(r));
    }
    await done;
    expect(readdirSync(join(folder, "sub"))).toEqual(["copy.sqlite"]);
    const restored = openArchive(copy);
    expect(restored.experiments(uuid(1)).length).toBeGreaterThanOrEqual(20);
    restored.close();
    await expect(archive.backup(copy)).rejects.toMatchObject({ code: "exists" });
    await expect(archive.backup(file)).rejects.toMatchObject({ code: "exists" });
    expect(existsSync(`${copy}.partial-${process.pid}`)).toBe(false);
  });
});

it("is checked by the contract's own schema", () => {
  expect(Experiment.parse(experiment(0))).toEqual(experiment(0));
});
