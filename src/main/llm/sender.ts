/** One call, from its place in the loop to an answer in the ledger: reused, or sent until it is answered. */
import { sha256, uuidOf } from "../../shared/hash.ts";
import type { ChatMessage, LlmCall, LlmErrorKind, Price } from "../../shared/llm.ts";
import { type LedgerStore, type LlmAnswer, LlmError, type LlmPlace } from "../interfaces.ts";
import type { Outcome } from "./client.ts";
import { objection } from "./failure.ts";
import type { Lane } from "./lane.ts";
import { type Book, finished, requestHash } from "./ledger.ts";
import { pause } from "./limiter.ts";
import { gaveUpTooSoon, type Patience } from "./patience.ts";
import type { ReplayEntry, ReplaySource } from "./replay.ts";
import { waitBefore } from "./retry.ts";
import { costOf, mostTokens } from "./tokens.ts";

/** A call, whether it is a chat or a request for embeddings. */
export interface Call {
  place: LlmPlace;
  role: string;
  lane: Lane;
  model: string;
  /** null: nobody knows. */
  price: Price | null;
  system: string;
  /** As the ledger keeps them; they say which request it is. */
  messages: ChatMessage[];
  /** All texts that are sent. */
  texts: readonly string[];
  /** Tokens of the answer, at most. */
  mostOutput: number;
  /** As sent now: they change where the server objects to one. */
  params: () => Record<string, unknown>;
  /** What a transcript holds for it; null: nothing. */
  recorded: (source: ReplaySource) => ReplayEntry | null;
  send: (params: Record<string, unknown>, patience: Patience, signal: AbortSignal) => Promise<Outcome>;
}

export interface Desk {
  ledger: LedgerStore;
  book: Book;
  replay: ReplaySource | null;
  clean: (text: string) => string;
  now: () => number;
  random: () => number;
}

/** Answers that are paid for and will not be better: they are not asked for again either. */
const FINAL: readonly (LlmErrorKind | undefined)[] = ["length", "filtered"];

export const answerOf = (row: LlmCall, reused: boolean): LlmAnswer => ({
  callId: row.id,
  text: row.answer ?? "",
  reasoning: row.reasoning ?? "",
  endpoint: row.endpoint,
  model: row.model,
  tokens: row.tokens,
  cost: row.cost,
  reused,
});

const errorOf = (row: LlmCall, fix: string, { reused = false, times = 1 } = {}): LlmError => {
  const { kind } = row.error!;
  const message = `${row.error!.message}${times > 1 ? ` It was asked ${times} times.` : ""}`;
  return new LlmError(kind, message, fix, kind === "length" ? answerOf(row, reused) : null);
};

/** Hash of the request with given parameters. */
const hashOf = ({ lane, model, system, messages }: Call, params: Record<string, unknown>): string =>
  requestHash({ baseUrl: lane.endpoint.baseUrl, model, params, system, messages });

/** Whether a row is of this very request, perhaps without a parameter that its server objected to. */
function same(call: Call, row: LlmCall): boolean {
  if (row.requestHash === hashOf(call, call.params())) return true;
  const limit = (p: Record<string, unknown>) => p.max_tokens ?? p.max_completion_tokens;
  const [now, then] = [call.params(), row.params];
  const subset = Object.entries(then).every(
    ([name, value]) =>
      name === "max_tokens" ||
      name === "max_completion_tokens" ||
      JSON.stringify(now[name]) === JSON.stringify(value),
  );
  return subset && limit(now) === limit(then) && row.requestHash === hashOf(call, then);
}

const promptHashOf = ({ system }: Call): string | null => (system === "" ? null : sha256(system));

function newRow(call: Call, attempt: number, desk: Desk): LlmCall {
  const { place, role, lane, model, messages, texts, mostOutput } = call;
  const params = call.params();
  const price = call.price ?? { input: 0, output: 0 };
  const input = mostTokens(texts);
  const promptHash = promptHashOf(call);
  return {
    id: uuidOf(place.campaignId ?? "none", place.key, attempt),
    ...{ campaignId: place.campaignId, experimentId: place.experimentId, key: place.key, attempt },
    ...{ role, endpoint: lane.endpoint.name, model, modelServed: null },
    ...{ requestHash: hashOf(call, params), promptHash, params },
    // A short key may occur in hashes by chance, and they would no longer say which texts they stand for.
    messages:
      role === "embedding" ? messages : messages.map((m) => ({ ...m, content: desk.clean(m.content) })),
    ...{ state: "sent", source: "server" },
    reserved: { tokens: input + mostOutput, cost: costOf(price, input, mostOutput) },
    price,
    ...{ answer: null, reasoning: null, finishReason: null, usage: null },
    ...{ estimated: false, tokens: 0, cost: 0, error: null, verdict: null },
    note: call.price ? null : "The price of the model is not known; it counts as 0.",
    sentAt: new Date(desk.now()).toISOString(),
    ...{ firstByteSeconds: null, seconds: null },
  };
}

const nextAttempt = (rows: readonly LlmCall[]): number => Math.max(-1, ...rows.map((r) => r.attempt)) + 1;

/** What the ledger holds already: a row that settles the call, or null. Throws LlmError "twice". */
function settledBy(call: Call, rows: readonly LlmCall[], clean: Desk["clean"]): LlmCall | null {
  const own = rows.filter((row) => same(call, row));
  const known = own.findLast((r) => r.state === "done") ?? own.findLast((r) => FINAL.includes(r.error?.kind));
  if (known) return known;
  // Another model was asked the same here before a crash, and answered: that is paid for, and an answer.
  const asked = JSON.stringify(call.messages.map((m) => ({ ...m, content: clean(m.content) })));
  const other = rows.findLast(
    (r) => r.state === "done" && r.promptHash === promptHashOf(call) && JSON.stringify(r.messages) === asked,
  );
  if (other) return other;
  // A row that is still "sent" is from a program that was killed, too: this one has sent nothing here.
  const lost = own.filter((row) => row.state === "unknown" || row.state === "sent").length;
  if (lost < 2) return null;
  throw new LlmError(
    "twice",
    `The program was killed twice while ${call.lane.endpoint.name} (${call.model}) was asked for ${call.place.key}. It may have been paid for twice, and is not sent a third time.`,
    "The built-in agent takes this step. Look at what ends the program.",
  );
}

/** Rejects with an LlmError, or with the signal's reason. */
export async function settle(call: Call, desk: Desk, signal: AbortSignal): Promise<LlmAnswer> {
  const { ledger } = desk;
  const rows = ledger.at(call.place.campaignId, call.place.key);
  const known = settledBy(call, rows, desk.clean);
  if (known?.state === "done") return answerOf(known, true);
  if (known)
    throw errorOf(known, "This outcome was stored before; nothing was sent again.", { reused: true });
  if (call.system !== "") ledger.putPrompt(sha256(call.system), call.role, desk.clean(call.system));
  const attempt = nextAttempt(rows);
  return desk.replay ? replayed(call, attempt, desk) : sent(call, attempt, desk, signal);
}

async function sent(call: Call, first: number, desk: Desk, signal: AbortSignal): Promise<LlmAnswer> {
  const { lane } = call;
  const failures: LlmErrorKind[] = [];
  for (let attempt = first; ; attempt++) {
    const { row, failure } = await lane.through(signal, () =>
      once(call, attempt, failures.length === 0 ? lane.patience() : lane.endpoint, desk, signal),
    );
    if (failure === null) return answerOf(row, false);
    const change = failure.kind === "request" ? objection(failure.said, row.params) : null;
    if (change && lane.adapt(change)) continue;
    failures.push(failure.kind);
    const wait = waitBefore(failures, failure.retryAfterMs, desk.random);
    if (wait === null) throw errorOf(row, desk.clean(failure.fix), { times: failures.length });
    lane.check();
    await pause(wait, lane.until(signal));
  }
}

/** One request and its row: stored before it is sent, and with its outcome before anybody reads it. */
async function once(call: Call, attempt: number, patience: Patience, desk: Desk, signal: AbortSignal) {
  const { book, clean, now } = desk;
  const row = newRow(call, attempt, desk);
  await book.open(row, call.price !== null, call.lane.until(signal));
  const start = now();
  let outcome: Outcome;
  try {
    outcome = await call.send(row.params, patience, signal);
  } catch (error) {
    book.close({ ...row, state: "cancelled", seconds: Math.max(0, (now() - start) / 1000) });
    throw error;
  }
  const failure = outcome.failure && { ...outcome.failure, message: clean(outcome.failure.message) };
  const done = finished(row, { ...outcome, failure }, call.texts, call.mostOutput, clean);
  book.close(done);
  const { firstByteSeconds, longestGapSeconds } = outcome;
  return {
    row: done,
    failure,
    heard: firstByteSeconds === null ? null : { firstByteSeconds, longestGapSeconds },
    tooSoon: failure?.kind === "stalled" && gaveUpTooSoon(call.lane.endpoint, patience, outcome),
  };
}

/** The answer that the transcript holds, as a row that cost nothing. */
function replayed(call: Call, attempt: number, desk: Desk): LlmAnswer {
  const entry = call.recorded(desk.replay!);
  if (!entry)
    throw new LlmError(
      "replay",
      `The transcript holds no answer for ${call.place.key}.`,
      "Nothing was sent: with a transcript no server is asked. The built-in agent takes this step.",
    );
  const row = newRow(call, attempt, desk);
  const done: LlmCall = {
    ...row,
    state: entry.error ? "failed" : "done",
    source: "replay",
    // Who answered then is credited, whoever would have been asked now.
    ...{ endpoint: entry.endpoint, model: entry.model, modelServed: entry.modelServed },
    reserved: { tokens: 0, cost: 0 },
    price: { input: 0, output: 0 },
    answer: entry.error && entry.text === "" ? null : entry.text,
    reasoning: entry.reasoning === "" ? null : entry.reasoning,
    finishReason: entry.finishReason,
    usage: entry.usage,
    error: entry.error,
    note: entry.requestHash === row.requestHash ? null : "The request differs from the recorded one.",
    seconds: 0,
  };
  desk.ledger.put(done);
  if (done.state === "done") return answerOf(done, false);
  throw errorOf(done, "The transcript holds this failure.");
}
