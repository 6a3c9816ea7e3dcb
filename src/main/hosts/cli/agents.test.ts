/** Language models from the terminal: which play, how well, their transcript, and a campaign with them. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { LlmSettings } from "../../../shared/llm.ts";
import type { AgentTable, CampaignSnapshot, Program, RunRequest } from "../../program.ts";
import { agentTable, modelTable } from "./agents.ts";
import { diffs } from "./archive.ts";
import { runCli } from "./cli.ts";
import { campaign, experiment, programOf, snapshot, streamsOf } from "./fixtures.ts";
import { plain } from "./format.ts";
import { changes, liveTable } from "./live.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "cambrian-cli-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function cambrian(args: string[], parts: Partial<Program> = {}) {
  const streams = streamsOf(folder);
  const code = await runCli(args, streams, async () => programOf(parts)).done;
  await new Promise((resolve) => setImmediate(resolve));
  return { code, ...streams.text() };
}

const settings = LlmSettings.parse({
  endpoints: [
    { name: "default", baseUrl: "http://127.0.0.1:8000/v1", model: "qwen3" },
    { name: "judge", baseUrl: "https://api.example.org/v1", model: "large", keyName: "EXAMPLE_KEY" },
  ],
  roles: { judge: "judge" },
});

const table: AgentTable = {
  campaign,
  rows: [
    {
      ...{
        role: "researcher",
        model: "qwen3",
        calls: 9,
        requests: 11,
        failed: 1,
        unknown: 1,
        tokens: 31_000,
      },
      ...{ cost: 0.25, priced: true, estimated: 1, repairs: 2, medianSeconds: 12 },
      validRate: { mean: 0.89, low: 0.57, high: 0.98, n: 9 },
      gain: { mean: 0.016, se: 0.004, n: 8, perCost: 0.5, perMillionTokens: null },
    },
    {
      ...{ role: "judge", model: "large", calls: 3, requests: 3, failed: 0, unknown: 0, tokens: 900 },
      ...{
        cost: 0,
        priced: false,
        estimated: 0,
        repairs: 0,
        medianSeconds: null,
        validRate: null,
        gain: null,
      },
    },
  ],
  posterior: [{ endpoint: "default", n: 8, mean: 0.4, low: 0.2, high: 0.6, meanCost: 0.03 }],
};

describe("agents", () => {
  test("every figure with its uncertainty, and no line wider than the terminal", () => {
    const lines = agentTable(table, 100, plain);
    const text = lines.join("\n");
    expect(text).toContain("89 % (57–98)");
    expect(text).toContain("0.25 ≈");
    expect(text).toContain("the price of the model is not known");
    expect(text).toContain("0.016 ± 0.004, 0.50 a unit of cost (n = 8)");
    expect(text).toContain("0.400 (0.200 to 0.600)");
    for (const line of lines.slice(1, 4)) expect(line.length).toBeLessThanOrEqual(100);
  });
  test("json, and a campaign without models", async () => {
    const shown = await cambrian(["agents", "--json"], { agents: async () => table });
    expect(JSON.parse(shown.out)).toMatchObject({ rows: table.rows, posterior: table.posterior });
    expect(agentTable({ ...table, rows: [] }, 100, plain).join()).toContain("asked no language model");
  });
});

describe("models", () => {
  test("what is set up, whether a key is there, and what was found; flags are passed on", async () => {
    const asked: unknown[] = [];
    const shown = await cambrian(["models", "--llm-base-url", "http://127.0.0.1:1/v1", "--llm-model", "m"], {
      models: async (flags) => {
        asked.push(flags);
        const local = [{ name: "Ollama", baseUrl: "http://127.0.0.1:11434/v1", models: ["qwen3:8b"] }];
        return { settings, keys: { default: false, judge: true }, local };
      },
    });
    expect(asked).toEqual([{ baseUrl: "http://127.0.0.1:1/v1", model: "m" }]);
    expect(shown.out).toContain("from EXAMPLE_KEY");
    expect(shown.out).toContain("--llm-base-url http://127.0.0.1:11434/v1 --llm-model qwen3:8b");
  });
  test("says what to do where nothing is set up", () => {
    const text = modelTable({ settings: null, keys: {}, local: [] }, 100, plain).join("\n");
    expect(text).toContain("CAMBRIAN_LLM_BASE_URL");
    expect(text).toContain("No server answers");
  });
});

describe("transcript", () => {
  test("to a file, never over one that is there; or to standard output", async () => {
    const parts = { transcript: async () => '{"cambrian":"transcript"}\n{"key":"0"}\n' };
    const first = await cambrian(["transcript", "t.jsonl"], parts);
    expect(first.code).toBe(0);
    expect(readFileSync(join(folder, "t.jsonl"), "utf8").split("\n")).toHaveLength(3);
    const second = await cambrian(["transcript", "t.jsonl"], parts);
    expect(second.code).toBe(2);
    expect(second.err).toContain("Name another file");
    expect((await cambrian(["transcript"], parts)).out).toBe(await parts.transcript());
    expect(existsSync(join(folder, "undefined"))).toBe(false);
  });
});

describe("run --researcher llm", () => {
  const last = snapshot([experiment(0, { provenance: { fallback: { reason: "open" } } })], {
    campaign: { ...campaign, llm: settings, used: { ...campaign.used, tokens: 1234, cost: 0.5 } },
  });
  const handle = {
    snapshot: () => last,
    onChange: () => () => {},
    listen: () => () => {},
    pauseAfterStep: () => {},
    pauseNow: () => {},
    stop: () => {},
    done: Promise.resolve(last),
  };

  test("models, budgets and transcripts are passed on, and what was spent is told", async () => {
    const asked: RunRequest[] = [];
    const run = await cambrian(
      [
        ...[
          "run",
          "--researcher",
          "llm",
          "--llm-base-url",
          "http://h/v1",
          "--llm-model",
          "m",
          "--tokens",
          "5M",
        ],
        ...["--cost", "2.50", "--replay", "t.jsonl", "--models", "models.json"],
      ],
      {
        run: async (request) => {
          asked.push(request);
          return handle;
        },
      },
    );
    expect(asked[0]).toMatchObject({
      researcher: "llm",
      models: { baseUrl: "http://h/v1", model: "m", settingsFile: join(folder, "models.json") },
      tokens: 5_000_000,
      cost: 2.5,
      replayFile: join(folder, "t.jsonl"),
    });
    expect(run.out).toContain("1 of 1 proposals by the built-in researcher in place of a model");
  });

  test.each([
    ["--tokens", "many"],
    ["--tokens", "0"],
    ["--cost", "-1"],
    ["--researcher", "oracle"],
  ])("%s %s is wrong usage", async (option, value) => {
    expect((await cambrian(["run", option, value])).code).toBe(2);
  });

  test("an endpoint that fails is told once each time, and when it is back", () => {
    const at = (breaker: "open" | "half-open" | "closed"): CampaignSnapshot => ({
      ...last,
      endpoints: [
        { name: "default", model: "m", breaker, until: "2026-01-01T12:00:00Z", reason: "HTTP 500." },
      ],
    });
    const said = new Set<string>();
    const told = (["open", "half-open", "open", "closed", "closed", "open"] as const).map((b) =>
      changes(said, at(b)).filter((line) => line.includes("ndpoint")),
    );
    expect(told.map((lines) => lines.length)).toEqual([1, 0, 0, 1, 0, 1]);
    expect(told[0]![0]).toMatch(/HTTP 500\. The built-in agents take its place; next try at/);
    expect(liveTable(at("open"), 5, 200).join("\n")).toContain("built-in agents");
  });
});

describe("show", () => {
  const versions = [
    { version: 0, code: "a = 1\nb = 2\n", why: "proposed" },
    { version: 1, code: "a = 1\nb = 3\n", why: "The gate failed. Mended b." },
  ];
  test("every version against the one before, with why it was made", () => {
    const text = diffs(versions, plain).join("\n");
    expect(text).toContain("Version 1: The gate failed. Mended b.");
    expect(text).toContain("-b = 2\n+b = 3");
    expect(text).not.toContain("-a = 1");
    expect(diffs(versions.slice(0, 1), plain).join()).toContain("never repaired");
  });

  test("what a proposal drew on, the judge's spread, and the knowledge that its report called for", async () => {
    const e = experiment(0, {
      provenance: {
        drewOn: {
          cited: [{ label: "K1", kind: "cognition", id: "hgrn-forget-lower-bound" }],
          overlap: [{ label: "P", kind: "parent", id: "0123456789ab", share: 0.4 }],
          own: false,
        },
      },
      judgement: { score: 6.5, items: {}, note: "Fine.", by: "llm:m", samples: 3, sd: 0.35 },
      cognition: [{ id: "gla-decay", query: "recall falls", score: 0.5, by: "bm25" }],
    });
    const reader = {
      experiment: async () => ({ experiment: e, versions, curves: [], log: "" }),
      close: async () => {},
    };
    const shown = await cambrian(["show", "x"], { reader: async () => reader as never });
    expect(shown.out).toContain(
      "Drew on: named cognition hgrn-forget-lower-bound; shares words with parent 01234567 (40 % of its words).",
    );
    expect(shown.out).toContain("6.5 ± 0.3 (standard deviation of 3 answers) of 10. Fine.");
    expect(shown.out).toContain('gla-decay  0.50 by bm25, for "recall falls"');
    expect((await cambrian(["show", "x", "--diff"], { reader: async () => reader as never })).out).toContain(
      "+b = 3",
    );
  });
});
