/** Records and a program for the command line's tests. The program keeps what it is asked, and answers what it is given. */
import { PassThrough } from "node:stream";
import { Campaign, Experiment, type RungScore } from "../../../shared/domain.ts";
import { readPreset } from "../../presets.ts";
import type { CampaignSnapshot, Program } from "../../program.ts";
import type { Streams } from "./context.ts";

const uuid = (n: number) => `00000000-0000-4000-8000-${String(n).padStart(12, "0")}`;

export const campaign: Campaign = Campaign.parse({
  id: uuid(999),
  name: "Test",
  seed: 1,
  researcher: "grammar",
  protocol: readPreset("smoke").protocol,
  protocolHash: "p",
  search: {},
  budget: { experiments: 3 },
  device: "cpu",
  tier: "bubblewrap",
  state: "finished",
  reason: "All 3 experiments of the budget are done.",
  createdAt: "2026-01-01T00:00:00Z",
  endedAt: null,
});

export const rungScore = (rung: string, gain: number, gainSe: number, fitness: number): RungScore => ({
  rung,
  loss: { mean: 3 - gain, sd: 0.01, n: 2 },
  benchmark: { mean: 0.25, sd: 0.02, n: 2 },
  tasks: { lm: { loss: { mean: 3 - gain, sd: 0.01, n: 2 }, score: { mean: 0.3, sd: 0.01, n: 2 } } },
  runs: [],
  fitness,
  fitnessPaper: fitness / 2,
  parts: { loss: 0.5, benchmark: 0.5, judge: 0.5, lossPaper: 0.5, benchmarkPaper: 0.5 },
  gain,
  gainSe,
  rawGain: gain + 0.1,
  benchmarkGain: 0.01,
  benchmarkGainSe: 0.02,
  freedom: { loss: 8, benchmark: 8 },
  z: { loss: 1, benchmark: 0 },
  seconds: 4,
});

export const experiment = (index: number, more: Partial<Experiment> = {}): Experiment =>
  Experiment.parse({
    id: uuid(index + 1),
    campaignId: campaign.id,
    index,
    status: "archived",
    name: `Mixer${index}`,
    motivation: "It mixes.",
    code: "class Mixer: ...",
    codeHash: "c".repeat(64),
    genome: null,
    researcher: "grammar",
    parentId: null,
    referenceIds: [],
    provenance: {},
    repairs: 0,
    failure: null,
    gates: [],
    params: 12345,
    mixerParams: 6000,
    flopsPerToken: 20000,
    fingerprint: null,
    scores: [],
    judgement: null,
    analysis: "The gain is **0.2**.",
    tier: "bubblewrap",
    seconds: 8,
    createdAt: "2026-01-01T00:00:00Z",
    updatedAt: "2026-01-01T00:00:00Z",
    ...more,
  });

export const snapshot = (
  experiments: Experiment[],
  more: Partial<CampaignSnapshot> = {},
): CampaignSnapshot => ({
  campaign,
  experiments,
  promotions: [],
  baseline: [],
  discoveries: [],
  proxy: { rho: null, low: null, high: null, n: 0, rhoParams: null },
  totals: { proposed: 3, rejected: 1, failed: 0, trained: 2, wallSeconds: 75, deviceBusyFraction: 0.981 },
  activity: null,
  endpoints: [],
  tasks: {},
  slots: 1,
  training: {},
  ...more,
});

/** A program that can do only what a test gives it. */
export const programOf = (parts: Partial<Program>): Program =>
  ({ close: async () => {}, ...parts }) as Program;

export function streamsOf(
  cwd: string,
  env: NodeJS.ProcessEnv = {},
): Streams & { text: () => { out: string; err: string } } {
  const capture = () => {
    const stream = new PassThrough();
    let text = "";
    stream.setEncoding("utf8");
    stream.on("data", (chunk: string) => {
      text += chunk;
    });
    return { stream: stream as unknown as NodeJS.WriteStream, text: () => text };
  };
  const [out, err] = [capture(), capture()];
  return {
    cwd,
    env: { CAMBRIAN_HOME: cwd, PATH: process.env.PATH, ...env },
    out: out.stream,
    err: err.stream,
    text: () => ({ out: out.text(), err: err.text() }),
  };
}
