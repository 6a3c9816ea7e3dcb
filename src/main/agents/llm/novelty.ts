/** Whether a proposal repeats an idea: equal code, equal outputs, then a model's view of the most similar motivations. */
import type { Campaign, Experiment, Proposal } from "../../../shared/domain.ts";
import { type Llm, LlmError, type Novelty, type NoveltyVerdict } from "../../interfaces.ts";
import { parseVerdict } from "./answer.ts";
import { askRole, type Parsed } from "./ask.ts";
import { estimate, fit, room, type Section } from "./fit.ts";
import { endpointOf, type Parts, placeOf } from "./place.ts";
import { prompt } from "./prompts.ts";
import { byVectors, byWords } from "./similar.ts";

/** Earlier ideas that the model compares with, as in ASI-Arch. */
const SHOWN = 5;
/** Characters of a motivation that are embedded: servers refuse, or cut in silence, what is longer than their model's window. */
const EMBEDDED = 6000;
/** Characters of the model's reasons that go back to the researcher. */
const REASON = 600;

type Context = { campaign: Campaign; index: number; attempt: number; visible: readonly Experiment[] };

/** First characters of an id; the whole of it where two of those shown begin alike. */
export const shortId = (e: Experiment, shown: readonly Experiment[]): string => {
  const short = e.id.slice(0, 8);
  return shown.some((o) => o.id !== e.id && o.id.startsWith(short)) ? e.id : short;
};

/**
 * NOVEL, or REPEAT and which of those shown: by short or whole id, label (E1) or name. Never throws.
 */
export function parseNovelty(
  text: string,
  reasoning: string,
  shown: readonly Experiment[],
): Parsed<{ repeats: Experiment | null; reasons: string }> {
  const read = parseVerdict(text, reasoning, ["NOVEL", "REPEAT"]);
  if (!read.ok) return read;
  if (read.word === "NOVEL") return { ok: true, repeats: null, reasons: "" };
  const line = read.reasons.split("\n", 1)[0]!.toLowerCase();
  const named = shown
    .flatMap((e, i) =>
      [e.id, e.id.slice(0, 8), `e${i + 1}`, e.name].map((word) => ({
        e,
        at: indexOfWord(line, word),
        length: word.length,
      })),
    )
    .filter((n) => n.at >= 0)
    .sort((a, b) => a.at - b.at || b.length - a.length)[0];
  if (named) {
    const after = read.reasons.slice(named.at + named.length).replace(/^[^\p{L}\p{N}(]+/u, "");
    return { ok: true, repeats: named.e, reasons: after.trim().slice(0, REASON) };
  }
  const ids = shown.map((e) => shortId(e, shown)).join(", ");
  return {
    ok: false,
    why: `REPEAT must be followed by one of the ids shown (${ids}), and it was "${line.slice(0, 60)}"`,
  };
}

/** Where a word stands in a line, not as a part of a longer one; −1 where it does not. */
function indexOfWord(line: string, word: string): number {
  const escaped = word.toLowerCase().replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  return line.search(new RegExp(`(?<![\\p{L}\\p{N}_-])${escaped}(?![\\p{L}\\p{N}_]|-[\\p{L}\\p{N}])`, "u"));
}

/** The visible experiments whose motivations are most like the proposal's, best first. */
async function similar(
  llm: Llm,
  context: Context,
  proposal: Proposal,
  signal: AbortSignal,
): Promise<Experiment[]> {
  const others = context.visible.filter((e) => e.motivation.trim() !== "");
  if (others.length === 0) return [];
  const texts = others.map((e) => e.motivation);
  const place = placeOf(context.campaign, context.index, `novelty.${context.attempt}`, "embedding")(0);
  const vectors = await llm
    .embed(
      [proposal.motivation, ...texts].map((t) => t.trim().slice(0, EMBEDDED) || "-"),
      place,
      signal,
    )
    .catch((error: unknown) => {
      if (error instanceof LlmError) return null; // the words are compared instead
      throw error;
    });
  const found = vectors
    ? byVectors(vectors[0]!, vectors.slice(1), SHOWN)
    : byWords(proposal.motivation, texts, SHOWN);
  return found.map((s) => others[s.index]!);
}

function question(proposal: Proposal, shown: readonly Experiment[], chars: number): string {
  const sections: Section[] = [
    { title: `New proposal: ${proposal.name}`, text: proposal.motivation, priority: 9, data: true },
    ...shown.map((e, i) => ({
      title: `Earlier proposal E${i + 1}, id ${shortId(e, shown)}: ${e.name}`,
      text: e.motivation,
      priority: SHOWN - i, // the least similar is cut first
      data: true,
    })),
    {
      title: "Your answer",
      text: "Is the new proposal NOVEL, or a REPEAT <id> of one of the earlier ones? The verdict is the first line.",
      priority: 10,
    },
  ];
  return fit(sections, chars);
}

function sameOutput(visible: readonly Experiment[], fingerprint: string | null): NoveltyVerdict | null {
  const same =
    fingerprint &&
    visible.find((e) => e.fingerprint === fingerprint || e.provenance.outputHash === fingerprint);
  if (!same) return null;
  const reason = `It computes the same function as ${same.name}: their outputs are equal under fixed weights and input.`;
  return { novel: false, repeats: same.name, reason };
}

/**
 * `check` is the built-in, exact comparison. `compare` asks a model last, and only where something is similar.
 * @throws AnswerError or LlmError where the model has no say: the engine notes it, and the exact comparisons stand
 */
export function llmNovelty({ llm, settings, fallback }: Parts): Novelty {
  return {
    check: (proposal, known, signal) => fallback.novelty.check(proposal, known, signal),

    async compare(context, proposal, fingerprint, signal) {
      const exact = await fallback.novelty.check(proposal, context.visible, signal);
      if (!exact.novel) return exact;
      const same = sameOutput(context.visible, fingerprint);
      if (same) return same;
      const shown = await similar(llm, context, proposal, signal);
      if (shown.length === 0) return { novel: true };
      const endpoint = endpointOf(settings, "novelty");
      const system = prompt("novelty").text;
      const user = question(proposal, shown, room(llm.limits(endpoint), estimate(system)));
      const place = placeOf(context.campaign, context.index, `novelty.${context.attempt}`, "novelty");
      const parse = (text: string, reasoning: string) => parseNovelty(text, reasoning, shown);
      const request = { role: "novelty" as const, endpoint, place, system, user, parse };
      const { value } = await askRole(llm, request, signal);
      if (!value.repeats) return { novel: true };
      const reason = value.reasons || `It repeats the idea of ${value.repeats.name}.`;
      return { novel: false, repeats: value.repeats.name, reason };
    },
  };
}
