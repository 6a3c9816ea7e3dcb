/** Records for the archive's tests. */
import { readFileSync } from "node:fs";
import { Campaign, Experiment } from "../../../shared/domain.ts";
import { LlmCall } from "../../../shared/llm.ts";
import { Protocol } from "../../../shared/protocol.ts";

const protocol = Protocol.parse(
  JSON.parse(readFileSync(new URL("../../../../trainer/protocols/smoke.json", import.meta.url), "utf8")),
);

/** A UUID (version 4 in form) that is a function of a number. */
export const uuid = (n: number): string => `00000000-0000-4000-8000-${n.toString(16).padStart(12, "0")}`;

export const campaign = (n = 1, over: Partial<Campaign> = {}): Campaign =>
  Campaign.parse({
    id: uuid(n),
    name: `campaign ${n}`,
    seed: 1,
    researcher: "grammar",
    protocol,
    protocolHash: "p",
    search: {},
    budget: {},
    device: "cpu",
    tier: "bubblewrap",
    state: "running",
    reason: null,
    createdAt: new Date(Date.UTC(2025, 0, n)).toISOString(),
    endedAt: null,
    ...over,
  });

export const experiment = (index: number, over: Partial<Experiment> = {}): Experiment =>
  Experiment.parse({
    id: uuid(1000 + index),
    campaignId: uuid(1),
    index,
    status: "propose",
    name: `candidate ${index}`,
    motivation: "",
    code: "class Mixer: ...",
    codeHash: `hash${index}`,
    genome: null,
    researcher: "grammar",
    parentId: null,
    referenceIds: [],
    provenance: {},
    repairs: 0,
    failure: null,
    gates: [],
    params: null,
    mixerParams: null,
    flopsPerToken: null,
    fingerprint: null,
    scores: [],
    sees: null,
    cognition: [],
    judgement: null,
    analysis: null,
    tier: null,
    seconds: 0,
    createdAt: "2025-01-01T00:00:00.000Z",
    updatedAt: "2025-01-01T00:00:00.000Z",
    ...over,
  });

export const score = (rung: string, loss: number, fitness = 0.5): Experiment["scores"][number] => ({
  rung,
  loss: { mean: loss, sd: 0.01, n: 2 },
  benchmark: { mean: 0.5, sd: 0.02, n: 2 },
  tasks: { lm: { loss: { mean: loss, sd: 0.01, n: 2 }, score: { mean: 0.4, sd: 0, n: 1 } } },
  runs: [{ id: "lm-s0", task: "lm", seed: 0, step: 10, loss, accuracy: 0.1, score: 0.4, probe: 0 }],
  fitness,
  fitnessPaper: fitness / 2,
  parts: { loss: 0.5, benchmark: 0.5, judge: 0.5, lossPaper: 0.5, benchmarkPaper: 0.5 },
  gain: 0.1,
  gainSe: 0.02,
  rawGain: 0.2,
  benchmarkGain: 0.01,
  benchmarkGainSe: 0.01,
  freedom: { loss: 8, benchmark: 8 },
  z: { loss: 2, benchmark: 0.5 },
  seconds: 3,
});

/** A request that was answered, used and paid for; `n` gives it an id and a place of its own. */
export const call = (n: number, over: Partial<LlmCall> = {}): LlmCall =>
  LlmCall.parse({
    id: uuid(100_000 + n),
    campaignId: uuid(1),
    experimentId: null,
    key: `${n}/propose.0/researcher/0`,
    attempt: 0,
    role: "researcher",
    endpoint: "main",
    model: "qwen3",
    modelServed: "qwen3",
    requestHash: `request${n}`,
    promptHash: "prompt",
    messages: [{ role: "user", content: "propose" }],
    params: { max_tokens: 8192 },
    state: "done",
    source: "server",
    reserved: { tokens: 1000, cost: 1 },
    price: { input: 1, output: 4 },
    answer: "NAME: x",
    reasoning: null,
    finishReason: "stop",
    usage: { input: 40, output: 60 },
    estimated: false,
    tokens: 100,
    cost: 0.25,
    error: null,
    verdict: "used",
    note: null,
    sentAt: "2025-01-01T00:00:00.000Z",
    firstByteSeconds: 0.5,
    seconds: 2,
    ...over,
  });
