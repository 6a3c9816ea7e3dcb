/** Requests to language models, put together: endpoints, ledger, budget, breaker, replay. */
import { sha256 } from "../../shared/hash.ts";
import type { LlmSettings } from "../../shared/llm.ts";
import { type LedgerStore, type Llm, type LlmAnswer, LlmError, type LlmPlace } from "../interfaces.ts";
import { nothing } from "./answer.ts";
import { chat, embeddings, type Server } from "./client.ts";
import { answerTokens, checkedUrl } from "./endpoints.ts";
import { createLane, type Lane } from "./lane.ts";
import { createBook, type Limits } from "./ledger.ts";
import { unlessAborted } from "./limiter.ts";
import type { Patience } from "./patience.ts";
import { type PriceTable, priceOf } from "./prices.ts";
import { redactor } from "./redact.ts";
import type { ReplaySource } from "./replay.ts";
import { type Call, settle } from "./sender.ts";
import { contentOf, decodeVectors, encodeVectors } from "./vectors.ts";

export interface LlmOptions {
  settings: LlmSettings;
  ledger: LedgerStore;
  campaignId: string | null;
  /** For all requests of the campaign together, earlier ones included; null: no limit. */
  budget: Limits;
  /** A key by its name, asked anew for every request; null: there is none. */
  key: (name: string) => string | null;
  /** Answers instead of servers: nothing is sent. */
  replay?: ReplaySource | null;
  /** Called when the state of an endpoint changes. */
  onChange?: () => void;
  /** Text as it arrives. */
  onPiece?: (piece: { key: string; role: string; endpoint: string; text: string }) => void;
  prices?: PriceTable;
  /** Milliseconds since 1970. */
  now?: () => number;
  /** Uniform in [0, 1): jitter only. */
  random?: () => number;
}

/** Texts in one request for embeddings, at most. */
const BATCH = 64;

/** @throws RangeError where an endpoint's address cannot be used, or two endpoints have one name */
export function createLlm(options: LlmOptions): Llm {
  const { settings, ledger, campaignId, budget, replay = null, prices = {} } = options;
  const { now = Date.now, random = Math.random, onChange = () => {} } = options;
  for (const endpoint of settings.endpoints) checkedUrl(endpoint.baseUrl);
  const lanes = new Map(settings.endpoints.map((e) => [e.name, createLane(e, now, onChange)]));
  /** A route for embeddings that fails says nothing of the chat. */
  const embedder = settings.endpoints.find((e) => e.embeddingModel !== null);
  const vectorLane = embedder ? createLane(embedder, now, () => {}) : null;
  if (lanes.size < settings.endpoints.length) throw new RangeError("Two endpoints have the same name.");

  const keyOf = (name: string): string | null => options.key(name)?.trim() || null;
  const clean = redactor(() => settings.endpoints.map((e) => keyOf(e.keyName)));
  const serverOf = ({ endpoint }: Lane, { firstByteSeconds, idleSeconds }: Patience): Server => ({
    endpoint: { ...endpoint, firstByteSeconds, idleSeconds },
    key: keyOf(endpoint.keyName),
  });
  const book = createBook(ledger, campaignId, budget);
  const desk = { ledger, book, replay, clean, now, random };
  /** Where the rows of answers lie that were handed out. */
  const handedOut = new Map<string, LlmPlace>();
  let noEmbeddings = false;

  function laneOf(name: string): Lane {
    const lane = lanes.get(name);
    if (lane) return lane;
    const fix = `Endpoints: ${[...lanes.keys()].join(", ")}.`;
    throw new LlmError("request", `There is no endpoint "${name}".`, fix);
  }

  // Two calls at one place would write the same row: the second waits, and finds what the first brought.
  const last = new Map<string, Promise<unknown>>();
  async function answered(call: Call, signal: AbortSignal): Promise<LlmAnswer> {
    const { key } = call.place;
    const before = last.get(key);
    const mine = unlessAborted(before ?? Promise.resolve(), signal).then(() => settle(call, desk, signal));
    const both = Promise.allSettled([before, mine]);
    last.set(key, both);
    void both.then(() => last.get(key) === both && last.delete(key));
    try {
      const answer = await mine;
      handedOut.set(answer.callId, call.place);
      return answer;
    } catch (error) {
      if (error instanceof LlmError && error.partial) handedOut.set(error.partial.callId, call.place);
      throw error;
    }
  }

  /** Vectors of at most BATCH texts, from a server, the ledger or a transcript. */
  async function embedded(
    lane: Lane,
    texts: readonly string[],
    place: LlmPlace,
    signal: AbortSignal,
  ): Promise<Float32Array[]> {
    const model = lane.endpoint.embeddingModel!;
    const hashes = texts.map(sha256);
    const content = contentOf(hashes);
    const key = `${place.key}/embedding-${sha256(content).slice(0, 12)}`;
    const call: Call = {
      place: { ...place, key },
      role: "embedding",
      ...{ lane, model, system: "", texts, mostOutput: 0 },
      price: priceOf(lane.endpoint, model, prices),
      // Their hashes say which texts they were; the texts themselves lie elsewhere in the archive.
      messages: [{ role: "user", content }],
      params: () => ({ encoding_format: "float" }),
      recorded(source) {
        const found = hashes.flatMap((hash) => source.vector(model, hash) ?? []);
        const entry = source.answer(key);
        if (entry !== null || found.length < hashes.length) return entry;
        const text = encodeVectors(found);
        return {
          ...{ key, requestHash: "", endpoint: lane.endpoint.name, model, modelServed: null },
          ...{ embedded: hashes, text, reasoning: "", finishReason: "stop", usage: null, error: null },
        };
      },
      async send(_, waits, aborted) {
        const { received, ...outcome } = await embeddings(serverOf(lane, waits), texts, aborted, now);
        const { usage, modelServed, vectors } = received;
        const text = outcome.failure ? "" : encodeVectors(vectors);
        const finishReason = outcome.failure ? null : "stop";
        return { ...outcome, received: { ...nothing(), text, usage, modelServed, finishReason } };
      },
    };
    const { text } = await answered(call, signal);
    return decodeVectors(text);
  }

  return {
    async ask(request, signal) {
      const { role, place, system, messages } = request;
      const lane = laneOf(request.endpoint);
      const { endpoint } = lane;
      const { name, model } = endpoint;
      const piece = (text: string) =>
        options.onPiece?.({ key: place.key, role, endpoint: name, text: clean(text) });
      const call: Call = {
        ...{ place, role, lane, model, system, messages },
        price: priceOf(endpoint, model, prices),
        texts: [system, ...messages.map((m) => m.content)],
        mostOutput: answerTokens(endpoint),
        params: lane.params,
        recorded: (source) => source.answer(place.key),
        send: (params, waits, aborted) =>
          chat(serverOf(lane, waits), { system, messages, params }, aborted, piece, now),
      };
      return answered(call, signal);
    },

    mark(callId, verdict, note) {
      const place = handedOut.get(callId);
      const row = place && ledger.at(place.campaignId, place.key).find((r) => r.id === callId);
      if (!row) throw new RangeError(`mark: no answer ${callId} was given here`);
      ledger.put({ ...row, verdict, note: note === undefined ? row.note : clean(note) });
    },

    async embed(texts, place, signal) {
      signal.throwIfAborted();
      const lane = vectorLane;
      if (!lane || noEmbeddings) return null;
      const model = lane.endpoint.embeddingModel!;
      const vectors = new Map<string, Float32Array>();
      const missing: string[] = [];
      for (const text of new Set(texts)) {
        const stored = ledger.vector(model, sha256(text));
        if (stored) vectors.set(text, stored);
        else missing.push(text);
      }
      try {
        for (let i = 0; i < missing.length; i += BATCH) {
          const batch = missing.slice(i, i + BATCH);
          const found = await embedded(lane, batch, place, signal);
          for (const [j, text] of batch.entries()) {
            vectors.set(text, found[j]!);
            ledger.putVector(model, sha256(text), found[j]!);
          }
        }
      } catch (error) {
        if (!(error instanceof LlmError)) throw error;
        // A server without embeddings has none the next time either.
        if (error.kind === "request") noEmbeddings = true;
        return null;
      }
      return texts.map((text) => vectors.get(text)!);
    },

    limits(name) {
      const { endpoint } = laneOf(name);
      return { contextWindow: endpoint.contextWindow, maxOutput: answerTokens(endpoint) };
    },
    spent: book.spent,
    endpoints: () => [...lanes.values()].map((lane) => lane.state()),
  };
}
