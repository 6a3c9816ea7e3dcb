import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { ArchiveReader, GateOutcome } from "../../interfaces.ts";
import {
  type CampaignHandle,
  type CampaignSnapshot,
  type Evaluation,
  type Program,
  ProgramError,
  type RunRequest,
} from "../../program.ts";
import { runCli } from "./cli.ts";
import { campaign, experiment, programOf, rungScore, snapshot, streamsOf } from "./fixtures.ts";

let folder: string;
let mixer: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "cambrian-cli-"));
  mixer = join(folder, "mixer.py");
  writeFileSync(mixer, "class Mixer: ...\n");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function cambrian(args: string[], parts: Partial<Program> = {}, env: NodeJS.ProcessEnv = {}) {
  const streams = streamsOf(folder, env);
  const code = await runCli(args, streams, async () => programOf(parts)).done;
  await new Promise((resolve) => setImmediate(resolve));
  const { out, err } = streams.text();
  return {
    code,
    out,
    err,
    json: () => {
      expect(out.trim().split("\n")).toHaveLength(1); // one object, and nothing else on standard output
      return JSON.parse(out);
    },
  };
}

const gate = (ok: boolean): GateOutcome => ({
  ok,
  gates: [
    { name: "interface", ok: true, value: 0, limit: 0, detail: "fine", warning: false, kind: null },
    {
      name: "causality",
      ok,
      value: ok ? 0 : 0.5,
      limit: 1e-9,
      detail: "past moved",
      warning: false,
      kind: "leak",
    },
  ],
  params: 1000,
  mixerParams: 500,
  flopsPerToken: 2000,
  fingerprint: "f",
  failure: ok ? null : { kind: "leak", message: "The gate failed.", detail: "" },
  graph: null,
  tier: "bubblewrap",
  seconds: 2,
});

const handleOf = (last: CampaignSnapshot): CampaignHandle => ({
  snapshot: () => last,
  onChange: () => () => {},
  listen: () => () => {},
  pauseAfterStep: () => {},
  pauseNow: () => {},
  stop: () => {},
  done: Promise.resolve(last),
});

describe("doctor", () => {
  const checks = [
    { name: "torch", ok: true, detail: "2.13.0", fix: null },
    { name: "sandbox", ok: false, detail: "none", fix: "Install bubblewrap." },
  ];
  test("json, and exit code 3 while something is wrong", async () => {
    const bad = await cambrian(["doctor", "--json"], { doctor: async () => checks });
    expect(bad.json()).toEqual({ ok: false, checks });
    expect(bad.code).toBe(3);
    const good = await cambrian(["doctor"], { doctor: async () => checks.slice(0, 1) });
    expect(good.code).toBe(0);
    expect(good.out).toMatch(/ok +torch +2\.13\.0/);
  });
});

describe("gate", () => {
  test.each([
    [true, 0],
    [false, 1],
  ])("ok %s: exit code %i", async (ok, code) => {
    const run = await cambrian(["gate", "mixer.py", "--json"], { gate: async () => gate(ok) });
    expect(run.code).toBe(code);
    const json = run.json();
    expect(json.ok).toBe(ok);
    expect(json.gates[1]).toEqual({
      name: "causality",
      ok,
      value: ok ? 0 : 0.5,
      limit: 1e-9,
      detail: "past moved",
      warning: false,
    });
    const table = await cambrian(["gate", mixer], { gate: async () => gate(ok) });
    expect(table.out).toMatch(ok ? /Passed all 2 gates/ : /Not passed: causality\..*\ncausality: past moved/);
  });
  test("hands on the file and the preset", async () => {
    const asked: unknown[] = [];
    await cambrian(["gate", "mixer.py", "--preset", "smoke"], {
      gate: async (request) => {
        asked.push(request);
        return gate(true);
      },
    });
    expect(asked).toEqual([{ file: mixer, preset: "smoke" }]);
  });
});

describe("evaluate", () => {
  const spread = (mean: number) => ({ mean, sd: 0.01, n: 2 });
  const scored: Evaluation = {
    status: "scored",
    failure: null,
    gate: gate(true),
    score: {
      rung: "confirm",
      loss: spread(2.5),
      benchmark: spread(0.3),
      tasks: { lm: { loss: spread(2.5), score: spread(0.4) } },
    },
    seconds: 12,
  };
  test("scored", async () => {
    const asked: unknown[] = [];
    const run = await cambrian(["evaluate", mixer, "--json", "--seeds", "3", "--rung", "screen"], {
      evaluate: async ({ onNote, ...request }) => {
        asked.push(request);
        onNote?.("lm-s0: training");
        return scored;
      },
    });
    expect(asked).toEqual([{ file: mixer, preset: "cpu", seeds: 3, rung: "screen" }]);
    expect(run.code).toBe(0);
    expect(run.json()).toEqual({
      status: "scored",
      reason: null,
      params: 1000,
      flopsPerToken: 2000,
      rung: "confirm",
      loss: { mean: 2.5, sd: 0.01 },
      benchmark: { mean: 0.3, sd: 0.01 },
      tasks: { lm: { loss: { mean: 2.5, sd: 0.01 }, score: { mean: 0.4, sd: 0.01 } } },
      tier: "bubblewrap",
      seconds: 12,
    });
    expect(run.err).toContain("lm-s0: training");
  });
  test.each(["rejected", "failed"] as const)("%s: no loss, no benchmark, exit code 1", async (status) => {
    const failure = { kind: "leak" as const, message: "It leaks.", detail: "" };
    const run = await cambrian(["evaluate", mixer, "--json"], {
      evaluate: async () => ({ ...scored, status, failure, gate: gate(false), score: null }),
    });
    expect(run.code).toBe(1);
    expect(run.json()).toMatchObject({ status, reason: "It leaks." });
    expect(run.json()).not.toHaveProperty("loss");
    expect(run.json()).not.toHaveProperty("benchmark");
  });
});

describe("run, resume and demo", () => {
  const trained = experiment(0, {
    scores: [rungScore("screen", 0.1, 0.02, 0.6), rungScore("confirm", 0.2, 0.01, 0.7)],
  });
  const last = snapshot([
    trained,
    experiment(1, { status: "rejected", failure: { kind: "leak", message: "leaks", detail: "" } }),
  ]);
  test("json", async () => {
    const asked: RunRequest[] = [];
    const args = [
      "run",
      "--preset",
      "smoke",
      "--experiments",
      "3",
      "--researcher",
      "random",
      "--seed",
      "7",
      "--archive",
      "a.sqlite",
      "--wall",
      "2h",
      "--json",
    ];
    const run = await cambrian(args, {
      run: async (request) => {
        asked.push(request);
        return handleOf(last);
      },
    });
    expect(asked).toEqual([
      {
        preset: "smoke",
        archive: join(folder, "a.sqlite"),
        seed: 7,
        researcher: "random",
        experiments: 3,
        wallSeconds: 7200,
        deviceSeconds: undefined,
        workers: undefined,
        models: {},
      },
    ]);
    expect(run.code).toBe(0);
    expect(run.json()).toEqual({
      campaign: expect.objectContaining({ id: campaign.id, seed: 1, state: "finished" }),
      archive: join(folder, "a.sqlite"),
      experiments: [
        {
          id: trained.id,
          name: "Mixer0",
          status: "archived",
          rung: "confirm",
          reason: null,
          parent: null,
          codeHash: "c".repeat(64),
          params: 12345,
          loss: 2.8,
          benchmark: 0.25,
          fitness: 0.7,
          fitnessPaper: 0.35,
          gain: 0.2,
          rawGain: expect.closeTo(0.3),
          seconds: 8,
        },
        expect.objectContaining({
          status: "rejected",
          reason: "leaks",
          rung: null,
          loss: null,
          fitness: null,
        }),
      ],
      totals: { proposed: 3, rejected: 1, failed: 0, trained: 2, wallSeconds: 75, deviceBusyFraction: 0.981 },
      proxy: { rho: null, low: null, high: null, n: 0, rhoParams: null },
    });
  });
  test("the same object from resume", async () => {
    const run = await cambrian(["resume", "--archive", "a.sqlite", "--json"], {
      resume: async () => handleOf(last),
    });
    expect(run.json().totals.trained).toBe(2);
  });
  test("a leaderboard for a person", async () => {
    const run = await cambrian(["demo"], { run: async () => handleOf(last) });
    expect(run.code).toBe(0);
    expect(run.out).toMatch(/Mixer0 .*\+0\.200 ± 0\.010.*better/);
    expect(run.out).toContain(`Archive: ${join(folder, "demo.sqlite")}`);
    expect(run.out).toContain("npm run -s cambrian -- show 00000000 --report");
  });
  test("Ctrl-C pauses, says how to go on, and exits with 130", async () => {
    let pause = () => {};
    const paused = snapshot([trained], { campaign: { ...campaign, state: "paused", reason: "Paused." } });
    const handle = {
      ...handleOf(last),
      done: new Promise<CampaignSnapshot>((resolve) => {
        pause = () => resolve(paused);
      }),
      pauseNow: () => pause(),
    };
    const streams = streamsOf(folder);
    let began = () => {};
    const running = new Promise<void>((resolve) => {
      began = resolve;
    });
    const cli = runCli(["run", "--archive", "a.sqlite"], streams, async () =>
      programOf({
        run: async () => {
          began();
          return handle;
        },
      }),
    );
    await running;
    await new Promise((resolve) => setImmediate(resolve));
    cli.interrupt();
    expect(await cli.done).toBe(130);
    expect(streams.text().err).toContain(`resume --archive ${join(folder, "a.sqlite")}`);
  });
  test("a campaign that failed exits with 1", async () => {
    const failed = snapshot([], {
      campaign: { ...campaign, state: "failed", reason: "The baseline cannot be trained." },
    });
    const run = await cambrian(["run"], { run: async () => handleOf(failed) });
    expect(run.code).toBe(1);
    expect(run.out).toContain("The baseline cannot be trained.");
  });
});

describe("list, show, search, backup", () => {
  const e = experiment(0, { scores: [rungScore("screen", 0.1, 0.02, 0.6)] });
  const reader = (closed: { yes: boolean }): ArchiveReader =>
    ({
      campaigns: async () => [campaign],
      experiments: async () => [e],
      experiment: async (id: string) =>
        e.id.startsWith(id) ? { experiment: e, versions: [], curves: [], log: "the log" } : null,
      search: async () => [{ id: e.id, name: e.name, snippet: "it mixes" }],
      close: async () => {
        closed.yes = true;
      },
    }) as unknown as ArchiveReader;
  const parts = (closed = { yes: false }): Partial<Program> => ({
    reader: async () => reader(closed),
    proxy: () => ({ rho: 0.5, low: 0.1, high: 0.8, n: 9, rhoParams: 0.3 }),
    backup: async () => 4096,
  });
  test("list", async () => {
    const closed = { yes: false };
    const run = await cambrian(["list", "--json"], parts(closed));
    expect(run.json().experiments).toEqual([
      expect.objectContaining({ id: e.id, rung: "screen", gain: 0.1 }),
    ]);
    expect(run.json().proxy).toEqual({ rho: 0.5, low: 0.1, high: 0.8, n: 9, rhoParams: 0.3 });
    expect(closed.yes).toBe(true);
    expect((await cambrian(["list"], parts())).out).toMatch(
      /0\.50 \[0\.10, 0\.80\], n = 9; the parameter count alone predicts with 0\.30/,
    );
  });
  test("show: the parts alone can be piped on", async () => {
    expect((await cambrian(["show", "0000", "--code"], parts())).out).toBe("class Mixer: ...\n");
    expect((await cambrian(["show", "0000", "--log"], parts())).out).toBe("the log\n");
    expect((await cambrian(["show", "0000", "--report"], parts())).out).toBe("The gain is **0.2**.\n");
    expect((await cambrian(["show", "0000"], parts())).out).toContain("It mixes.");
    expect((await cambrian(["show", "0000", "--json"], parts())).json()).toMatchObject({
      id: e.id,
      code: "class Mixer: ...",
      log: "the log",
    });
    expect((await cambrian(["show", "zzz", "--json"], parts())).json().error.code).toBe("no_experiment");
  });
  test("search and backup", async () => {
    expect((await cambrian(["search", "short", "conv", "--json"], parts())).json()).toEqual({
      hits: [{ id: e.id, name: "Mixer0", snippet: "it mixes" }],
    });
    expect((await cambrian(["backup", "b.sqlite", "--json"], parts())).json()).toEqual({
      file: join(folder, "b.sqlite"),
      bytes: 4096,
    });
  });
});

describe("bench pipeline", () => {
  test.each([
    [0.985, true, 0],
    [0.95, false, 1],
  ])("busy %f", async (deviceBusyFraction, ok, code) => {
    const measured = { deviceBusyFraction, experiments: 24, wallSeconds: 60 };
    const found = {
      pipeline: measured,
      serial: { ...measured, deviceBusyFraction: 0.5 },
      trainingSeconds: 4,
      slots: 2,
    };
    const run = await cambrian(["bench", "pipeline", "--json"], { benchPipeline: async () => found });
    expect(run.code).toBe(code);
    expect(run.json()).toEqual({ ok, limit: 0.98, ...found });
  });
});

describe("what goes wrong", () => {
  const throwing = (error: Error): Partial<Program> => ({
    gate: async () => {
      throw error;
    },
  });
  const named = (name: string, code: string) =>
    Object.assign(new Error("It is so."), { name, code, fix: "Do that." });
  test.each([
    ["an unknown option", ["gate", "mixer.py", "--bad"], {}, 2, "usage"],
    ["a number that is none", ["evaluate", "mixer.py", "--seeds", "0"], {}, 2, "usage"],
    ["an unknown command", ["dance"], {}, 2, "usage"],
    ["a missing file", ["gate", "nowhere.py"], {}, 2, "no_file"],
    [
      "a replay beside settings that decide it",
      ["run", "--settings", "s.json", "--replay", "t.jsonl"],
      {},
      2,
      "settings_clash",
    ],
    [
      "an unknown preset",
      ["gate", "mixer.py"],
      throwing(new ProgramError("usage", "unknown_preset", "No.", "Yes.")),
      2,
      "unknown_preset",
    ],
    ["no Python", ["gate", "mixer.py"], throwing(named("SetupError", "no_python")), 3, "no_python"],
    [
      "an interrupted installation",
      ["gate", "mixer.py"],
      throwing(named("SetupError", "cancelled")),
      130,
      "interrupted",
    ],
    ["a newer archive", ["gate", "mixer.py"], throwing(named("ArchiveError", "newer")), 4, "newer"],
    ["a defect", ["gate", "mixer.py"], throwing(new TypeError("x is undefined")), 70, "internal"],
  ])("%s", async (_, args, parts, code, name) => {
    const run = await cambrian([...args, "--json"], parts);
    expect(run.code).toBe(code);
    expect(run.json().error).toMatchObject({ code: name, fix: expect.any(String) });
    expect(run.err).not.toBe("");
    expect((await cambrian(args, parts)).out).toBe("");
  });
});

describe("help", () => {
  const commands = [
    "doctor",
    "gate",
    "evaluate",
    "run",
    "resume",
    "demo",
    "list",
    "show",
    "search",
    "backup",
  ];
  test.each([[["--help"]], ...commands.map((c) => [[c, "--help"]]), [["bench", "pipeline", "--help"]]])(
    "%j",
    async (args) => {
      const run = await cambrian(args);
      expect(run.code).toBe(0);
      expect(run.out).toMatch(args.length === 1 ? /Exit codes:/ : /Example/);
      for (const line of run.out.split("\n")) expect(line.length).toBeLessThanOrEqual(160);
    },
  );
});

test("paths are those of the folder that the user stands in, also through npm", async () => {
  const asked: string[] = [];
  const parts: Partial<Program> = {
    gate: async ({ file }) => {
      asked.push(file);
      return gate(true);
    },
  };
  const streams = streamsOf("/", { npm_lifecycle_event: "cambrian", INIT_CWD: folder });
  expect(await runCli(["gate", "mixer.py"], streams, async () => programOf(parts)).done).toBe(0);
  expect(asked).toEqual([mixer]);
});
