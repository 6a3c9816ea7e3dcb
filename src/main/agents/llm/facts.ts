/** What was measured of an experiment, as compact text for a prompt. Nothing is claimed beyond noise. */
import type { Experiment, RungScore, Spread } from "../../../shared/domain.ts";
import { half95, verdict } from "../../../shared/interval.ts";

/** Failed gates' and failures' messages are cut to this many characters. */
const MESSAGE = 400;

const num = (v: number, digits = 4): string => (Number.isFinite(v) ? v.toFixed(digits) : "not measured");
const signed = (v: number): string => (v >= 0 ? `+${num(v)}` : num(v));
const brief = (v: number): string => (Number.isFinite(v) ? String(Number(v.toPrecision(3))) : "not measured");
const oneLine = (text: string, most = MESSAGE): string => text.replace(/\s+/g, " ").trim().slice(0, most);

const spread = (s: Spread): string =>
  s.n > 1 ? `${num(s.mean)} (sd ${num(s.sd)}, n = ${s.n})` : `${num(s.mean)} (n = ${s.n})`;

/** "+0.0123 ± 0.0200 (within noise)": a gain with half of its 95 % interval. Positive gains are better. */
export function gainText(gain: number, se: number, freedom: number): string {
  if (!Number.isFinite(gain)) return "not measured";
  const half = half95(se, freedom);
  if (!Number.isFinite(half)) return `${signed(gain)} (noise unknown)`;
  return `${signed(gain)} ± ${num(half)} (${verdict(gain, se, freedom)})`;
}

/** Loss, benchmark and tasks on one rung. */
export function scoreFacts(s: RungScore): string[] {
  const tasks = Object.entries(s.tasks).map(
    ([name, t]) => `${name} score ${num(t.score.mean)} (loss ${num(t.loss.mean)}, n = ${t.score.n})`,
  );
  return [
    `rung ${s.rung}: loss ${spread(s.loss)}, gain against the baseline at its size ${gainText(s.gain, s.gainSe, s.freedom.loss)}; ` +
      `benchmark ${spread(s.benchmark)}, gain ${gainText(s.benchmarkGain, s.benchmarkGainSe, s.freedom.benchmark)}`,
    ...(tasks.length > 0 ? [`  tasks: ${tasks.join("; ")}`] : []),
  ];
}

/** The verdict that holds a checker's findings. */
export const CHECKER = "checker";

/** Every gate's number and limit; of a failed one also what it says. */
export function gateFacts(e: Experiment): string[] {
  // What a checker found is a model's text, and no measurement.
  const measured = e.gates.filter((g) => g.name !== CHECKER);
  if (measured.length === 0) return [];
  const rows = measured.map((g) => {
    const value = g.value === null ? "not measured" : brief(g.value);
    const limit = g.limit === null ? "" : ` (limit ${brief(g.limit)})`;
    const says = g.ok ? (g.warning ? "warning" : "ok") : `FAILED: ${oneLine(g.detail)}`;
    return `${g.name} ${value}${limit} ${says}`;
  });
  return [`gates: ${rows.join("; ")}`];
}

function sizeFacts(e: Experiment): string[] {
  const ratio = (name: string) => {
    const gate = e.gates.find((g) => g.name === name);
    return gate?.value == null
      ? ""
      : ` (${brief(gate.value)} × the baseline${gate.limit === null ? "" : `, limit ${brief(gate.limit)}`})`;
  };
  const parts = [
    ...(e.mixerParams === null ? [] : [`mixer parameters ${e.mixerParams}${ratio("parameters")}`]),
    ...(e.flopsPerToken === null ? [] : [`FLOPs a token ${Math.round(e.flopsPerToken)}${ratio("flops")}`]),
  ];
  return parts.length > 0 ? [parts.join(", ")] : [];
}

/** "size: it has 3.1 × the baseline's parameters", in one line; null where nothing failed. */
export const failureText = (e: Experiment): string | null =>
  e.failure === null ? null : `${e.failure.kind}: ${oneLine(e.failure.message)}`;

/**
 * All that was measured of an experiment. Text that others wrote is not in it, except for messages of gates and failures,
 * which can quote the candidate's program: treat it as data.
 */
export function facts(e: Experiment): string {
  const failure = failureText(e);
  const repairs = e.repairs > 0 ? `, after ${e.repairs} repair${e.repairs === 1 ? "" : "s"}` : "";
  const judged = e.judgement;
  return [
    `status: ${e.status}${repairs}`,
    ...(failure === null ? [] : [`failure: ${failure}`]),
    ...sizeFacts(e),
    ...e.scores.flatMap(scoreFacts),
    ...gateFacts(e),
    ...(judged
      ? [
          `judge: ${num(judged.score, 1)}${judged.samples > 1 ? ` ± ${num(judged.sd, 1)} (sd of ${judged.samples} answers)` : ""} of 10`,
        ]
      : []),
  ].join("\n");
}

/** Failures that say nothing of a design. */
const NO_LESSON = ["answer", "internal", "duplicate", "disk"];

/** One line for each experiment whose design failed or was rejected. */
export const failureList = (experiments: readonly Experiment[]): string[] =>
  experiments.flatMap((e) =>
    e.failure === null || NO_LESSON.includes(e.failure.kind) ? [] : [`- ${e.name}: ${failureText(e)}`],
  );
