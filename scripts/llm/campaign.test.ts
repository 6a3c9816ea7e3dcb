/** Whole campaigns by the command line, with language models in every role: real processes, real HTTP, real training. */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openReader } from "../../src/main/archive/index.ts";
import { type Script, startServer, type TestServer } from "../../src/main/llm/testing/server.ts";
import { dataFolder, programFolder, trainerFolder } from "../../src/main/paths.ts";
import { ensurePython } from "../../src/main/trainer/python/index.ts";
import type { Experiment } from "../../src/shared/domain.ts";
import type { LlmCall } from "../../src/shared/llm.ts";
import { Protocol } from "../../src/shared/protocol.ts";
import { play } from "./play.ts";

const KEY = "sk-test-never-to-be-written-7f3a9c";
const cli = join(programFolder, "src/main/hosts/cli/main.ts");

/** The smoke protocol, shorter still: what is tested here is the loop. */
function shortProtocol(): Protocol {
  const protocol = JSON.parse(readFileSync(join(trainerFolder, "protocols/smoke.json"), "utf8"));
  protocol.name = "llm-test";
  for (const rung of protocol.rungs) for (const run of rung.runs) run.until /= 4;
  for (const task of Object.values(protocol.tasks) as { steps: number }[]) task.steps /= 4;
  // Long enough for a loaded machine: one that is sound must not be rejected for its slowness.
  protocol.limits.gateSeconds = 60;
  return Protocol.parse(protocol);
}

const protocol = shortProtocol();
let home: string;
let python: string;
let protocolFile: string;

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), "cambrian-llm-"));
  protocolFile = join(home, "protocol.json");
  writeFileSync(protocolFile, JSON.stringify(protocol));
  ({ python } = await ensurePython({ home: dataFolder(), env: process.env, onProgress: () => {} }));
});
afterAll(() => rmSync(home, { recursive: true, force: true }));

interface Ended {
  code: number;
  out: string;
  err: string;
}

function cambrian(
  args: string[],
  more: NodeJS.ProcessEnv = {},
): { child: ChildProcess; ended: Promise<Ended> } {
  const child = spawn(process.execPath, [cli, ...args], {
    cwd: programFolder,
    env: {
      ...process.env,
      CAMBRIAN_HOME: home,
      CAMBRIAN_PYTHON: python,
      CAMBRIAN_DEVICE: "cpu",
      CAMBRIAN_LLM_API_KEY: KEY,
      NO_COLOR: "1",
      ...more,
    },
  });
  let [out, err] = ["", ""];
  child.stdout?.on("data", (d) => {
    out += d;
  });
  child.stderr?.on("data", (d) => {
    err += d;
  });
  const ended = new Promise<Ended>((resolve) =>
    child.on("close", (code) => resolve({ code: code ?? -1, out, err })),
  );
  return { child, ended };
}

const run = (server: Pick<TestServer, "url">, archive: string, experiments: number, seed = 1): string[] => [
  ...["run", "--preset", "smoke", "--protocol", protocolFile, "--researcher", "llm", "--seed", String(seed)],
  ...["--llm-base-url", server.url, "--llm-model", "played-1", "--experiments", String(experiments)],
  ...["--archive", archive, "--json"],
];

async function read(
  archive: string,
): Promise<{ experiments: Experiment[]; calls: LlmCall[]; events: string }> {
  const reader = await openReader(archive);
  try {
    const experiments = (await reader.experiments()).sort((a, b) => a.index - b.index);
    return {
      experiments,
      calls: await reader.calls(),
      events: JSON.stringify(await reader.events(0, 100_000)),
    };
  } finally {
    await reader.close();
  }
}

/** Every file below a folder, as text. */
function everything(folder: string): string {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((f) => f.isFile())
    .map((f) => readFileSync(join(f.parentPath, f.name), "latin1"))
    .join("\n");
}

async function serving<T>(script: Script, work: (server: TestServer) => Promise<T>): Promise<T> {
  const server = await startServer(script);
  try {
    return await work(server);
  } finally {
    await server.close();
  }
}

const essence = (e: Experiment) => ({
  name: e.name,
  status: e.status,
  code: e.codeHash,
  sees: e.sees,
  loss: e.scores[0]?.loss.mean ?? null,
  judge: e.judgement?.score ?? null,
});

describe("twelve experiments, three answers in ten bad", () => {
  let archive: string;
  let ended: Ended;
  let found: Awaited<ReturnType<typeof read>>;
  let server: TestServer;

  beforeAll(async () => {
    archive = join(home, "bad.sqlite");
    const played = play({ protocol, seed: 5, bad: 0.3 });
    server = await startServer(async (r) => ({
      ...(await played(r)),
      ...(r.role === "judge" && { usage: null }),
    }));
    ended = await cambrian(run(server, archive, 12)).ended;
    await server.close();
    found = await read(archive);
  }, 600_000);

  test("ends in order, with at least eight archived", () => {
    expect(ended.err + ended.out).not.toContain("defect");
    expect(ended.code).toBe(0);
    expect(found.experiments).toHaveLength(12);
    const archived = found.experiments.filter((e) => e.status === "archived");
    expect(archived.length).toBeGreaterThanOrEqual(8);
    expect(archived.filter((e) => e.researcher === "llm:played-1").length).toBeGreaterThanOrEqual(6);
  });

  test("says of each that is not why, in words", () => {
    for (const e of found.experiments.filter((x) => x.status !== "archived")) {
      expect(e.failure?.message, e.name).toMatch(/^[A-Z`].{15,}/);
      expect(e.failure?.kind, e.failure?.message).not.toBe("internal");
    }
  });

  test("every role was played, and every request is in the ledger with what it cost", () => {
    const roles = new Set(found.calls.map((c) => c.role));
    // Whether a proposal of so short a campaign has a parent to be summarised depends on how fast this machine trains.
    for (const role of ["researcher", "checker", "judge", "analyst"]) expect(roles).toContain(role);
    expect(found.calls.filter((c) => c.source === "server")).toHaveLength(server.hits.length);
    for (const call of found.calls) expect(["done", "failed"]).toContain(call.state);
    // The judge's answers come without usage.
    const judged = found.calls.filter((c) => c.role === "judge" && c.state === "done");
    expect(judged.every((c) => c.usage === null && c.estimated && c.tokens > 0)).toBe(true);
    expect(found.calls.every((c) => c.cost === 0)).toBe(true); // a local server
  });

  test("what a model claims of figures that nobody measured is sent back, or flagged where it is told", () => {
    const claims = found.calls.filter((c) => c.role === "analyst" && c.answer?.includes("0.98765"));
    expect(claims.length).toBeGreaterThan(0); // the seed has one
    for (const { experimentId, verdict } of claims) {
      const { analysis } = found.experiments.find((e) => e.id === experimentId)!;
      if (analysis?.includes("0.98765")) expect(analysis).toContain("Checked against the archive");
      else expect(verdict).not.toBe("used");
    }
  });

  test("proposals say what they drew on, and reports what they retrieved", () => {
    const own = found.experiments.filter((e) => e.researcher === "llm:played-1");
    expect(own.every((e) => e.provenance.drewOn !== undefined)).toBe(true);
    const reported = found.experiments.filter((e) => e.status === "archived");
    expect(reported.filter((e) => e.cognition.length === 3).length).toBeGreaterThan(reported.length / 2);
  });

  test("the key is in no file, no output and no error", () => {
    expect(server.hits.some((h) => h.authorization?.includes(KEY))).toBe(true);
    expect(ended.out + ended.err).not.toContain(KEY);
    expect(everything(home)).not.toContain(KEY);
  });

  test("`agents` shows every role with its calls", async () => {
    const shown = await cambrian(["agents", "--archive", archive, "--json"]).ended;
    const { rows } = JSON.parse(shown.out) as { rows: { role: string; requests: number }[] };
    expect(rows.reduce((sum, r) => sum + r.requests, 0)).toBe(found.calls.length);
    const text = await cambrian(["agents", "--archive", archive]).ended;
    expect(text.out).toContain("researcher");
  });
});

/** What the next test runs again. */
let killed: { archive: string; experiments: Experiment[] } | null = null;

test("a program killed in the middle of requests pays for nothing twice without knowing it, and loses nothing", async () => {
  const archive = join(home, "killed.sqlite");
  // Slow enough for every kill to meet requests under way.
  await serving(play({ protocol, seed: 9, bad: 0.1, delay: () => 1500 }), async (server) => {
    let known: Experiment[] = [];
    let lost = 0;
    for (let kill = 0; kill < 5; kill++) {
      const verb = existsSync(archive)
        ? ["resume", "--archive", archive, "--json"]
        : run(server, archive, 5, 3);
      const before = server.hits.length;
      const { child, ended } = cambrian(verb);
      let over = false;
      void ended.then(() => {
        over = true;
      });
      // Some requests in, and the last of them not yet answered.
      while (!over && server.hits.length < before + 2 + 2 * kill) await sleep(20);
      await sleep(300);
      if (over) break;
      child.kill("SIGKILL");
      await ended;
      const { experiments, calls } = await read(archive);
      lost += calls.filter((c) => c.state === "sent").length;
      for (const e of known.filter((x) => x.status === "archived"))
        expect(experiments[e.index]?.scores[0]).toEqual(e.scores[0]);
      known = experiments;
    }
    expect(lost).toBeGreaterThan(0);
    const last = await cambrian(["resume", "--archive", archive, "--json"]).ended;
    expect(last.code, last.err).toBe(0);
    const { experiments, calls } = await read(archive);
    expect(experiments.map((e) => e.index)).toEqual([0, 1, 2, 3, 4]);
    // Each request that reached the server has its row; what was asked twice is known to have been.
    expect(calls.length).toBeGreaterThanOrEqual(server.hits.length);
    expect(calls.filter((c) => c.state === "unknown")).toHaveLength(lost);
    for (const [key, rows] of Map.groupBy(calls, (c) => `${c.key} ${c.requestHash}`)) {
      expect(rows.filter((r) => r.state === "done").length, key).toBeLessThanOrEqual(1);
      expect(rows.filter((r) => r.state === "unknown").length, key).toBeLessThanOrEqual(2);
    }
    killed = { archive, experiments };
    console.log(
      `${lost} requests lost to kills, ${server.hits.length} seen by the server, ${calls.length} in the ledger`,
    );
  });
}, 600_000);

test("the transcript of a killed campaign runs it again, without a server, to the same end", async () => {
  expect(killed).not.toBeNull();
  const file = join(home, "killed.jsonl");
  expect((await cambrian(["transcript", file, "--archive", killed!.archive]).ended).code).toBe(0);
  expect(readFileSync(file, "utf8")).not.toContain(KEY);
  const again = join(home, "again.sqlite");
  const second = await cambrian(["run", "--replay", file, "--archive", again, "--json"]).ended;
  expect(second.code, second.err).toBe(0);
  const replayed = await read(again);
  expect(replayed.calls.every((c) => c.source === "replay")).toBe(true);
  expect(replayed.experiments.map(essence)).toEqual(killed!.experiments.map(essence));
  // Without its transcript it would ask servers.
  const resumed = await cambrian(["resume", "--archive", again]).ended;
  expect(resumed.code).toBe(2);
  expect(resumed.err).toContain("--replay");
}, 600_000);

test("a dead server: the built-in researcher goes on, labelled, and says so", async () => {
  const archive = join(home, "dead.sqlite");
  const ended = await cambrian(run({ url: "http://127.0.0.1:9/v1" }, archive, 3)).ended;
  expect(ended.code, ended.err).toBe(0);
  expect(ended.err).toContain("The built-in agents take its place");
  const { experiments } = await read(archive);
  expect(experiments).toHaveLength(3);
  for (const e of experiments) {
    expect(e.status).toBe("archived");
    expect(e.researcher).toBe("grammar");
    expect(e.provenance.fallback).toBeDefined();
    expect(e.analysis).toContain("in place of the model");
  }
}, 300_000);
