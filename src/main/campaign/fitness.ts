/**
 * From scored runs to fitness.
 *
 * Every metric is a mean over tasks of the mean over seeds. A gain is the candidate against the baseline *at the
 * candidate's own size*: a least-squares line through all baseline runs on log(mixer parameters), not extended beyond the
 * measured sizes (a smaller candidate is held against the smallest size: nothing unmeasured is claimed).
 *
 *   noise_t = pooled seed sd of task t (baseline's sizes, and the candidate's seeds), at least `floor`
 *   noise   = sqrt(Σ noise_t²) / T                       spread of the metric from one seed to the next
 *   se      = sqrt(Σ noise_t² (1/n_candidate + 1/n_baseline)) / T
 *   z       = gain / noise
 *   calibrated  s = σ(z)
 *   paper       s = σ(6 · clip(relative change against the baseline as it is / 10 %, ±1))   (ASI-Arch, composite fitness)
 *   judge       (score − 1) / 9
 *   fitness = mean of the three
 */
import type { BaselinePoint, Judgement, RungScore, Spread } from "../../shared/domain.ts";
import type { Failure, JobRun, RunScore } from "../../shared/job.ts";
import type { Protocol } from "../../shared/protocol.ts";
import { mean, pooledSd, spread } from "./statistics.ts";

/** A tie width is about three seed spreads (research: ties within .03, measured spread .011): a third of it is the floor. */
const TIE_IN_SPREADS = 3;
/** Floor of the loss noise, relative to the baseline's loss, where the protocol names no tie width. */
const LOSS_FLOOR = 1e-3;
/** Floor of the noise of a task score in [0, 1]. */
const SCORE_FLOOR = 0.01;

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
const clip = (x: number) => Math.max(-1, Math.min(1, x));

/** LM tasks make the loss, the others the benchmark; a rung that has only one kind uses it for both. */
export function metricTasks(protocol: Protocol, rung: number): { loss: string[]; benchmark: string[] } {
  const all = [...new Set(protocol.rungs[rung]!.runs.map((r) => r.task))];
  const lm = all.filter((t) => protocol.tasks[t]?.kind === "lm");
  const other = all.filter((t) => protocol.tasks[t]?.kind !== "lm");
  return { loss: lm.length ? lm : all, benchmark: other.length ? other : all };
}

/** Why these runs cannot be scored, or null: every expected run must be there once, at its step, with finite numbers. */
export function checkRuns(expected: readonly JobRun[], runs: readonly RunScore[]): Failure | null {
  for (const want of expected) {
    const got = runs.filter((r) => r.task === want.task && r.seed === want.seed);
    if (got.length !== 1) {
      const message = `The result holds ${got.length} scores of run ${want.id} where one was expected.`;
      return { kind: "internal", message, detail: JSON.stringify(runs.map((r) => r.id)) };
    }
    const run = got[0]!;
    if (run.step !== want.until) {
      const message = `Run ${want.id} was scored at step ${run.step}, not at ${want.until}.`;
      return { kind: "internal", message, detail: JSON.stringify(run) };
    }
    if (![run.loss, run.score, run.accuracy].every(Number.isFinite)) {
      const message = `Run ${want.id} has a score that is not a number (loss ${run.loss}, score ${run.score}).`;
      return { kind: "numerical", message, detail: JSON.stringify(run) };
    }
    if (run.score < 0 || run.score > 1) {
      const message = `Run ${want.id} has a score of ${run.score}, outside [0, 1].`;
      return { kind: "internal", message, detail: JSON.stringify(run) };
    }
  }
  return null;
}

type Key = "loss" | "score";
const values = (runs: readonly RunScore[], task: string, key: Key) =>
  runs.filter((r) => r.task === task).map((r) => r[key]);

/** Metric of each seed that ran all the tasks, by seed. */
export function bySeed(runs: readonly RunScore[], tasks: readonly string[], key: Key): Map<number, number> {
  const out = new Map<number, number>();
  for (const seed of [...new Set(runs.map((r) => r.seed))].sort((a, b) => a - b)) {
    const own = tasks.map((t) => runs.find((r) => r.task === t && r.seed === seed));
    if (own.every((r) => r !== undefined)) out.set(seed, mean(own.map((r) => r![key])));
  }
  return out;
}

function metric(runs: readonly RunScore[], tasks: readonly string[], key: Key): Spread {
  const seeds = [...bySeed(runs, tasks, key).values()];
  const sd = seeds.length ? spread(seeds).sd : 0;
  return { mean: mean(tasks.map((t) => mean(values(runs, t, key)))), sd, n: seeds.length };
}

export interface Line {
  /** The metric at log(parameters) x is a + b·(x − centre), with x clamped to [low, high]. */
  a: number;
  b: number;
  centre: number;
  low: number;
  high: number;
}

/** Least squares; flat when all sizes are equal. Throws when there is no point. */
export function fitLine(points: readonly { params: number; value: number }[]): Line {
  const xs = points.map((p) => Math.log(p.params));
  const centre = mean(xs);
  const a = mean(points.map((p) => p.value));
  const sxx = xs.reduce((s, x) => s + (x - centre) ** 2, 0);
  const sxy = xs.reduce((s, x, i) => s + (x - centre) * (points[i]!.value - a), 0);
  return { a, b: sxx < 1e-12 ? 0 : sxy / sxx, centre, low: Math.min(...xs), high: Math.max(...xs) };
}

export const lineAt = (line: Line, params: number): number =>
  line.a + line.b * (Math.max(line.low, Math.min(line.high, Math.log(params))) - line.centre);

/** The baseline's line of a metric over size. */
export function baselineLine(points: readonly BaselinePoint[], tasks: readonly string[], key: Key): Line {
  return fitLine(
    points.flatMap((p) =>
      [...bySeed(p.runs, tasks, key).values()].map((value) => ({ params: p.mixerParams, value })),
    ),
  );
}

const runOrder = (a: RunScore, b: RunScore) => (a.task < b.task ? -1 : a.task > b.task ? 1 : a.seed - b.seed);

/** A rung's points by size, their runs by task and seed: sums must not depend on what was measured first. */
export const rungPoints = (baseline: readonly BaselinePoint[], rung: string): BaselinePoint[] =>
  baseline
    .filter((p) => p.rung === rung)
    .sort((a, b) => a.width - b.width)
    .map((p) => ({ ...p, runs: [...p.runs].sort(runOrder) }));

/** The baseline at its own size on one rung. Throws when it has not been measured. */
export function ownBaseline(points: readonly BaselinePoint[], rung: string): BaselinePoint {
  const own = rungPoints(points, rung).find((p) => p.width === 1);
  if (!own) throw new Error(`The baseline has not been measured on rung ${rung}.`);
  return own;
}

/** Mean and seed spread of the baseline at its own size: the noise floor that the interface shows. */
export function baselineSpread(points: readonly BaselinePoint[], protocol: Protocol, rung: number) {
  const own = ownBaseline(points, protocol.rungs[rung]!.name);
  const tasks = metricTasks(protocol, rung);
  return {
    loss: metric(own.runs, tasks.loss, "loss"),
    benchmark: metric(own.runs, tasks.benchmark, "score"),
  };
}

interface Comparison {
  freedom: number;
  gain: number;
  rawGain: number;
  se: number;
  z: number;
  relative: number;
}

function compare(
  runs: readonly RunScore[],
  mixerParams: number,
  points: readonly BaselinePoint[],
  own: BaselinePoint,
  tasks: readonly string[],
  key: Key,
  floor: number,
): Comparison {
  const sign = key === "loss" ? -1 : 1;
  const { mean: value } = metric(runs, tasks, key);
  const base = metric(own.runs, tasks, key).mean;
  let noise2 = 0;
  let se2 = 0;
  let freedom = Number.POSITIVE_INFINITY;
  for (const t of tasks) {
    const groups = [...points.map((p) => values(p.runs, t, key)), values(runs, t, key)];
    const noise = Math.max(pooledSd(groups) ?? 0, floor);
    noise2 += noise ** 2;
    // Several tasks: as sure as the least measured of them.
    freedom = Math.min(
      freedom,
      groups.reduce((n, g) => n + Math.max(0, g.length - 1), 0),
    );
    se2 += noise ** 2 * (1 / values(runs, t, key).length + 1 / values(own.runs, t, key).length);
  }
  const gain = sign * (value - lineAt(baselineLine(points, tasks, key), mixerParams));
  const rawGain = sign * (value - base);
  return {
    freedom,
    gain,
    rawGain,
    se: Math.sqrt(se2) / tasks.length,
    z: gain / (Math.sqrt(noise2) / tasks.length),
    // A baseline of exactly 0 has no relative change: any difference counts as the whole 10 %.
    relative: base === 0 ? Math.sign(rawGain) : rawGain / Math.abs(base),
  };
}

/** Smallest noise of the loss that is believed, whatever a few seeds say. */
export function lossFloor(protocol: Protocol, baselineLoss: number): number {
  const ties = protocol.rungs.flatMap((r) => (r.promote?.rule === "top" ? [r.promote.tieLoss] : []));
  const widest = Math.max(0, ...ties);
  return widest > 0 ? widest / TIE_IN_SPREADS : LOSS_FLOOR * Math.max(Math.abs(baselineLoss), 1e-6);
}

/** Loss, benchmark and each task, with their spread over seeds: what was measured, compared with nothing. */
export function summarise(
  protocol: Protocol,
  rung: number,
  runs: readonly RunScore[],
): Pick<RungScore, "loss" | "benchmark" | "tasks"> {
  const tasks = metricTasks(protocol, rung);
  const names = [...new Set(runs.map((r) => r.task))];
  return {
    loss: metric(runs, tasks.loss, "loss"),
    benchmark: metric(runs, tasks.benchmark, "score"),
    tasks: Object.fromEntries(
      names.map((t) => [
        t,
        { loss: spread(values(runs, t, "loss")), score: spread(values(runs, t, "score")) },
      ]),
    ),
  };
}

/**
 * Score of one experiment on one rung, complete but for the judge. `runs` must have passed checkRuns; `baseline` holds
 * the points of any rung. Throws when this rung's baseline is missing or when a number is not finite.
 */
export function scoreRung(given: {
  protocol: Protocol;
  rung: number;
  runs: readonly RunScore[];
  mixerParams: number;
  baseline: readonly BaselinePoint[];
  seconds: number;
}): RungScore {
  const { protocol, rung, mixerParams } = given;
  const runs = [...given.runs].sort(runOrder);
  const name = protocol.rungs[rung]!.name;
  const own = ownBaseline(given.baseline, name);
  const points = rungPoints(given.baseline, name);
  const tasks = metricTasks(protocol, rung);
  const floor = lossFloor(protocol, metric(own.runs, tasks.loss, "loss").mean);
  const loss = compare(runs, mixerParams, points, own, tasks.loss, "loss", floor);
  const benchmark = compare(runs, mixerParams, points, own, tasks.benchmark, "score", SCORE_FLOOR);
  const paper = (c: Comparison) => sigmoid(6 * clip(c.relative / 0.1));
  const parts = {
    loss: sigmoid(loss.z),
    benchmark: sigmoid(benchmark.z),
    judge: null,
    lossPaper: paper(loss),
    benchmarkPaper: paper(benchmark),
  };
  const numbers = [loss.gain, loss.se, loss.z, benchmark.gain, benchmark.se, benchmark.z, parts.lossPaper];
  if (!numbers.every(Number.isFinite)) throw new Error(`Fitness is not a number: ${numbers.join(", ")}`);
  return {
    rung: name,
    ...summarise(protocol, rung, runs),
    runs,
    fitness: (parts.loss + parts.benchmark) / 2,
    fitnessPaper: (parts.lossPaper + parts.benchmarkPaper) / 2,
    parts,
    gain: loss.gain,
    gainSe: loss.se,
    rawGain: loss.rawGain,
    benchmarkGain: benchmark.gain,
    benchmarkGainSe: benchmark.se,
    freedom: { loss: loss.freedom, benchmark: benchmark.freedom },
    z: { loss: loss.z, benchmark: benchmark.z },
    seconds: given.seconds,
  };
}

/** The score with the judge's third. Throws when the judgement is not a number in 1 … 10. */
export function withJudgement(score: RungScore, judgement: Judgement): RungScore {
  if (!(judgement.score >= 1 && judgement.score <= 10)) {
    throw new RangeError(`The judge gave ${judgement.score}, outside 1 to 10.`);
  }
  const judge = (judgement.score - 1) / 9;
  const parts = { ...score.parts, judge };
  return {
    ...score,
    parts,
    fitness: (parts.loss + parts.benchmark + judge) / 3,
    fitnessPaper: (parts.lossPaper + parts.benchmarkPaper + judge) / 3,
  };
}
