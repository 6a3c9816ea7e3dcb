/** What the tests of the agents share: a campaign, experiments, and the Python that checks programs. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  Budget,
  type Campaign,
  type Experiment,
  type Proposal,
  type RungScore,
  SearchSettings,
} from "../../../shared/domain.ts";
import { Protocol } from "../../../shared/protocol.ts";
import type { ProposeContext } from "../../interfaces.ts";
import { programFolder, trainerFolder } from "../../paths.ts";

export const protocol = (name: "cpu" | "smoke"): Protocol =>
  Protocol.parse(JSON.parse(readFileSync(join(trainerFolder, "protocols", `${name}.json`), "utf8")));

export const signal = new AbortController().signal;

export const uuid = (n: number): string => `00000000-0000-4000-8000-${String(n).padStart(12, "0")}`;

export function campaign(seed = 1, coldStart = 4, name: "cpu" | "smoke" = "cpu"): Campaign {
  return {
    id: uuid(999),
    name: "test",
    seed,
    researcher: "grammar",
    protocol: protocol(name),
    protocolHash: "",
    search: SearchSettings.parse({ coldStart, islands: 3 }),
    budget: Budget.parse({}),
    device: "cpu",
    tier: "none",
    state: "running",
    reason: null,
    used: { wallSeconds: 0, deviceSeconds: 0, tokens: 0, cost: 0, refused: null },
    llm: null,
    createdAt: "",
    endedAt: null,
  };
}

const spread = (mean: number, n = 1, sd = 0) => ({ mean, sd, n });

export function rungScore(gain: number, more: Partial<RungScore> = {}): RungScore {
  return {
    rung: "screen",
    loss: spread(2.2 - gain),
    benchmark: spread(0.4 + gain),
    tasks: { lm: { loss: spread(2.2 - gain), score: spread(0.4 + gain) } },
    runs: [],
    fitness: 0.5 + gain,
    fitnessPaper: 0.5,
    parts: { loss: 0.5, benchmark: 0.5, judge: 0.5, lossPaper: 0.5, benchmarkPaper: 0.5 },
    gain,
    gainSe: 0.01,
    rawGain: gain,
    benchmarkGain: gain,
    benchmarkGainSe: 0.01,
    freedom: { loss: 8, benchmark: 8 },
    z: { loss: gain / 0.01, benchmark: gain / 0.01 },
    seconds: 1,
    ...more,
  };
}

/** An archived experiment made of a proposal. */
export function archived(
  index: number,
  p: Proposal,
  gain: number,
  more: Partial<Experiment> = {},
): Experiment {
  return {
    id: uuid(index),
    campaignId: uuid(999),
    index,
    status: "archived",
    name: p.name,
    motivation: p.motivation,
    code: p.code,
    codeHash: "",
    genome: p.genome ?? null,
    researcher: "grammar",
    parentId: p.parentId,
    referenceIds: p.referenceIds,
    provenance: p.provenance,
    sees: null,
    cognition: [],
    repairs: 0,
    failure: null,
    gates: [],
    params: null,
    mixerParams: null,
    flopsPerToken: null,
    fingerprint: null,
    scores: [rungScore(gain)],
    judgement: null,
    analysis: null,
    tier: "none",
    seconds: 1,
    createdAt: "",
    updatedAt: "",
    ...more,
  };
}

export function context(
  c: Campaign,
  index: number,
  visible: readonly Experiment[],
  attempt = 0,
): ProposeContext {
  const pool = visible
    .filter((e) => e.scores.length > 0)
    .toSorted((a, b) => b.scores.at(-1)!.fitness - a.scores.at(-1)!.fitness);
  const cold = index < c.search.coldStart;
  return {
    campaign: c,
    index,
    attempt,
    visible,
    pool,
    parent: cold ? null : (pool[0] ?? null),
    references: cold ? [] : pool.slice(1, 4),
    repeats: [],
  };
}

/** Interpreter for the checks that run programs; undefined: they are skipped, and say so. */
export const python = process.env.CAMBRIAN_PYTHON;

const here = dirname(fileURLToPath(import.meta.url));

/** Runs a script of this folder on one input file and returns its JSON. */
export function runPython<T>(script: string, name: string, content: string, timeout = 110_000): T {
  const folder = mkdtempSync(join(tmpdir(), "cambrian-grammar-"));
  try {
    const file = join(folder, name);
    writeFileSync(file, content);
    const out = execFileSync(python!, [join(here, script), file], {
      encoding: "utf8",
      timeout,
      maxBuffer: 2 ** 26,
      env: { ...process.env, OMP_NUM_THREADS: "1", PYTHONPATH: programFolder },
    });
    return JSON.parse(out) as T;
  } finally {
    rmSync(folder, { recursive: true });
  }
}
