/**
 * Which model proposes next: Thompson sampling on what its proposals gained for their cost, or fixed weights. Pure in the
 * campaign's seed, the experiment's index and what it may see.
 */
import type { Experiment } from "../../../shared/domain.ts";
import type { LlmSettings } from "../../../shared/llm.ts";
import { type Random, random } from "../../../shared/random.ts";

/** Samples behind the interval that is shown. */
const SAMPLES = 2000;
/** No model counts as cheaper than this share of the mean of all: a free one would always be chosen. */
const FLOOR = 0.05;

/** What is known of one model as a researcher. */
export interface PosteriorRow {
  endpoint: string;
  /** Its proposals whose outcome is visible. */
  n: number;
  /** Mean reward in [0, 1] under Beta(1 + Σy, 1 + n − Σy), and its 95 % equal-tailed interval. */
  mean: number;
  low: number;
  high: number;
  /** Mean cost of a proposal, in money, or in tokens where all cost nothing; null where no proposal is known. */
  meanCost: number | null;
  unit: "money" | "tokens";
}

/** Standard normal, by Box and Muller (1958). */
const normal = (rng: Random): number =>
  Math.sqrt(-2 * Math.log(1 - rng.next())) * Math.cos(2 * Math.PI * rng.next());

/** Gamma(shape, 1) for shape ≥ 1, by Marsaglia and Tsang (2000). */
export function gamma(shape: number, rng: Random): number {
  const d = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const x = normal(rng);
    const v = (1 + c * x) ** 3;
    if (v > 0 && Math.log(1 - rng.next()) < 0.5 * x * x + d - d * v + d * Math.log(v)) return d * v;
  }
}

/** Beta(a, b) for a, b ≥ 1. */
export function beta(a: number, b: number, rng: Random): number {
  const x = gamma(a, rng);
  return x / (x + gamma(b, rng));
}

/** What a proposal's provenance says of the request behind it; null for a proposal of no model. */
export function paidFor(e: Experiment): { endpoint: string; cost: number; tokens: number } | null {
  const llm = e.provenance.llm as { endpoint?: unknown; cost?: unknown; tokens?: unknown } | undefined;
  if (typeof llm?.endpoint !== "string") return null;
  const amount = (v: unknown) => (typeof v === "number" && Number.isFinite(v) && v >= 0 ? v : 0);
  return { endpoint: llm.endpoint, cost: amount(llm.cost), tokens: amount(llm.tokens) };
}

/** Ends that are the program's own fault, which no model is to pay for. */
const OURS = ["internal", "disk"];

/**
 * Reward in [0, 1]: how far its loss on the first rung lies from the baseline's in units of noise, σ(z); 0 where the
 * experiment ended without a score; null while it is open, or where the end was no fault of the proposal.
 */
export function reward(e: Experiment): number | null {
  const y = e.scores[0]?.parts.loss;
  if (y !== undefined && Number.isFinite(y)) return Math.min(1, Math.max(0, y));
  if (e.failure !== null && OURS.includes(e.failure.kind)) return null;
  return e.status === "failed" || e.status === "rejected" ? 0 : null;
}

interface Arm {
  endpoint: string;
  n: number;
  sum: number;
  costs: number[];
  tokens: number[];
}

function arms(settings: LlmSettings, visible: readonly Experiment[]): Arm[] {
  return settings.researchers.map(({ endpoint }) => {
    const arm: Arm = { endpoint, n: 0, sum: 0, costs: [], tokens: [] };
    for (const e of visible) {
      const paid = paidFor(e);
      const y = reward(e);
      if (paid?.endpoint !== endpoint || y === null) continue;
      arm.n++;
      arm.sum += y;
      arm.costs.push(paid.cost);
      arm.tokens.push(paid.tokens);
    }
    return arm;
  });
}

const mean = (v: readonly number[]): number => v.reduce((a, b) => a + b, 0) / v.length;

/** Mean cost of each arm, in money where any costs any; null where nothing is known of it. */
function costs(all: readonly Arm[]): { unit: "money" | "tokens"; means: (number | null)[] } {
  const free = all.every((a) => a.costs.every((c) => c === 0));
  const means = all.map((a) => {
    const paid = free ? a.tokens : a.costs;
    return paid.length > 0 ? mean(paid) : null;
  });
  return { unit: free ? "tokens" : "money", means };
}

/** By what a sample is divided: the arm's cost, for an unknown one the mean of the others, never below a floor. */
function divisors(means: readonly (number | null)[]): number[] {
  const known = means.filter((m): m is number => m !== null);
  const typical = known.length > 0 ? mean(known) : 1;
  const filled = means.map((m) => Math.max(m ?? typical, FLOOR * typical));
  return filled.map((m) => (m > 0 ? m : 1));
}

/** The models' posteriors over what is visible, for display and for provenance. A pure function: its samples are seeded. */
export function posterior(settings: LlmSettings, visible: readonly Experiment[]): PosteriorRow[] {
  const all = arms(settings, visible);
  const { unit, means } = costs(all);
  return all.map(({ endpoint, n, sum }, i) => {
    const [a, b] = [1 + sum, 1 + n - sum];
    const rng = random("posterior", endpoint, n, sum);
    const samples = Array.from({ length: SAMPLES }, () => beta(a, b, rng)).sort((x, y) => x - y);
    const at = (q: number) => samples[Math.floor(q * SAMPLES)]!;
    return { endpoint, n, mean: a / (a + b), low: at(0.025), high: at(0.975), meanCost: means[i]!, unit };
  });
}

function byWeight(among: LlmSettings["researchers"], rng: Random): string {
  let left = rng.next() * among.reduce((sum, r) => sum + r.weight, 0);
  for (const { endpoint, weight } of among) {
    left -= weight;
    if (left < 0) return endpoint;
  }
  return among.at(-1)!.endpoint;
}

/**
 * The endpoint that proposes. Endpoints in `open` (their breaker is) are passed over unless all are.
 * Thompson sampling with rewards in [0, 1] by a Beta posterior: Agrawal and Goyal (2012); divided by the mean cost.
 * @param only the endpoint of the role, where the settings name no researchers
 */
export function choose(
  settings: LlmSettings,
  only: string,
  at: { seed: number; index: number; visible: readonly Experiment[]; open: ReadonlySet<string> },
): string {
  const { researchers } = settings;
  if (researchers.length === 0) return only;
  const rng = random(at.seed, at.index, "model");
  const closed = researchers.filter((r) => !at.open.has(r.endpoint));
  const among = closed.length > 0 ? closed : researchers;
  if (settings.choice === "weights") {
    return byWeight(among, rng);
  }
  const all = arms(settings, at.visible);
  const by = divisors(costs(all).means);
  let best: { endpoint: string; score: number } | null = null;
  for (const [i, { endpoint, n, sum }] of all.entries()) {
    // Drawn for closed and open ones alike: an outage of one changes no draw of another.
    const score = beta(1 + sum, 1 + n - sum, rng) / by[i]!;
    if (among.some((r) => r.endpoint === endpoint) && (best === null || score > best.score))
      best = { endpoint, score };
  }
  return best!.endpoint;
}
