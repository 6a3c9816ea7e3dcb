/**
 * Judgement of a design by a model, several times. It sees neither loss nor benchmark nor analysis: those are in the fitness
 * already, and a judge that knew them would count them twice.
 *
 * Weights: innovation .35, complexity .25, efficiency .25, correctness .15, as the built-in judge weighs its like. ASI-Arch
 * gives .30 to performance (and .25, .45 to innovation and complexity), which the measured parts of the fitness score here.
 */
import type { Experiment, Judgement } from "../../../shared/domain.ts";
import { type Judge, LlmError } from "../../interfaces.ts";
import { parseScores } from "./answer.ts";
import { askRole, type Parsed } from "./ask.ts";
import { AnswerError } from "./errors.ts";
import { estimate, fit, room } from "./fit.ts";
import { endpointOf, type Parts, placeOf } from "./place.ts";
import { prompt } from "./prompts.ts";
import { designSections, frame, sentenceOf } from "./shown.ts";

export const WEIGHTS = { innovation: 0.35, complexity: 0.25, correctness: 0.15, efficiency: 0.25 } as const;
type Item = keyof typeof WEIGHTS;
const ITEMS = Object.keys(WEIGHTS) as Item[];
export type Scores = Record<Item, number>;

/** Earlier designs whose idea is shown, the latest ones. */
const EARLIER = 20;

/** Four scores from 1 to 10. Never throws. */
export function parseJudge(text: string, reasoning: string): Parsed<{ scores: Scores }> {
  const read = parseScores(text, ITEMS, reasoning);
  return read.ok ? { ok: true, scores: read.scores as Scores } : read;
}

const clip = (v: number): number => Math.min(10, Math.max(1, v));
const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;

/** Weighted sum of one answer, 1 to 10. */
export const weighted = (scores: Scores): number =>
  ITEMS.reduce((sum, item) => sum + WEIGHTS[item] * scores[item], 0);

/** Mean and spread (standard deviation with n − 1) of one answer or more. */
export function combine(
  samples: readonly Scores[],
): Pick<Judgement, "score" | "items" | "samples" | "sd"> & { each: number[] } {
  const each = samples.map(weighted);
  const score = mean(each);
  const sd =
    each.length > 1 ? Math.sqrt(each.reduce((s, v) => s + (v - score) ** 2, 0) / (each.length - 1)) : 0;
  const items = Object.fromEntries(
    ITEMS.map((item) => [item, Math.round(mean(samples.map((s) => s[item])) * 100) / 100]),
  );
  return { score: clip(score), items, samples: samples.length, sd, each };
}

const earlier = (experiment: Experiment, visible: readonly Experiment[]): string =>
  visible
    .filter((e) => e.id !== experiment.id && e.motivation.trim() !== "")
    .slice(-EARLIER)
    .map((e) => `- ${e.name}: ${sentenceOf(e.motivation)}`)
    .join("\n");

const plural = (n: number, one: string): string => `${n} ${one}${n === 1 ? "" : "s"}`;

/**
 * Mean of `settings.judgeSamples` answers. Answers that cannot be used are left out, which the note says; the built-in judge
 * takes over where there is none. @throws the signal's reason
 */
export function llmJudge({ llm, settings, fallback }: Parts): Judge {
  return {
    async judge(context, signal) {
      const { campaign, experiment, visible } = context;
      const endpoint = endpointOf(settings, "judge");
      const system = prompt("judge").text;
      const before = earlier(experiment, visible);
      const sections = [
        { title: "The model that it is a part of", text: frame(campaign), priority: 8 },
        ...designSections(experiment),
        ...(before ? [{ title: "Designs before it", text: before, priority: 1, data: true }] : []),
        {
          title: "Your answer",
          text: `A line "<item> SCORE: x" for each of ${ITEMS.join(", ")}, x from 1 to 10, then the reasons.`,
          priority: 10,
        },
      ];
      const user = fit(sections, room(llm.limits(endpoint), estimate(system)));
      const answers = await Promise.allSettled(
        Array.from({ length: settings.judgeSamples }, (_, i) => {
          const place = placeOf(campaign, experiment.index, "judge", `judge-${i}`);
          return askRole(llm, { role: "judge", endpoint, place, system, user, parse: parseJudge }, signal);
        }),
      );
      signal.throwIfAborted();
      const failed = answers.flatMap((a) => (a.status === "rejected" ? [a.reason as unknown] : []));
      const defect = failed.find((e) => !(e instanceof AnswerError || e instanceof LlmError));
      if (defect) throw defect;
      const reasons = [...new Set(failed.map((e) => (e as Error).message))].join(" ");
      const used = answers.flatMap((a) => (a.status === "fulfilled" ? [a.value] : []));
      if (used.length === 0) {
        const judgement = await fallback.judge.judge(context, signal);
        return { ...judgement, note: `In place of the model (${reasons}): ${judgement.note}` };
      }
      const { each, ...judgement } = combine(used.map((a) => a.value.scores));
      const out = failed.length > 0 ? ` ${plural(failed.length, "answer")} left out: ${reasons}` : "";
      const note = `Mean of ${plural(each.length, "answer")} (${each.map((v) => v.toFixed(2)).join(", ")}), standard deviation ${judgement.sd.toFixed(2)}.${out}`;
      return { ...judgement, note, by: `llm:${used[0]!.answer.model}` };
    },
  };
}
