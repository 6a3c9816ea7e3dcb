/** Language models, wired: which ones play, with which keys, and the agents that they make. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import type { CognitionEntry } from "../../shared/cognition.ts";
import type { Budget, Campaign, Experiment } from "../../shared/domain.ts";
import { type LlmCall, LlmSettings } from "../../shared/llm.ts";
import { createAgents, createLlmAgents, extract } from "../agents/index.ts";
import { openOrCreateArchive, openReader } from "../archive/index.ts";
import { createCognition, loadCognition } from "../cognition/index.ts";
import type { Agents, Archive, Llm } from "../interfaces.ts";
import {
  checkedUrl,
  createLlm,
  defaultEndpoint,
  priceOf,
  type ReplaySource,
  readPrices,
  readTranscript,
} from "../llm/index.ts";
import { checkedSettings, readModels } from "../models.ts";
import { type ModelFlags, ProgramError, type ProgramOptions, type SpeechEvent } from "../program.ts";
import { TranscriptHeader } from "../transcript.ts";

type Host = Pick<ProgramOptions, "env" | "home" | "secret">;

/** Keys never leave this process: what they unlock is asked for by name, each time it is needed. */
export const keyOf = ({ env, secret }: Host, name: string): string | null =>
  env[name] || secret?.(name) || null;

/** The models that play: the settings file, and before its endpoints the one that flags or the environment name. */
export function settingsOf(host: Host, flags: ModelFlags = {}): LlmSettings | null {
  const file = readModels(host.home, flags.settingsFile);
  return asUsage(() => {
    for (const { baseUrl } of file?.endpoints ?? []) checkedUrl(baseUrl); // before anything is stored or shown
    const first = defaultEndpoint(host.env, flags);
    if (!first) return file;
    const others = (file?.endpoints ?? []).filter((e) => e.name !== first.name);
    return checkedSettings(LlmSettings.parse({ ...file, endpoints: [first, ...others] }));
  });
}

function usable(settings: LlmSettings): LlmSettings {
  for (const { baseUrl } of settings.endpoints) checkedUrl(baseUrl);
  return checkedSettings(settings);
}

/** What is wrong with an address, a price or a name was said by the user: the message tells what to do. */
function asUsage<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new ProgramError("usage", "bad_models", error.message, "See `cambrian models`.");
  }
}

/**
 * @param given settings that were put together for one campaign: they stand alone
 * @throws ProgramError no_model, bad_models
 */
export function neededSettings(host: Host, flags?: ModelFlags, given?: LlmSettings): LlmSettings {
  const settings = given ? asUsage(() => usable(given)) : settingsOf(host, flags);
  if (settings) return settings;
  throw new ProgramError(
    "usage",
    "no_model",
    "This needs a language model, and none is set up.",
    "Name one with --llm-base-url and --llm-model, or CAMBRIAN_LLM_BASE_URL and CAMBRIAN_LLM_MODEL; `cambrian models` shows the servers on this machine.",
  );
}

/** The agents of a campaign: built in, or models in every role with the built-in ones standing by. */
export function agentsOf(
  host: Host,
  campaign: Campaign,
  archive: Archive,
  replay: ReplaySource | null,
  { onChange, onSpeech }: { onChange: () => void; onSpeech: (event: SpeechEvent) => void },
): { agents: Agents; llm: Llm | null } {
  if (!campaign.llm)
    return { agents: createAgents(campaign.researcher === "random" ? "random" : "grammar"), llm: null };
  archive.ledger.settle();
  const { llm: settings, id: campaignId, budget } = campaign;
  const down = new Set<string>();
  const tell = () => {
    for (const { name, model, breaker, reason, until } of llm.endpoints()) {
      if (breaker === "half-open" || down.has(name) === (breaker === "open")) continue;
      if (breaker === "open") down.add(name);
      else down.delete(name);
      const type = breaker === "open" ? "endpoint-open" : "endpoint-closed";
      try {
        archive.commit({ campaignId, event: { type, data: { endpoint: name, model, reason, until } } });
      } catch {
        // The engine meets an archive's fault by itself, with more to say.
      }
    }
    onChange();
  };
  const speech = audible(onSpeech);
  const llm: Llm = speech.heard(
    asUsage(() =>
      createLlm({
        ...{ settings, ledger: archive.ledger, campaignId, budget, replay, onChange: tell },
        key: (name) => keyOf(host, name),
        onPiece: speech.piece,
        prices: readPrices(host.home),
      }),
    ),
    settings,
  );
  const place = { campaignId, experimentId: null, key: "cognition" };
  const cognition = createCognition(loadCognition(host.home).entries, (texts, signal) =>
    llm.embed(texts, place, signal),
  );
  const fallback = createAgents("grammar");
  return { agents: createLlmAgents({ llm, settings, cognition, fallback }), llm };
}

/** Tells what models say while they say it. The pieces of an answer carry its key only: what else it is, its request says. */
function audible(onSpeech: (event: SpeechEvent) => void) {
  const asked = new Map<string, Omit<SpeechEvent, "kind" | "text">>();
  return {
    piece({ key, text }: { key: string; text: string }) {
      const about = asked.get(key);
      if (about) onSpeech({ ...about, kind: "piece", text });
    },
    heard: (llm: Llm, settings: LlmSettings): Llm => ({
      ...llm,
      async ask(request, signal) {
        const { role, place } = request;
        const model = settings.endpoints.find((e) => e.name === request.endpoint)?.model ?? request.endpoint;
        const about = { key: place.key, experimentId: place.experimentId, role, model };
        asked.set(place.key, about);
        onSpeech({ ...about, kind: "begin", text: "" });
        try {
          return await llm.ask(request, signal);
        } finally {
          asked.delete(place.key);
          onSpeech({ ...about, kind: "end", text: "" });
        }
      },
    }),
  };
}

/**
 * Reads papers into entries. What it asks is kept in a ledger of its own, extractions.sqlite in the data folder, because
 * it belongs to no campaign, and a running campaign holds the lock of its archive.
 */
export function extractorOf(host: Host, settings: LlmSettings, budget: Pick<Budget, "tokens" | "cost">) {
  return async (text: string, source: string, signal: AbortSignal): Promise<CognitionEntry[]> => {
    const archive = openOrCreateArchive(join(host.home, "extractions.sqlite"));
    try {
      archive.ledger.settle();
      const llm = asUsage(() =>
        createLlm({
          ...{ settings, ledger: archive.ledger, campaignId: null, budget: added(archive, budget) },
          key: (name) => keyOf(host, name),
          prices: readPrices(host.home),
        }),
      );
      return await extract(llm, settings, { text, source }, signal);
    } finally {
      archive.close();
    }
  };
}

/** Budgets of the ledger that hold beside what was spent before. */
function added(archive: Archive, { tokens, cost }: Pick<Budget, "tokens" | "cost">) {
  const spent = archive.ledger.totals(null);
  return {
    tokens: tokens === null ? null : spent.tokens + tokens,
    cost: cost === null ? null : spent.cost + cost,
  };
}

/** Whether a model's price is known, by the settings that it played under. */
export function pricedBy(host: Host, settings: LlmSettings | null): (model: string) => boolean {
  const prices = readPrices(host.home);
  return (model) =>
    (settings?.endpoints ?? []).every(
      (e) => (e.model !== model && e.embeddingModel !== model) || priceOf(e, model, prices) !== null,
    );
}

/** @throws ProgramError bad_transcript */
export function transcriptOf(file: string): { header: TranscriptHeader; source: ReplaySource } {
  try {
    const { header, source } = readTranscript(readFileSync(file, "utf8"));
    return { header: TranscriptHeader.parse(header), source };
  } catch (error) {
    const why = error instanceof z.ZodError ? z.prettifyError(error) : (error as Error).message;
    const fix = "Write one with `cambrian transcript FILE`.";
    throw new ProgramError("usage", "bad_transcript", `${file} is not a transcript: ${why}`, fix);
  }
}

/** Reads a campaign with its ledger: the one named, else the newest with language models, else the newest. */
export async function withLedger<T>(
  file: string,
  wanted: string | undefined,
  texts: boolean,
  work: (found: { campaign: Campaign | null; experiments: Experiment[]; calls: LlmCall[] }) => T,
): Promise<T> {
  const reader = await openReader(file);
  try {
    const all = await reader.campaigns();
    const campaign = wanted
      ? all.find((c) => c.id.startsWith(wanted) || c.name === wanted)
      : (all.find((c) => c.llm !== null) ?? all[0]);
    if (!campaign && !wanted) {
      const calls = await reader.calls(undefined, texts);
      if (calls.length > 0) return work({ campaign: null, experiments: [], calls });
    }
    if (!campaign) {
      const what = wanted ? `no campaign "${wanted}"` : "no campaign";
      throw new ProgramError("usage", "no_campaign", `The archive holds ${what}.`, "See `cambrian list`.");
    }
    const [experiments, calls] = [
      await reader.experiments(campaign.id),
      await reader.calls(campaign.id, texts),
    ];
    return work({ campaign, experiments, calls });
  } finally {
    await reader.close();
  }
}
