import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Campaign, Experiment } from "../../shared/domain.ts";
import { protocolHash } from "../../shared/hash.ts";
import { LlmSettings } from "../../shared/llm.ts";
import type { ArchiveReader } from "../interfaces.ts";
import type { EvaluateRequest, Evaluation, Program } from "../program.ts";
import { stateSource } from "../server/sources.ts";
import type { Archives } from "./archives.ts";
import type { Topics } from "./context.ts";
import { rungFlops } from "./estimate.ts";
import { estimateProcedures, historyOf, machineOf, shortened } from "./estimate-facts.ts";
import { formOf } from "./presets.ts";

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "cambrian-estimate-"));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

const signal = new AbortController().signal;
const form = formOf("cpu", null, 2, new Date(0));
const scored = (...seconds: number[]) =>
  ({ status: "archived", scores: seconds.map((s) => ({ seconds: s })) }) as Experiment;
const rejected = { status: "rejected", scores: [] as Experiment["scores"] } as Experiment;

function made(given: {
  campaigns?: Partial<Campaign>[];
  experiments?: Experiment[];
  running?: string;
  evaluation?: Partial<Evaluation>;
}) {
  const { campaigns = [], experiments = [], running = null } = given;
  const experimentsOf = vi.fn(async () => experiments);
  const reader = { campaigns: async () => campaigns, experiments: experimentsOf } as unknown as ArchiveReader;
  const archives = {
    known: () => [{ id: "x", path: "/x", origin: "default" }],
    read: (_: string, work: (r: ArchiveReader) => Promise<unknown>) => work(reader),
  } as unknown as Archives;
  const changes = stateSource<Record<string, number>>({});
  const evaluate = vi.fn(
    async (_: EvaluateRequest) =>
      ({
        status: "scored",
        failure: null,
        gate: { seconds: 2 },
        score: null,
        seconds: 12,
        ...given.evaluation,
      }) as Evaluation,
  );
  const procedures = estimateProcedures(
    {
      ...{ home, programEnv: () => ({}), archives, topics: { changes } as Topics },
      program: async () => ({ evaluate }) as unknown as Program,
      running: () => (running === null ? null : { archive: "x", campaign: "c", name: running }),
    },
    async () => ({ device: "cpu", python: null }),
  );
  return { procedures, evaluate, experimentsOf, changes };
}

describe("the facts of an estimate", () => {
  it("are the times of earlier campaigns under the same protocol and device, read once until they change", async () => {
    const same = { id: "1", protocolHash: protocolHash(form.protocol), device: "cpu" as const };
    const experiments = [scored(20, 90), scored(22), scored(24), scored(26), scored(28), rejected];
    const m = made({
      campaigns: [{ ...same, device: "cuda" }, { ...same, protocolHash: "other" }, same],
      experiments,
    });
    const found = await m.procedures["campaigns.estimate"](form, signal);
    expect(found).toMatchObject({ basis: "history", perExperiment: { p50: 24 } });
    await m.procedures["campaigns.estimate"](form, signal);
    expect(m.experimentsOf).toHaveBeenCalledTimes(1);
    m.changes.set({ x: 1 });
    await m.procedures["campaigns.estimate"](form, signal);
    expect(m.experimentsOf).toHaveBeenCalledTimes(2);
  });

  it("are nothing of campaigns that trained nothing", () => {
    expect(historyOf([rejected])).toBeNull();
    expect(historyOf([scored(20, 90, 200), rejected])).toEqual({
      ...{ screenSeconds: [20], promotionSeconds: [90], rejectedShare: 0.5 },
    });
  });

  it("hold the prices of the models that play", async () => {
    const models = LlmSettings.parse({
      endpoints: [
        { name: "free", baseUrl: "http://127.0.0.1:1/v1", model: "local" },
        { name: "dear", baseUrl: "https://api.example.com/v1", model: "nobody-knows" },
      ],
    });
    const cost = async (llm: LlmSettings) =>
      (await made({}).procedures["campaigns.estimate"]({ ...form, researcher: "llm", models: llm }, signal))
        .cost;
    expect(await cost(models)).toEqual({ p10: 0, p50: 0, p90: 0 });
    expect(await cost({ ...models, roles: { judge: "dear" } })).toBeNull();
    const priced = models.endpoints.map((e) => ({ ...e, price: { input: 1, output: 10 } }));
    expect((await cost({ ...models, endpoints: priced }))!.p50).toBeGreaterThan(0);
  });
});

describe("a calibration", () => {
  it("trains the baseline for a short while, and later estimates rest on it", async () => {
    const m = made({});
    const found = await m.procedures["campaigns.calibrate"](form, signal);
    const [request] = m.evaluate.mock.calls[0]!;
    expect(request).toMatchObject({
      seeds: 1,
      rung: "screen",
      file: expect.stringMatching(/delta_net\.py$/),
    });
    expect(found.basis).toBe("measured");
    // 2 s of gates and 10 s of training for the part that was trained.
    const whole = 2 + (10 * rungFlops(form.protocol, 0)) / rungFlops(request.protocol!, 0);
    expect(found.perExperiment.p50).toBeCloseTo(whole * 1.15, 5);
    expect(await made({}).procedures["campaigns.estimate"](form, signal)).toEqual(found);
    const other = { ...form, protocol: { ...form.protocol, description: "another" } };
    expect((await m.procedures["campaigns.estimate"](other, signal)).basis).toBe("assumed");
  });

  it("is refused beside a running campaign, and keeps nothing when the baseline fails", async () => {
    const busy = made({ running: "Night" }).procedures["campaigns.calibrate"](form, signal);
    await expect(busy).rejects.toMatchObject({ code: "busy", message: expect.stringContaining("Night") });
    const failure = { kind: "memory", message: "It needs too much memory." } as Evaluation["failure"];
    const failed = made({ evaluation: { status: "failed", failure } });
    await expect(failed.procedures["campaigns.calibrate"](form, signal)).rejects.toMatchObject({
      ...{ code: "calibration_failed", message: expect.stringContaining("too much memory") },
    });
    expect(readdirSync(home)).toEqual([]);
  });

  it("is short also under a protocol of hours, and whole under one of seconds", () => {
    const asi = formOf("asi-arch", null, null, new Date(0)).protocol;
    const short = shortened(asi, "cuda");
    expect(rungFlops(short, 0)).toBeLessThan(0.05 * rungFlops(asi, 0));
    expect(short.rungs[0]!.runs.every((r) => r.until >= 10)).toBe(true);
    const smoke = formOf("smoke", null, null, new Date(0)).protocol;
    expect(shortened(smoke, "cpu")).toEqual(smoke);
  });
});

it("the machine trains on the GPU where torch or, before it is set up, the driver sees one, unless told otherwise", async () => {
  const python = { python: "/p", origin: "built" as const, version: "3", torch: "2", cuda: true };
  const device = async (ready: typeof python | null, gpu: boolean, env: NodeJS.ProcessEnv = {}) =>
    (await machineOf({ home, programEnv: () => env }, { ready: async () => ready, gpu: async () => gpu })())
      .device;
  expect(await device(python, false)).toBe("cuda");
  expect(await device({ ...python, cuda: false }, true)).toBe("cpu");
  expect(await device(null, true)).toBe("cuda");
  expect(await device(null, true, { CAMBRIAN_DEVICE: "cpu" })).toBe("cpu");
});
