/** ONE request to one server: sent, watched and read to its end. Retries, budgets and the ledger are others' business. */
import OpenAI from "openai";
import { Stream } from "openai/core/streaming";
import type { ChatMessage, Endpoint } from "../../shared/llm.ts";
import { gather, nothing, type Received, type Usage, usageOf } from "./answer.ts";
import { checkedUrl, isAzure } from "./endpoints.ts";
import { type Asked, type Failure, failure, NoAnswer, ofError, ofErrorObject, Stalled } from "./failure.ts";
import { transport } from "./transport.ts";

/** What came of a request. `received` holds what was there when it failed. */
export interface Outcome<T = Received> {
  failure: Failure | null;
  received: T;
  /** Until the first piece of the answer; null where none came. */
  firstByteSeconds: number | null;
  /** Longest silence after the first piece; 0 where none came. */
  longestGapSeconds: number;
  seconds: number;
}

export interface Embedded {
  vectors: Float32Array[];
  usage: Usage | null;
  modelServed: string | null;
}

/** A server, and the key to it; null: none is sent. */
export interface Server {
  endpoint: Endpoint;
  key: string | null;
}

/** The longest silence between finish_reason and the end of a stream, which some servers never send. */
const END_SECONDS = 2;
const LONGEST_TIMER_MS = 2 ** 31 - 1;
const clamp = (seconds: number): number => Math.min(LONGEST_TIMER_MS, seconds * 1000);

function sdk({ endpoint, key }: Server, onBytes: () => void): OpenAI {
  const url = checkedUrl(endpoint.baseUrl);
  const defaultQuery = Object.fromEntries(url.searchParams);
  const azure = isAzure(url.hostname) && key !== null ? { "api-key": key } : {};
  url.search = "";
  return new OpenAI({
    baseURL: url.href.replace(/\/$/, ""),
    defaultQuery,
    apiKey: key ?? "none",
    // Without a key no header is sent, and the SDK looks for none in the environment: it may be another server's.
    defaultHeaders: { ...(key === null && { Authorization: null }), ...azure },
    organization: null,
    project: null,
    adminAPIKey: null,
    webhookSecret: null,
    maxRetries: 0,
    // Its timer covers the headers only; ours cover everything.
    timeout: LONGEST_TIMER_MS,
    logLevel: "off",
    fetch: transport(onBytes),
  });
}

interface Watch {
  controller: AbortController;
  client: OpenAI;
  /** The first piece of the answer is there. */
  begin(): void;
  /** All of the answer is there, except perhaps for what a stream ends with: it is not waited for long. */
  finish(): void;
}

/**
 * Does one request under the endpoint's limits on waiting. Rejects with the signal's reason as soon as it is aborted;
 * everything else that can happen is an outcome.
 */
async function watched<T>(
  server: Server,
  signal: AbortSignal,
  received: T,
  now: () => number,
  work: (watch: Watch) => Promise<Failure | null>,
): Promise<Outcome<T>> {
  signal.throwIfAborted();
  const { keyName, name } = server.endpoint;
  if (server.key !== null && !/^[\x21-\x7e]+$/.test(server.key)) {
    const message = `The key for ${name} cannot be sent: it holds spaces, line breaks or letters that no key has.`;
    const refused = failure("key", message, `Check the key in ${keyName}.`);
    return { failure: refused, received, firstByteSeconds: null, longestGapSeconds: 0, seconds: 0 };
  }
  const { firstByteSeconds, idleSeconds, totalSeconds } = server.endpoint;
  const controller = new AbortController();
  const start = performance.now();
  const elapsed = () => (performance.now() - start) / 1000;
  let first: number | null = null;
  let heard = 0;
  let gap = 0;
  let finished = false;
  let kill: (reason: unknown) => void = () => {};
  // What is read may not notice that it was killed: this promise does.
  const killed = new Promise<never>((_, reject) => {
    kill = (reason) => {
      reject(reason);
      controller.abort();
    };
  });
  const stop = () => kill(signal.reason);
  signal.addEventListener("abort", stop, { once: true });
  const stalls = (text: string) => () => kill(new Stalled(text));
  const total = setTimeout(
    stalls(`had not finished its answer after ${totalSeconds} s`),
    clamp(totalSeconds),
  );
  let silence = setTimeout(
    stalls(`had not begun to answer after ${firstByteSeconds} s`),
    clamp(firstByteSeconds),
  );
  const watch: Watch = {
    controller,
    // Once it has begun, any byte shows that the server is alive, comments included.
    client: sdk(server, () => {
      if (first === null) return;
      const at = elapsed();
      gap = Math.max(gap, at - heard);
      heard = at;
      if (!finished) silence.refresh();
    }),
    begin() {
      if (first !== null) return;
      first = elapsed();
      heard = first;
      clearTimeout(silence);
      silence = setTimeout(
        stalls(`fell silent for ${idleSeconds} s in the middle of its answer`),
        clamp(idleSeconds),
      );
    },
    finish() {
      finished = true;
      clearTimeout(silence);
      silence = setTimeout(stalls("did not end its answer"), clamp(Math.min(idleSeconds, END_SECONDS)));
    },
  };
  const ended = (f: Failure | null): Outcome<T> => ({
    failure: f,
    received,
    firstByteSeconds: first,
    longestGapSeconds: gap,
    seconds: elapsed(),
  });
  try {
    const working = work(watch);
    working.catch(() => {});
    return ended(await Promise.race([working, killed]));
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    return ended(ofError(error, first !== null, askedOf(server), now()));
  } finally {
    clearTimeout(total);
    clearTimeout(silence);
    signal.removeEventListener("abort", stop);
    controller.abort();
  }
}

const askedOf = ({ endpoint, key }: Server, model = endpoint.model): Asked => ({
  endpoint: endpoint.name,
  baseUrl: endpoint.baseUrl,
  model,
  keyName: endpoint.keyName,
  hasKey: key !== null,
});

/**
 * Asks for a chat completion as a stream; a server that answers with one JSON object is as welcome.
 * @param params parameters as sent, beside model and messages
 * @param onPiece text as it arrives
 */
export async function chat(
  server: Server,
  ask: { system: string; messages: readonly ChatMessage[]; params: Record<string, unknown> },
  signal: AbortSignal,
  onPiece: (text: string) => void,
  now: () => number,
): Promise<Outcome> {
  const { model } = server.endpoint;
  const asked = askedOf(server);
  const received = nothing();
  const system = ask.system ? [{ role: "system" as const, content: ask.system }] : [];
  const { include_usage = false } = (ask.params.stream_options ?? {}) as { include_usage?: boolean };
  const outcome = await watched(server, signal, received, now, async (watch) => {
    const { client, controller, begin, finish } = watch;
    const body = { ...ask.params, model, messages: [...system, ...ask.messages], stream: true as const };
    const response = await client.chat.completions.create(body, { signal: controller.signal }).asResponse();
    const type = response.headers.get("content-type") ?? "";
    const take = (chunk: unknown) => {
      const { text, any, counted } = gather(received, chunk);
      if (any) begin();
      if (text) onPiece(text);
      if (received.finishReason === null) return false;
      finish();
      // Some servers send a finish_reason with every piece: one with text in it may not be the last.
      return !any && (counted || !include_usage);
    };
    if (/json/.test(type) && !/ndjson|jsonl/.test(type)) {
      begin();
      const whole = JSON.parse(await response.text());
      if (whole?.error) return ofErrorObject(whole.error, asked, now());
      take(whole);
    } else if (/event-stream/.test(type) || type === "") {
      // Events of their own streams end silently when they are killed; `watched` does not.
      const chunks = Stream.fromSSEResponse<unknown>(response, controller, client)[Symbol.asyncIterator]();
      // No for-await: left early, it would wait for a silent server before it goes on. `watched` hangs up.
      for (;;) {
        const { done, value } = await chunks.next();
        if (done || take(value)) break;
      }
    } else {
      throw new NoAnswer(`its answer is ${type}`);
    }
    return verdict(received, asked);
  });
  const { failure } = outcome;
  const whole = received.finishReason !== null && (failure?.kind === "stalled" || failure?.kind === "cut");
  return whole ? { ...outcome, failure: verdict(received, asked) } : outcome;
}

/** Whether what was received to the end is an answer. */
function verdict({ text, reasoning, refusal, finishReason }: Received, asked: Asked): Failure | null {
  const who = `${asked.endpoint} (${asked.model})`;
  const charged = true;
  switch (finishReason) {
    case null:
      return failure(
        "cut",
        `The answer of ${who} ended without a finish_reason, so that its end may be missing.`,
        "If it stays so, look at the server's log, or at a proxy's time limit.",
        { charged },
      );
    case "length":
    case "model_length":
    case "max_tokens":
      return failure(
        "length",
        `The answer of ${who} was longer than the tokens allowed, so that its end is missing.`,
        `Raise maxOutput of endpoint ${asked.endpoint}, or lower its reasoningEffort.`,
        { charged },
      );
    case "content_filter":
      return failure(
        "filtered",
        `The provider of ${who} withheld the answer (content filter).`,
        "Choose another model for this role if it happens often.",
        { charged },
      );
    case "error":
    case "insufficient_system_resource":
      return failure(
        "server",
        `The server of ${who} gave up in the middle of its answer (finish_reason ${finishReason}).`,
        "If it stays so, look at the server's log, or choose another endpoint.",
        { charged },
      );
  }
  if (text.trim() || reasoning.trim()) return null;
  if (refusal.trim())
    return failure(
      "filtered",
      `The model of ${who} refused to answer: ${refusal.trim().slice(0, 200)}`,
      "Choose another model for this role if it happens often.",
      { charged },
    );
  return failure(
    "protocol",
    `The answer of ${who} was empty.`,
    "If it stays so, check the server's chat template, or choose another model.",
    { charged },
  );
}

/** Asks for one unit vector a text, in order. */
export function embeddings(
  server: Server,
  texts: readonly string[],
  signal: AbortSignal,
  now: () => number,
): Promise<Outcome<Embedded>> {
  const model = server.endpoint.embeddingModel!;
  const received: Embedded = { vectors: [], usage: null, modelServed: null };
  return watched(server, signal, received, now, async ({ client, controller, begin }) => {
    // Said, because the SDK would ask for base64, which not every server knows.
    const body = { model, input: [...texts], encoding_format: "float" as const };
    const response = await client.embeddings.create(body, { signal: controller.signal }).asResponse();
    begin();
    const whole = JSON.parse(await response.text());
    if (whole?.error) return ofErrorObject(whole.error, askedOf(server, model), now());
    received.usage = usageOf(whole?.usage);
    received.modelServed = typeof whole?.model === "string" ? whole.model : null;
    const data: unknown = whole?.data;
    if (!Array.isArray(data) || data.length !== texts.length)
      throw new NoAnswer(`it sent no ${texts.length} embeddings`);
    const inOrder = data.toSorted((a, b) => (a?.index ?? 0) - (b?.index ?? 0));
    received.vectors = inOrder.map((item) => unit(item?.embedding));
    const { length } = received.vectors[0]!;
    if (received.vectors.some((v) => v.length !== length))
      throw new NoAnswer("its embeddings differ in length");
    return null;
  });
}

function unit(values: unknown): Float32Array {
  if (!Array.isArray(values) || values.length === 0 || !values.every(Number.isFinite))
    throw new NoAnswer("an embedding is no list of numbers");
  const norm = Math.hypot(...values);
  if (!(norm > 0)) throw new NoAnswer("an embedding is zero");
  return Float32Array.from(values, (x: number) => x / norm);
}
