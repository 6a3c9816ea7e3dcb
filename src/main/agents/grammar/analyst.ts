/** The built-in analyst: statistics as a short report. It states what was measured, and says when that is within noise. */
import type { Experiment, Spread } from "../../../shared/domain.ts";
import { half95, verdict } from "../../../shared/interval.ts";
import type { AnalyseContext, Analyst } from "../../interfaces.ts";
import { difference, type Effect, effects, extra, mean, scoreOn, subformula } from "./lineage.ts";
import { readGenome } from "./tree.ts";

const num = (v: number, digits = 3): string => (Number.isFinite(v) ? v.toFixed(digits) : "not measured");
const signed = (v: number, digits = 3): string =>
  Number.isFinite(v) && v >= 0 ? `+${num(v, digits)}` : num(v, digits);
const spread = (s: Spread): string => `${num(s.mean)}${s.n > 1 ? ` ± ${num(s.sd)}` : ""} (n = ${s.n})`;
const plural = (n: number, one: string): string => `${n} ${one}${n === 1 ? "" : "s"}`;

/** "+.03 (95 % +.01 to +.05)" with a verdict. Without a standard error there is no verdict. */
function interval(gain: number, se: number, freedom: number): string {
  if (!Number.isFinite(gain)) return "not measured";
  const half = half95(se, freedom);
  if (!Number.isFinite(half)) return `${signed(gain)} (its noise is not known)`;
  const says = verdict(gain, se, freedom);
  const beyond = says === "within noise" ? says : `${says} beyond noise`;
  return `${signed(gain)} (95 % ${signed(gain - half)} to ${signed(gain + half)}): ${beyond}`;
}

/** Standard error of a difference of two means, from the seed spread of the baseline. */
const pairSe = (sd: number, a: Spread, b: Spread): number =>
  sd * Math.sqrt(1 / Math.max(1, a.n) + 1 / Math.max(1, b.n));

function againstBaseline({ score, baseline }: AnalyseContext): string[] {
  return [
    "| | candidate | baseline at its size | gain |",
    "|---|---|---|---|",
    `| loss | ${spread(score.loss)} | ${spread(baseline.loss)} | ${interval(score.gain, score.gainSe, score.freedom.loss)} |`,
    `| benchmark | ${spread(score.benchmark)} | ${spread(baseline.benchmark)} | ${interval(score.benchmarkGain, score.benchmarkGainSe, score.freedom.benchmark)} |`,
    "",
    `In units of the seed spread: loss ${signed(score.z.loss, 1)}, benchmark ${signed(score.z.benchmark, 1)}. ` +
      `Against the baseline as it is, size not matched, the loss gain is ${signed(score.rawGain)}. Gains are positive when the candidate is better.`,
  ];
}

function againstParent({ score, baseline, parent }: AnalyseContext): string[] {
  if (parent === null) return ["It has no parent among the experiments."];
  const theirs = scoreOn(parent, score.rung);
  if (!theirs) return [`Its parent ${parent.name} was not scored on this rung.`];
  const se = pairSe(baseline.loss.sd, score.loss, theirs.loss);
  const seB = pairSe(baseline.benchmark.sd, score.benchmark, theirs.benchmark);
  return [
    `Against its parent ${parent.name}: loss gain ${interval(theirs.loss.mean - score.loss.mean, se, baseline.loss.n - 1)}; ` +
      `benchmark gain ${interval(score.benchmark.mean - theirs.benchmark.mean, seB, baseline.benchmark.n - 1)}.`,
  ];
}

/** Siblings that were scored on the same rung, without the candidate itself. */
const scored = ({ experiment, score, siblings }: AnalyseContext): Experiment[] =>
  siblings.filter(
    (e) => e.id !== experiment.id && Number.isFinite(scoreOn(e, score.rung)?.gain ?? Number.NaN),
  );

function againstSiblings(context: AnalyseContext): string[] {
  const { score } = context;
  const gains = scored(context).map((e) => scoreOn(e, score.rung)!.gain);
  if (gains.length === 0) return ["No sibling was scored on this rung."];
  const rank = 1 + gains.filter((g) => g > score.gain).length;
  return [
    `Among ${plural(gains.length, "sibling")} on this rung it ranks ${rank} of ${gains.length + 1} by loss gain; their mean gain is ${signed(mean(gains))}.`,
  ];
}

function tasks({ score, parent }: AnalyseContext): string[] {
  const theirs = parent ? scoreOn(parent, score.rung)?.tasks : undefined;
  const rows = Object.entries(score.tasks).map(([name, t]) => {
    const other = theirs?.[name];
    const change = other ? signed(t.score.mean - other.score.mean) : "–";
    // Seeds of this task alone: their spread is the only noise that is known for it.
    const own = Math.max(t.score.sd, other?.score.sd ?? 0);
    const verdict = !other
      ? ""
      : own <= 0
        ? " (one seed: noise not known)"
        : Math.abs(t.score.mean - other.score.mean) <=
            half95(pairSe(own, t.score, other.score), Math.max(t.score.n, other.score.n) - 1)
          ? " (within noise)"
          : " (beyond noise)";
    return `| ${name} | ${spread(t.loss)} | ${spread(t.score)} | ${change}${verdict} |`;
  });
  if (rows.length === 0) return [];
  return ["| task | loss | score | score against the parent |", "|---|---|---|---|", ...rows];
}

function changed(context: AnalyseContext): { text: string[]; found: Effect[]; added: string[] } {
  const { experiment, parent, score } = context;
  const tree = readGenome(experiment.genome);
  if (tree === null)
    return { text: ["Its code has no tree, so that no part can be compared."], found: [], added: [] };
  const old = parent && readGenome(parent.genome);
  if (!old)
    return {
      text: [`How it was made: ${String(experiment.provenance.what ?? "not recorded")}.`],
      found: [],
      added: [],
    };
  const d = difference(old, tree);
  if (d === null) return { text: ["Its tree equals that of its parent."], found: [], added: [] };
  const text = [`At ${d.where}: \`${subformula(d.before)}\` became \`${subformula(d.after)}\`.`];
  const [added, removed] = [extra(tree, old), extra(old, tree)];
  if (added.length) text.push(`New operations: ${added.join(", ")}.`);
  if (removed.length) text.push(`Gone: ${removed.join(", ")}.`);
  const found = effects([experiment, ...scored(context)], score.rung, [...added, ...removed]);
  for (const e of found)
    text.push(
      `Over ${e.withIt} relatives with ${e.op} and ${e.without} without, it changed the loss gain by ${interval(e.effect, e.se, e.freedom)}.`,
    );
  if (found.length === 0)
    text.push("Too few relatives to say what an operation does (at least two with it and two without).");
  return { text, found, added };
}

/** Next steps, only where something was measured beyond noise. */
function hints({ score }: AnalyseContext, found: readonly Effect[]): string[] {
  const sure = found.filter((e) => ["better", "worse"].includes(verdict(e.effect, e.se, e.freedom)));
  const out = sure.map(
    (e) => `- ${e.effect > 0 ? `Keep ${e.op}, and try it elsewhere` : `Leave ${e.op} out`}: measured above.`,
  );
  if (verdict(score.gain, score.gainSe, score.freedom.loss) === "better" && score.loss.n < 2)
    out.push("- More seeds: the gain is beyond noise on one.");
  return out.length ? out : ["None: nothing was measured beyond noise."];
}

export const statisticalAnalyst: Analyst = {
  async analyse(context, signal) {
    signal.throwIfAborted();
    const { experiment, score } = context;
    const change = changed(context);
    const sections = [
      [`# ${experiment.name} on rung ${score.rung}`],
      againstBaseline(context),
      [...againstParent(context), ...againstSiblings(context)],
      tasks(context),
      ["## What changed", "", ...change.text],
      ["## Next", "", ...hints(context, change.found)],
    ];
    const text = sections.filter((s) => s.length > 0).map((s) => s.join("\n"));
    return { text: `${text.join("\n\n")}\n`, cognition: [] };
  },
};
