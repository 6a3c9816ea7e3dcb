/** Discoveries: what beats the baseline beyond noise, counted against everything that the campaign tried. */
import type { BaselinePoint, Experiment } from "../../shared/domain.ts";
import type { Protocol } from "../../shared/protocol.ts";
import type { Judged } from "../interfaces.ts";
import { baselineLine, bySeed, lineAt, metricTasks, ownBaseline, rungPoints } from "./fitness.ts";
import { benjaminiHochberg, pairedT, type TTest } from "./statistics.ts";

/** Fewer paired seeds than this prove nothing. */
export const DISCOVERY_SEEDS = 5;
/** False discovery rate. */
export const DISCOVERY_RATE = 0.05;

export interface Discovery extends Judged {
  rung: string;
  /** Paired seeds on each metric. */
  seeds: { loss: number; benchmark: number };
  /** One-sided paired t tests of the gain at the candidate's own size; null with fewer than two paired seeds. */
  loss: TTest | null;
  benchmark: TTest | null;
  /** Benjamini–Hochberg adjusted p over every comparison of the campaign. */
  q: { loss: number; benchmark: number };
}

/** Gains of the candidate over the baseline for the seeds that both ran, the baseline moved along its line to the candidate's size. */
function pairedGains(
  e: Experiment,
  rung: number,
  points: readonly BaselinePoint[],
  own: BaselinePoint,
  tasks: readonly string[],
  key: "loss" | "score",
): number[] {
  const line = baselineLine(points, tasks, key);
  const shift = lineAt(line, e.mixerParams!) - lineAt(line, own.mixerParams);
  const base = bySeed(own.runs, tasks, key);
  const sign = key === "loss" ? -1 : 1;
  return [...bySeed(e.scores[rung]!.runs, tasks, key)].flatMap(([seed, value]) =>
    base.has(seed) ? [sign * (value - (base.get(seed)! + shift))] : [],
  );
}

/** Not worse: the mean gain is not below 0 by more than its standard error. */
const notWorse = (test: TTest | null) => test !== null && test.difference >= -test.se;

/**
 * One entry for each archived experiment, on its deepest rung. A discovery has at least 5 paired seeds on both metrics,
 * beats the baseline on one of them after Benjamini–Hochberg at 5 % over both metrics of every scored experiment (those
 * with too few seeds count as tests with p = 1), and is not worse on the other. Everything else is a candidate.
 *
 * Gains are never taken across two machines or trainers: of a campaign that went on with another one, what was scored
 * against the earlier baseline is not judged, nor is a rung whose baseline has not been measured again yet. They count as
 * tests with p = 1: they were tried.
 * @param measuredOn what `baseline` was measured with
 */
export function discoveries(
  experiments: readonly Experiment[],
  baseline: readonly BaselinePoint[],
  protocol: Protocol,
  measuredOn: string,
): Discovery[] {
  const known = new Set(baseline.filter((p) => p.width === 1).map((p) => p.rung));
  const comparable = ({ scores }: Experiment) => {
    const last = scores.at(-1)!;
    return known.has(last.rung) && (last.measuredOn ?? measuredOn) === measuredOn;
  };
  const scored = experiments.filter((e) => e.status === "archived" && e.scores.length > 0);
  const found = scored.filter(comparable).map((e) => {
    const rung = e.scores.length - 1;
    const name = protocol.rungs[rung]!.name;
    const own = ownBaseline(baseline, name);
    const points = rungPoints(baseline, name);
    const tasks = metricTasks(protocol, rung);
    const loss = pairedGains(e, rung, points, own, tasks.loss, "loss");
    const benchmark = pairedGains(e, rung, points, own, tasks.benchmark, "score");
    return { e, rung: name, loss, benchmark };
  });
  const tests = found.map(({ loss, benchmark }) => ({ loss: pairedT(loss), benchmark: pairedT(benchmark) }));
  const enough = (gains: readonly number[]) => gains.length >= DISCOVERY_SEEDS;
  const ps = found.flatMap((f, i) => [
    enough(f.loss) ? tests[i]!.loss!.p : 1,
    enough(f.benchmark) ? tests[i]!.benchmark!.p : 1,
  ]);
  const others = new Array<number>(2 * (scored.length - found.length)).fill(1);
  const qs = benjaminiHochberg([...ps, ...others]);
  return found.map((f, i) => {
    const { loss, benchmark } = tests[i]!;
    const q = { loss: qs[2 * i]!, benchmark: qs[2 * i + 1]! };
    const rerun = enough(f.loss) && enough(f.benchmark);
    const beats =
      (q.loss <= DISCOVERY_RATE && notWorse(benchmark)) || (q.benchmark <= DISCOVERY_RATE && notWorse(loss));
    return {
      experimentId: f.e.id,
      rung: f.rung,
      seeds: { loss: f.loss.length, benchmark: f.benchmark.length },
      loss,
      benchmark,
      q,
      discovery: rerun && beats,
    };
  });
}
