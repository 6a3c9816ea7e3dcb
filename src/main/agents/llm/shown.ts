/** What the roles that read code are shown of an experiment, besides its results. Pure. */
import type { Campaign, Experiment } from "../../../shared/domain.ts";
import type { Failure, GateVerdict } from "../../../shared/job.ts";
import { firstSentence } from "../../../shared/text.ts";
import { CHECKER } from "./facts.ts";
import type { Section } from "./fit.ts";

/** Four digits that count; "not measured" without a number. */
export const measured = (value: number | null): string =>
  value === null || !Number.isFinite(value) ? "not measured" : String(Number(value.toPrecision(4)));

/** A line for each gate: verdict, number, limit and what it found. */
export const gateTable = (gates: readonly GateVerdict[]): string =>
  gates.length === 0
    ? "No gate was reached."
    : gates
        .map((g) => {
          if (g.name === CHECKER) return `- ${g.name}, a model that read the code: ${g.detail}`;
          const verdict = g.ok ? (g.warning ? "passed with a warning" : "passed") : "FAILED";
          const limit = g.limit === null ? "" : `, limit ${measured(g.limit)}`;
          return `- ${g.name}: ${verdict}, measured ${measured(g.value)}${limit}. ${g.detail}`.trimEnd();
        })
        .join("\n");

/** Sizes of the model and limits that a mixer has to keep to. */
export function frame({ protocol }: Campaign): string {
  const { model, limits, tasks } = protocol;
  const lengths = [...new Set(Object.values(tasks).map((t) => t.seqLen))].sort((a, b) => a - b);
  return [
    `hidden_size ${model.hiddenSize}, num_heads ${model.numHeads}, ${model.numLayers} layer(s), trained on sequences of ${lengths.join(", ")} tokens.`,
    `At most ${limits.params} × the baseline's parameters and ${limits.flops} × its FLOPs a token; ${limits.memoryMB} MB of memory.`,
  ].join("\n");
}

/** The failure as it was reported: one sentence, then the traceback, verdict or numbers. */
export const errorText = (failure: Failure): string =>
  `Kind: ${failure.kind}\n${failure.message}${failure.detail ? `\n\n${failure.detail}` : ""}`;

/** Motivation, code and gates, in the order in which they are read; the code is cut last. */
export const designSections = (e: Experiment): Section[] => [
  { title: "Motivation", text: e.motivation, priority: 2, data: true },
  { title: "Code", text: e.code, priority: 9, data: true },
  { title: "Gates", text: gateTable(e.gates), priority: 5, data: true },
];

/** The first sentence, on one line, at most `most` characters. */
export function sentenceOf(text: string, most = 240): string {
  const sentence = firstSentence(text.replace(/\s+/g, " ").trim());
  return sentence.length > most ? `${sentence.slice(0, most - 1)}…` : sentence;
}
