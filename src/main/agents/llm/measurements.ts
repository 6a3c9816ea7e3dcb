/** All that was measured around one result: as text for the analyst, and as what its report is held against. Pure. */
import type { Experiment, RungScore, Spread } from "../../../shared/domain.ts";
import { verdict } from "../../../shared/interval.ts";
import type { AnalyseContext } from "../../interfaces.ts";
import { type Comparison, constants } from "./claims.ts";
import { facts, gainText, scoreFacts } from "./facts.ts";

export interface Measurements {
  text: string;
  /** Numbers that are not in the text and may be stated: differences of the losses and scores in it, the code's constants. */
  derived: number[];
  comparisons: Comparison[];
}

const num = (v: number, digits = 4): string => (Number.isFinite(v) ? v.toFixed(digits) : "not measured");
const spread = (s: Spread): string => `${num(s.mean)} (sd ${num(s.sd)}, n = ${s.n})`;

/** Standard error of the difference of two means whose seeds spread by `sd`. */
const pairSe = (sd: number, a: Spread, b: Spread): number =>
  sd * Math.sqrt(1 / Math.max(1, a.n) + 1 / Math.max(1, b.n));

/** A gain, which may not have been measured, in words. */
const says = (gain: number, se: number, freedom: number): Comparison["verdict"] =>
  Number.isFinite(gain) ? verdict(gain, se, freedom) : "noise unknown";

/** Gains of the candidate over one other on the same rung, by the seed spread of the baseline at its own size. */
function pair({ score, baseline }: AnalyseContext, other: RungScore) {
  return {
    loss: {
      gain: other.loss.mean - score.loss.mean,
      se: pairSe(baseline.loss.sd, score.loss, other.loss),
      freedom: baseline.loss.n - 1,
    },
    benchmark: {
      gain: score.benchmark.mean - other.benchmark.mean,
      se: pairSe(baseline.benchmark.sd, score.benchmark, other.benchmark),
      freedom: baseline.benchmark.n - 1,
    },
  };
}

const on = (e: Experiment, rung: string): RungScore | undefined => e.scores.find((s) => s.rung === rung);

function against(context: AnalyseContext, other: Experiment, as: "parent" | "sibling") {
  const theirs = on(other, context.score.rung);
  if (!theirs)
    return { lines: [`${as} ${other.name}: not scored on this rung (${other.status})`], found: [] };
  const { loss, benchmark } = pair(context, theirs);
  const tasks = Object.entries(theirs.tasks).flatMap(([name, t]) => {
    const mine = context.score.tasks[name];
    if (!mine || name === "lm") return [];
    // Seeds of this task alone: their spread is the only noise that is known for it.
    const se = pairSe(Math.max(mine.score.sd, t.score.sd), mine.score, t.score);
    const freedom = Math.max(mine.score.n, t.score.n) - 1;
    return [{ name, gain: mine.score.mean - t.score.mean, se, freedom }];
  });
  const compared = [{ name: "loss", ...loss }, { name: "benchmark", ...benchmark }, ...tasks];
  const found = compared.map(
    (c): Comparison => ({ with: as, quantity: c.name, verdict: says(c.gain, c.se, c.freedom) }),
  );
  const gains = compared.map((c) => `${c.name} ${gainText(c.gain, c.se, c.freedom)}`);
  const lines = [
    ...scoreFacts(theirs).map((line, i) => (i === 0 ? `${as} ${other.name}, ${line}` : line)),
    `  the candidate's gain over this ${as}: ${gains.join(", ")}`,
  ];
  return { lines, found };
}

/** Differences of every two of them. */
const differences = (values: readonly number[]): number[] =>
  values.flatMap((a, i) => values.slice(i + 1).map((b) => a - b)).filter(Number.isFinite);

/** Numbers of a program that are its own constants: not in comments, strings or names. */
const numbersOf = (code: string): number[] =>
  [...constants(code).matchAll(/(?<![\w.])(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?/gi)]
    .map((m) => Number(m[0]))
    .filter(Number.isFinite);

/** Training loss over the steps, as far as the record keeps it. */
export function curveFacts({ provenance }: Experiment): string[] {
  const curves = Object.entries((provenance.curves ?? {}) as Record<string, [number, number][]>);
  if (curves.length === 0) return [];
  const line = (points: [number, number][]) =>
    points.map(([step, loss]) => `${step}: ${num(loss)}`).join(", ");
  return [
    "training loss by step (first rung; of the batch, not of held-out text):",
    ...curves.map(([run, points]) => `  ${run}: ${line(points)}`),
  ];
}

export function measurements(context: AnalyseContext): Measurements {
  const { campaign, experiment, score, parent, baseline } = context;
  const siblings = context.siblings.filter((e) => e.id !== experiment.id);
  const relative = score.gain / baseline.loss.mean;
  const others = [
    ...(parent ? [against(context, parent, "parent")] : []),
    ...siblings.map((e) => against(context, e, "sibling")),
  ];
  const runs = score.runs.map(
    (r) =>
      `${r.id} at step ${r.step}: loss ${num(r.loss)}, accuracy ${num(r.accuracy)}, score ${num(r.score)}`,
  );
  const text = [
    `Protocol ${campaign.protocol.name}, result on rung ${score.rung}. Gains are positive when the candidate is better; ± is half of the 95 % interval.`,
    "",
    `candidate ${experiment.name}`,
    facts(experiment),
    // The score under analysis may be newer than the record.
    ...(experiment.scores.some((s) => s.rung === score.rung) ? [] : scoreFacts(score)),
    `in units of the seed spread: loss ${num(score.z.loss, 2)}, benchmark ${num(score.z.benchmark, 2)}`,
    ...(Number.isFinite(relative)
      ? [`loss gain as a part of the baseline's loss: ${(100 * relative).toFixed(2)} %`]
      : []),
    `loss gain against the baseline as it is, size not matched: ${num(score.rawGain)}`,
    ...(runs.length > 0 ? ["runs:", ...runs.map((r) => `  ${r}`)] : []),
    ...curveFacts(experiment),
    "",
    `baseline (DeltaNet) at its own size: loss ${spread(baseline.loss)}; benchmark ${spread(baseline.benchmark)}. These sd are the noise floor.`,
    "",
    ...(parent ? [] : ["It has no parent."]),
    ...others.flatMap((o) => o.lines),
    ...(siblings.length === 0 ? ["No sibling was measured."] : []),
  ].join("\n");

  const near = [parent, ...siblings].flatMap((e) => (e ? (on(e, score.rung) ?? []) : []));
  const all = [score, ...near];
  const derived = [
    ...differences([baseline.loss.mean, ...all.map((s) => s.loss.mean)]),
    ...differences([baseline.benchmark.mean, ...all.map((s) => s.benchmark.mean)]),
    ...Object.keys(score.tasks).flatMap((task) => {
      const of = all.flatMap((s) => s.tasks[task] ?? []);
      return [...differences(of.map((t) => t.score.mean)), ...differences(of.map((t) => t.loss.mean))];
    }),
    ...numbersOf(experiment.code),
  ];
  const comparisons: Comparison[] = [
    { with: "baseline", quantity: "loss", verdict: says(score.gain, score.gainSe, score.freedom.loss) },
    {
      with: "baseline",
      quantity: "benchmark",
      verdict: says(score.benchmarkGain, score.benchmarkGainSe, score.freedom.benchmark),
    },
    ...others.flatMap((o) => o.found),
  ];
  return { text, derived, comparisons };
}
