/** What must not lose anything: kills, full and read-only disks, damage, migrations, several processes. */
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { random } from "../../shared/random.ts";
import { ArchiveError, createArchive, openArchive, openReader } from "./index.ts";
import { MIGRATIONS } from "./migrations/index.ts";
import { experiments } from "./queries.ts";
import { openReadOnly } from "./read-only.ts";
import { call, campaign, experiment, uuid } from "./testing/fixtures.ts";
import { canMount, runMounted } from "./testing/mounts.ts";
import { createVersion1, version1Rows } from "./testing/version-1.ts";

let folder: string;
let file: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "cambrian-archive-"));
  file = join(folder, "a.sqlite");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const writer = new URL("./testing/writer-process.ts", import.meta.url).pathname;
const startWriter = (first: number) =>
  spawn(process.execPath, [writer, file, String(first)], { stdio: ["ignore", "pipe", "inherit"] });

/** A closed archive with `n` experiments. */
function filled(n: number): void {
  const archive = createArchive(file);
  archive.createCampaign(campaign());
  for (let i = 0; i < n; i++)
    archive.commit({
      campaignId: uuid(1),
      experiment: experiment(i, { motivation: `why ${i} `.repeat(30), analysis: "because ".repeat(200) }),
      log: "line\n".repeat(500),
      event: { type: "archived", data: {} },
    });
  archive.close();
}

const errorOf = (work: () => unknown): ArchiveError => {
  try {
    work();
  } catch (error) {
    expect(error).toBeInstanceOf(ArchiveError);
    return error as ArchiveError;
  }
  throw new Error("it was expected to fail");
};

const hash = (path = file) => createHash("sha256").update(readFileSync(path)).digest("hex");

/** Ends a test that hangs: each kill starts a process, and a busy machine takes seconds for one. */
const KILL_LIMIT = 600_000;

it("loses no acknowledged commit in 24 kills, and continues behind each", {
  timeout: KILL_LIMIT,
}, async () => {
  const chance = random("archive kills");
  let next = 0;
  for (let kill = 0; kill < 24; kill++) {
    const child = startWriter(next);
    let text = "";
    child.stdout.on("data", (chunk) => {
      text += chunk;
    });
    await once(child.stdout, "data");
    await new Promise((resolve) => setTimeout(resolve, chance.next() * 25));
    child.kill("SIGKILL");
    await once(child, "close");
    const acknowledged = text.split("\n").length - 1; // A last line without its end counts as not acknowledged.

    const archive = openArchive(file); // The dead writer's lock is free.
    const rows = archive.experiments(uuid(1));
    archive.close();
    expect(rows.map((e) => e.index)).toEqual(rows.map((_, i) => i));
    expect(rows.length).toBeGreaterThanOrEqual(next + acknowledged);
    expect(rows.length).toBeLessThanOrEqual(next + acknowledged + 1);
    next = rows.length;
  }
  const db = new Database(file, { readonly: true });
  expect(db.pragma("integrity_check", { simple: true })).toBe("ok");
  expect(db.pragma("foreign_key_check")).toEqual([]);
  for (const table of ["experiments", "versions", "curves", "logs"])
    expect(db.prepare(`SELECT count(*) FROM ${table}`).pluck().get()).toBe(next);
  // One event for the campaign and one for each experiment, without a gap.
  expect(db.prepare("SELECT min(seq), max(seq), count(*) FROM events").raw().get()).toEqual([
    1,
    next + 1,
    next + 1,
  ]);
  db.close();
});

it("loses no acknowledged row of the ledger in 12 kills, and tells which requests were under way", {
  timeout: KILL_LIMIT,
}, async () => {
  const chance = random("ledger kills");
  const script = new URL("./testing/ledger-process.ts", import.meta.url).pathname;
  let [next, unknown] = [0, 0];
  for (let kill = 0; kill < 12; kill++) {
    const child = spawn(process.execPath, [script, file, String(next)], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    let text = "";
    child.stdout.on("data", (chunk) => {
      text += chunk;
    });
    await once(child.stdout, "data");
    await new Promise((resolve) => setTimeout(resolve, chance.next() * 25));
    child.kill("SIGKILL");
    await once(child, "close");
    const lines = text.split("\n").slice(0, -1); // A last line without its end counts as not acknowledged.

    const archive = openArchive(file);
    const before = archive.ledger.calls(uuid(1));
    const state = new Map(before.map((c) => [c.id, c.state]));
    for (const line of lines) {
      const [word, n] = line.split(" ");
      const found = state.get(call(Number(n)).id);
      if (word === "done") expect(found).toBe("done");
      else expect(["sent", "done"]).toContain(found);
    }
    // It asks one after the other: only its last request can be under way.
    const left = before.filter((c) => c.state === "sent");
    expect(left.length).toBeLessThanOrEqual(1);
    const sum = archive.ledger.totals(uuid(1)).tokens;
    expect(archive.ledger.settle()).toBe(left.length);
    unknown += left.length;
    const after = archive.ledger.calls(uuid(1));
    const openOnes = after.filter((c) => c.state === "unknown").length;
    expect(openOnes).toBe(unknown);
    expect(sum).toBe(openOnes * 1000 + (after.length - openOnes) * 100);
    expect(archive.ledger.totals(uuid(1)).tokens).toBe(sum);
    for (const c of after)
      if (c.state === "done") expect(c.answer).toMatch(/^(answer \d+ ){500}$/);
      else expect(c.answer).toBeNull();
    archive.close();
    next = after.length;
  }
  expect(unknown).toBeGreaterThan(0);
  const db = new Database(file, { readonly: true });
  expect(db.pragma("integrity_check", { simple: true })).toBe("ok");
  expect(db.pragma("foreign_key_check")).toEqual([]);
  expect(db.prepare("SELECT count(*) FROM llm_calls").pluck().get()).toBe(next);
  db.close();
});

it("reads consistent states while another process writes", async () => {
  const child = startWriter(0);
  await once(child.stdout, "data");
  child.stdout.resume();
  const reader = await openReader(file);
  let seen = 0;
  // However fast either of the two is: five looks at an archive that has grown.
  for (let grown = 0; grown < 5; ) {
    const rows = await reader.experiments(uuid(1));
    const events = await reader.events(0, 10_000);
    expect(rows.length).toBeGreaterThanOrEqual(seen);
    expect(rows.map((e) => e.index)).toEqual(rows.map((_, i) => i));
    expect(events.map((e) => e.seq)).toEqual(events.map((_, i) => i + 1));
    expect(events.length).toBeGreaterThan(rows.length); // Each row's event came with it, and the campaign's before.
    if (rows.length > seen) grown++;
    seen = rows.length;
  }
  await reader.backup(join(folder, "copy.sqlite"));
  const copied = await reader.summaries(uuid(1));
  child.kill("SIGKILL");
  await once(child, "close");
  await reader.close();
  const copy = openArchive(join(folder, "copy.sqlite"));
  const rows = copy.experiments(uuid(1));
  copy.close();
  expect(rows.length).toBeGreaterThanOrEqual(seen);
  expect(rows.length).toBeLessThanOrEqual(copied.length);
  expect(rows.map((e) => e.index)).toEqual(rows.map((_, i) => i));
});

it("lets no second process write, and says which one does", async () => {
  const child = startWriter(0);
  await once(child.stdout, "data");
  child.stdout.resume();
  const error = errorOf(() => openArchive(file));
  expect(error).toMatchObject({ code: "locked", message: expect.stringContaining(`process ${child.pid}`) });
  child.kill("SIGKILL");
  await once(child, "close");
  openArchive(file).close();
});

describe.skipIf(!canMount)("disks", () => {
  it("a full one refuses a commit, keeps every earlier row, and takes it once there is room", () => {
    const result = runMounted("./full-disk.ts", folder) as Record<string, unknown> & { before: number };
    const { before } = result;
    expect(before).toBeGreaterThan(0);
    expect(result).toMatchObject({
      commit: "disk_full",
      again: "disk_full",
      readable: before,
      seen: before,
      retried: "none",
      backedUp: "disk_full",
      createFull: "disk_full",
      openFull: "disk_full",
      seenFull: before + 1,
      kept: before + 1,
      seqs: Array.from({ length: before + 1 }, (_, i) => i),
      left: ["a.sqlite", "a.sqlite-lock", "c.sqlite-lock"],
    });
  });

  it("a read-only one is read, a killed writer's last commits included, and refuses writers", () => {
    const result = runMounted("./read-only.ts", folder) as Record<string, unknown> & {
      acknowledged: { killed: number; noshm: number };
      read: Record<string, { rows: number; hits: number }>;
    };
    const { acknowledged, read } = result;
    expect(result).toMatchObject({
      wal: true,
      write: ["read_only", "read_only"],
      create: "read_only",
      createBelow: "read_only",
      unchanged: true,
    });
    expect(read.clean).toEqual({ rows: 5, hits: 5 });
    for (const name of ["killed", "noshm"] as const) {
      expect(read[name]!.rows).toBeGreaterThanOrEqual(acknowledged[name]);
      expect(read[name]!.hits).toBe(read[name]!.rows);
    }
  });
});

describe("files that are no sound archive", () => {
  it("damaged anywhere: says so and changes nothing", async () => {
    filled(60);
    const sound = readFileSync(file);
    const pages = sound.length / 4096;
    expect(pages).toBeGreaterThan(50);
    for (let page = 0; page < pages; page++) {
      const damaged = Buffer.from(sound);
      damaged.fill(0xff, page * 4096, page * 4096 + 512);
      writeFileSync(file, damaged);
      const before = hash();
      expect(errorOf(() => openArchive(file)).code).toBe(page === 0 ? "not_an_archive" : "corrupt");
      expect(hash()).toBe(before);
    }
    expect(readdirSync(folder).sort()).toEqual(["a.sqlite", "a.sqlite-lock"]);
    writeFileSync(file, sound);
    openArchive(file).close();
  });

  it("cut short: the writer and the reader say so", async () => {
    filled(60);
    truncateSync(file, 20 * 4096);
    const before = hash();
    expect(errorOf(() => openArchive(file))).toMatchObject({
      code: "corrupt",
      fix: expect.stringContaining("backup"),
    });
    await expect(openReader(file).then((r) => r.experiments())).rejects.toMatchObject({ code: "corrupt" });
    expect(hash()).toBe(before);
  });

  it.each([
    [
      "a text",
      () => writeFileSync(file, "not a database, and long enough to be read as one ".repeat(100)),
      "not_an_archive",
    ],
    ["an empty file", () => writeFileSync(file, ""), "not_an_archive"],
    [
      "another program's database",
      () => new Database(file).exec("CREATE TABLE t (x)").close(),
      "not_an_archive",
    ],
    ["a folder", () => mkdirSync(file), "is_directory"],
    ["nothing", () => {}, "missing"],
  ])("%s: is named, and nothing appears beside it", async (_, make, code) => {
    make();
    const before = readdirSync(folder);
    expect(errorOf(() => openArchive(file)).code).toBe(code);
    await expect(openReader(file)).rejects.toMatchObject({ code });
    if (code !== "missing")
      expect(errorOf(() => createArchive(file)).code).toBe(code === "is_directory" ? code : "exists");
    expect(readdirSync(folder)).toEqual(before);
  });

  it("a file in the place of a folder", () => {
    writeFileSync(join(folder, "x"), "");
    expect(errorOf(() => createArchive(join(folder, "x", "a.sqlite"))).code).toBe("missing");
  });

  it("a newer version: refuses, says which, and changes nothing", async () => {
    filled(1);
    const db = new Database(file);
    db.pragma("user_version = 7");
    db.close();
    const before = hash();
    expect(errorOf(() => openArchive(file))).toMatchObject({
      code: "newer",
      message: expect.stringMatching(/version 7\b/),
    });
    await expect(openReader(file)).rejects.toMatchObject({ code: "newer" });
    expect(hash()).toBe(before);
  });
});

describe("migration", () => {
  const version = () => {
    const db = new Database(file, { readonly: true });
    const found = db.pragma("user_version", { simple: true });
    db.close();
    return found;
  };

  it("brings an older archive up to date and keeps it as it was beside", () => {
    filled(3);
    const next = [...MIGRATIONS, "ALTER TABLE experiments ADD COLUMN stars INTEGER NOT NULL DEFAULT 0"];
    const archive = openArchive(file, next);
    expect(archive.experiments(uuid(1))).toHaveLength(3);
    archive.close();
    expect(version()).toBe(next.length);
    expect(readdirSync(folder).sort()).toEqual([
      "a.sqlite",
      "a.sqlite-lock",
      `a.sqlite.v${MIGRATIONS.length}-backup`,
    ]);
    expect(errorOf(() => openArchive(file)).code).toBe("newer"); // For the program of before.
    const old = openArchive(`${file}.v${MIGRATIONS.length}-backup`);
    expect(old.experiments(uuid(1))).toHaveLength(3);
    old.close();
  });

  it.each([
    ["its SQL fails half-way", "UPDATE experiments SET name = 'lost'; INSERT INTO nowhere VALUES (1)"],
    ["it leaves rows that refer to nothing", "DELETE FROM campaigns"],
  ])("leaves the archive as it was when %s", (_, sql) => {
    filled(3);
    const before = hash();
    expect(errorOf(() => openArchive(file, [...MIGRATIONS, sql]))).toMatchObject({
      code: "migration",
      message: expect.stringContaining("It is as it was"),
    });
    expect(hash()).toBe(before);
    expect(readdirSync(folder).sort()).toEqual(["a.sqlite", "a.sqlite-lock"]);
    const archive = openArchive(file);
    expect(archive.experiments(uuid(1)).map((e) => e.name)).toEqual([
      "candidate 0",
      "candidate 1",
      "candidate 2",
    ]);
    archive.close();
  });

  it("for reading is made on a private copy", () => {
    filled(3);
    const before = hash();
    const next = [...MIGRATIONS, "ALTER TABLE experiments ADD COLUMN stars INTEGER NOT NULL DEFAULT 0"];
    const { db, dispose } = openReadOnly(file, next);
    expect(experiments(db)).toHaveLength(3);
    expect(db.prepare("SELECT sum(stars) FROM experiments").pluck().get()).toBe(0);
    db.close();
    dispose();
    expect(hash()).toBe(before);
    expect(readdirSync(folder).sort()).toEqual(["a.sqlite", "a.sqlite-lock"]);
  });
});

describe("an archive of version 1", () => {
  const rowsOf = (path: string) => {
    const db = new Database(path, { readonly: true });
    try {
      return { version: db.pragma("user_version", { simple: true }), rows: version1Rows(db) };
    } finally {
      db.close();
    }
  };

  it("is brought up to date with every row as it was, and kept beside as it was", async () => {
    createVersion1(file, 5);
    const before = rowsOf(file);
    expect(before.version).toBe(1);
    expect(before.rows.experiments).toHaveLength(5);
    const archive = openArchive(file);
    const [old] = archive.campaigns();
    expect(old).toEqual(campaign());
    expect(old).toMatchObject({
      llm: null,
      budget: { tokens: null, cost: null },
      used: { tokens: 0, cost: 0 },
    });
    const all = archive.experiments(uuid(1));
    expect(all).toHaveLength(5);
    for (const e of all)
      expect(e).toMatchObject({ sees: null, cognition: [], judgement: { samples: 1, sd: 0 } });
    const sees = { experiments: 4, promotions: 3 };
    const cognition = [{ id: "delta-rule", query: "forgets", score: 0.5, by: "bm25" as const }];
    archive.commit({
      campaignId: uuid(1),
      experiment: experiment(5, { status: "check", sees, cognition }),
      event: { type: "gated", data: {} },
    });
    archive.ledger.put(call(1));
    archive.close();

    const after = rowsOf(file);
    expect(after.version).toBe(MIGRATIONS.length);
    for (const [table, rows] of Object.entries(before.rows))
      expect(after.rows[table]!.slice(0, rows.length)).toEqual(rows);
    expect(rowsOf(`${file}.v1-backup`)).toEqual(before);
    const reader = await openReader(file);
    expect((await reader.experiments()).at(-1)).toMatchObject({ status: "check", sees, cognition });
    expect(await reader.calls(uuid(1))).toEqual([call(1)]);
    expect(await reader.search("idea")).toHaveLength(5);
    await reader.close();
  });

  it("is read without being changed: no requests, no prompts, and nothing that its agents saw", async () => {
    createVersion1(file, 5);
    const before = hash();
    const reader = await openReader(file);
    expect((await reader.experiments()).map((e) => [e.name, e.sees, e.cognition])).toEqual(
      [0, 1, 2, 3, 4].map((i) => [`candidate ${i}`, null, []]),
    );
    expect((await reader.campaigns())[0]).toMatchObject({ llm: null });
    expect(await reader.calls()).toEqual([]);
    expect(await reader.calls(uuid(1))).toEqual([]);
    expect(await reader.prompts()).toEqual([]);
    await reader.close();
    expect(hash()).toBe(before);
    expect(readdirSync(folder)).toEqual(["a.sqlite"]);
  });
});
