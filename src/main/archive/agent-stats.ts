/** How well each model played each role: what it cost, how often its answers could be used, what its proposals gained. */
import { z } from "zod";
import { type Experiment, isEnd } from "../../shared/domain.ts";
import { type LlmCall, ROLES } from "../../shared/llm.ts";

/** A share with Wilson's 95 % interval, of n. */
export interface Share {
  mean: number;
  low: number;
  high: number;
  n: number;
}

/** What the proposals of a model gained on the first rung: 0 for a loss, and for those that never got there. */
export interface Gain {
  mean: number;
  /** Standard error of the mean: s/√n, with the sample standard deviation s; null where n is 1. */
  se: number | null;
  n: number;
  /** Mean gain divided by the mean cost of a proposal; null where that is 0 or not known. */
  perCost: number | null;
  /** The same for a million tokens, where proposals cost nothing; else null. */
  perMillionTokens: number | null;
}

export interface AgentStats {
  role: string;
  model: string;
  /** Places of the loop asked at (each repair turn is one), and requests sent for them. */
  calls: number;
  requests: number;
  failed: number;
  unknown: number;
  /** As the budgets count them: of a request whose outcome is open or unknown, the most that it can cost. */
  tokens: number;
  cost: number;
  /** Requests whose tokens were estimated. */
  estimated: number;
  /** Share of the answers that were used among those that were read; null where none was. */
  validRate: Share | null;
  /** Answers that were sent back for repair. */
  repairs: number;
  /** Seconds of a whole answer; null where none came. */
  medianSeconds: number | null;
  /** Researchers only; null before any of their proposals has ended or been scored. */
  gain: Gain | null;
}

/** One row for each role and model, in the order of the roles, then by model. */
export function agentStats(calls: readonly LlmCall[], experiments: readonly Experiment[]): AgentStats[] {
  const groups = Map.groupBy(calls, ({ role, model }) => JSON.stringify([role, model]));
  const gains = gainsByModel(calls, experiments);
  const place = (role: string) => (ROLES as readonly string[]).concat(role).indexOf(role);
  return [...groups.values()]
    .map((group): AgentStats => {
      const { role, model } = group[0]!;
      const of = (test: (call: LlmCall) => boolean) => group.filter(test).length;
      const counted = group.map(counts);
      const [used, read] = [of((c) => c.verdict === "used"), of((c) => c.verdict !== null)];
      const answered = group.filter((c) => c.state === "done" && c.seconds !== null);
      return {
        role,
        model,
        calls: new Set(group.map((c) => JSON.stringify([c.campaignId, c.key]))).size,
        requests: group.length,
        failed: of((c) => c.state === "failed"),
        unknown: of((c) => c.state === "unknown"),
        tokens: sum(counted.map((c) => c.tokens)),
        cost: sum(counted.map((c) => c.cost)),
        estimated: of((c) => c.estimated),
        validRate: read > 0 ? wilson(used, read) : null,
        repairs: of((c) => c.verdict === "repair"),
        medianSeconds: median(answered.map((c) => c.seconds!)),
        gain: role === "researcher" ? (gains.get(model) ?? null) : null,
      };
    })
    .sort((a, b) => place(a.role) - place(b.role) || compare(a.role, b.role) || compare(a.model, b.model));
}

const counts = (c: LlmCall): { tokens: number; cost: number } =>
  c.state === "sent" || c.state === "unknown" || c.state === "cancelled" ? c.reserved : c;

// ---------------------------------------------------------------- gains

/** What a proposal's provenance says of the model that made it. */
const Made = z.object({
  model: z.string(),
  cost: z.number().min(0).nullable().catch(null),
  tokens: z.number().min(0).nullable().catch(null),
});
type Made = z.infer<typeof Made>;

function gainsByModel(calls: readonly LlmCall[], experiments: readonly Experiment[]): Map<string, Gain> {
  const asked = Map.groupBy(
    calls.filter((c) => c.role === "researcher" && c.experimentId !== null),
    (c) => `${c.experimentId}`,
  );
  const known = experiments
    .filter((e) => isEnd(e.status) || e.scores.length > 0)
    .flatMap((e) => {
      const made = madeBy(e, asked.get(e.id) ?? []);
      return made ? [{ ...made, gain: Math.max(0, e.scores[0]?.gain ?? 0) }] : [];
    });
  const byModel = Map.groupBy(known, (k) => k.model);
  return new Map([...byModel].map(([model, of]) => [model, gainOf(of)]));
}

/**
 * The model behind a proposal. One that never came leaves nothing in the provenance: it counts for the model that was asked
 * last, with what was paid, because a model that often fails to answer would look better than it is.
 */
function madeBy(e: Experiment, asked: readonly LlmCall[]): Made | null {
  const made = Made.safeParse(e.provenance.llm);
  if (made.success) return made.data;
  const last = asked.at(-1);
  if (!last || e.provenance.fallback !== undefined || e.failure?.kind !== "answer") return null;
  const counted = asked.filter((c) => c.model === last.model).map(counts);
  const [tokens, cost] = [sum(counted.map((c) => c.tokens)), sum(counted.map((c) => c.cost))];
  return { model: last.model, tokens, cost };
}

function gainOf(of: readonly (Made & { gain: number })[]): Gain {
  const mean = average(of.map((o) => o.gain))!;
  const cost = average(of.flatMap((o) => o.cost ?? []));
  const tokens = average(of.flatMap((o) => o.tokens ?? []));
  const n = of.length;
  const variance = n > 1 ? sum(of.map((o) => (o.gain - mean) ** 2)) / (n - 1) : null;
  return {
    mean,
    se: variance === null ? null : Math.sqrt(variance / n),
    n,
    perCost: cost ? mean / cost : null,
    perMillionTokens: cost === 0 && tokens ? (mean / tokens) * 1e6 : null,
  };
}

// ---------------------------------------------------------------- statistics

/** The 97.5 % quantile of the normal distribution. */
const Z = 1.959964;

/** Wilson's score interval for `k` of `n` ≥ 1 at 95 % (Wilson 1927, JASA 22). Unlike mean ± z·se it stays within [0, 1]. */
export function wilson(k: number, n: number): Share {
  const mean = k / n;
  const scale = 1 + (Z * Z) / n;
  const centre = (mean + (Z * Z) / (2 * n)) / scale;
  const half = (Z / scale) * Math.sqrt((mean * (1 - mean)) / n + (Z * Z) / (4 * n * n));
  // At the ends the interval reaches 0 or 1 exactly, but for rounding.
  return { mean, low: k === 0 ? 0 : centre - half, high: k === n ? 1 : centre + half, n };
}

const sum = (xs: readonly number[]): number => xs.reduce((a, b) => a + b, 0);

const average = (xs: readonly number[]): number | null => (xs.length > 0 ? sum(xs) / xs.length : null);

function median(xs: readonly number[]): number | null {
  if (xs.length === 0) return null;
  const sorted = xs.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
