/** A short account of an experiment for the researcher, written anew each time, so that what it sees varies. */
import type { Campaign, Experiment } from "../../../shared/domain.ts";
import { LlmError } from "../../interfaces.ts";
import { withoutThinking } from "./answer.ts";
import { askRole, type Parsed } from "./ask.ts";
import { AnswerError } from "./errors.ts";
import { facts } from "./facts.ts";
import { CUT, estimate, fit, room } from "./fit.ts";
import { endpointOf, type Parts, placeOf } from "./place.ts";
import { prompt } from "./prompts.ts";

/** Characters of a summary that are kept, about 200 words, and of the experiment's own text in its place. */
const LONGEST = 1600;
const IN_PLACE = 1200;

export interface Summary {
  text: string;
  /** Why the experiment's own text stands in place of a summary; null where it does not. */
  note: string | null;
  cost: number;
  tokens: number;
  callIds: string[];
}

export function parseSummary(text: string, reasoning: string): Parsed<{ summary: string }> {
  const said = withoutThinking(text).text.trim() || withoutThinking(reasoning).text.trim();
  if (said === "") return { ok: false, why: "The summary is empty." };
  return { ok: true, summary: said.length > LONGEST ? `${said.slice(0, LONGEST)} ${CUT}` : said };
}

const inPlace = (e: Experiment): string =>
  [e.motivation, e.analysis ?? ""].join("\n\n").trim().slice(0, IN_PLACE);

/**
 * Summarises one experiment. Where no summary can be had, the start of its motivation and analysis stands in, and says why.
 * Rejects only with the signal's reason, or for a defect of ours.
 * @param label "P", "R1": names the place
 */
export async function summarise(
  { llm, settings }: Parts,
  at: { campaign: Campaign; index: number; step: string; label: string },
  experiment: Experiment,
  signal: AbortSignal,
): Promise<Summary> {
  const endpoint = endpointOf(settings, "summariser");
  const system = prompt("summariser").text;
  const e = experiment;
  const user = fit(
    [
      { title: "Measured facts", text: facts(e), priority: 4, data: true },
      { title: `Motivation of ${e.name}`, text: e.motivation, priority: 3, data: true },
      ...(e.analysis ? [{ title: "Analysis", text: e.analysis, priority: 2, data: true }] : []),
      { title: "Program", text: e.code, priority: 1, data: true },
    ],
    room(llm.limits(endpoint), estimate(system)),
  );
  try {
    const place = placeOf(at.campaign, at.index, at.step, `summariser-${at.label}`);
    const request = { role: "summariser" as const, endpoint, place, system, user, parse: parseSummary };
    const { value, cost, tokens, callIds } = await askRole(llm, request, signal);
    return { text: value.summary, note: null, cost, tokens, callIds };
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof AnswerError || error instanceof LlmError)) throw error;
    const spent = error instanceof AnswerError ? error.spent : { cost: 0, tokens: 0, callIds: [] };
    const { cost, tokens, callIds } = spent;
    return { text: inPlace(e), note: error.message, cost, tokens, callIds };
  }
}
