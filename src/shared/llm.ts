/** Language models in the roles of the loop: endpoints, settings, and the ledger's row for every request. */
import { z } from "zod";

export const ROLES = [
  "researcher",
  "novelty",
  "checker",
  "engineer",
  "analyst",
  "judge",
  "summariser",
  "extractor",
] as const;
export const Role = z.enum(ROLES);
export type Role = z.infer<typeof Role>;

/** Money per million tokens, in whatever currency the user thinks in. */
export const Price = z.object({ input: z.number().min(0), output: z.number().min(0) });
export type Price = z.infer<typeof Price>;

/** A model behind an OpenAI-compatible server. The key is never a part of it, only the name under which it is kept. */
export const Endpoint = z.object({
  name: z.string().min(1).max(60),
  baseUrl: z.url(),
  model: z.string().min(1),
  /** Environment variable, or name in the host's secret store, that holds the key; a local server needs none. */
  keyName: z
    .string()
    .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, "must be the name of an environment variable, never the key itself")
    .default("CAMBRIAN_LLM_API_KEY"),
  /** Tokens of prompt and answer together. Prompts are cut to fit, because some servers truncate in silence. */
  contextWindow: z.number().int().min(2048).default(32_768),
  /** Longest answer, in tokens, reasoning included. */
  maxOutput: z.number().int().min(256).default(8192),
  /** null: the price table's, which is 0 for a local server. */
  price: Price.nullable().default(null),
  /** null: the server's default. */
  temperature: z.number().min(0).max(2).nullable().default(null),
  reasoningEffort: z.enum(["none", "minimal", "low", "medium", "high"]).nullable().default(null),
  /** Requests at the same time. */
  concurrency: z.number().int().min(1).default(32),
  /** Model for embeddings at the same address; null: none, and BM25 alone is used. */
  embeddingModel: z.string().nullable().default(null),
  /** Limits on waiting, in seconds: for the first piece of an answer, between two pieces, and for the whole of it. */
  firstByteSeconds: z.number().positive().default(300),
  idleSeconds: z.number().positive().default(60),
  totalSeconds: z.number().positive().default(900),
});
export type Endpoint = z.infer<typeof Endpoint>;

/** Which model plays which role. */
export const LlmSettings = z.object({
  endpoints: z.array(Endpoint).min(1),
  /** Endpoint by role; the first endpoint plays the roles that are not named. */
  roles: z.partialRecord(Role, z.string()).default({}),
  /** Several models for the researcher; empty: the one of its role. */
  researchers: z
    .array(z.object({ endpoint: z.string(), weight: z.number().positive().default(1) }))
    .default([]),
  /** How one of several is chosen: by realised gain per cost, or by the fixed weights. */
  choice: z.enum(["thompson", "weights"]).default("thompson"),
  /** Answers of the judge whose mean and spread make its score. */
  judgeSamples: z.number().int().min(1).max(9).default(3),
});
export type LlmSettings = z.infer<typeof LlmSettings>;

/** Why a request brought no usable answer. */
export const LlmErrorKind = z.enum([
  "unreachable", // no connection, or it broke before an answer began
  "stalled", // no piece of the answer in time, or not all of it
  "cut", // the stream ended without a finish_reason
  "length", // finish_reason=length: the answer does not fit into the tokens allowed
  "filtered", // finish_reason=content_filter
  "rate", // 429
  "server", // 5xx, or an error in the stream
  "request", // 400, 404, 413, 422: asking again would fail again
  "key", // 401, 403
  "quota", // 402, or 429 because the account has nothing left
  "protocol", // an answer that is no chat completion, or empty
  "budget", // the campaign's budget holds no room for the request
  "open", // the endpoint's circuit breaker is open
  "twice", // its outcome is unknown for the second time: it is not paid for a third
  "replay", // the transcript holds no answer to it
]);
export type LlmErrorKind = z.infer<typeof LlmErrorKind>;

/** A message without the system prompt, which is stored once, by its hash. */
export const ChatMessage = z.object({ role: z.enum(["user", "assistant"]), content: z.string() });
export type ChatMessage = z.infer<typeof ChatMessage>;

/** A row of the ledger: written before the request is sent, completed by what came of it. */
export const LlmCall = z.object({
  id: z.uuid(),
  campaignId: z.uuid().nullable(),
  experimentId: z.uuid().nullable(),
  /** Its place in the loop, the same after a crash: `12/propose.0/researcher/0`. */
  key: z.string(),
  /** 0 for the first request at this place. */
  attempt: z.number().int().min(0),
  /** A role, or "embedding". */
  role: z.string(),
  endpoint: z.string(),
  model: z.string(),
  /** What the server says it used. */
  modelServed: z.string().nullable(),
  /** Hash of endpoint address, model, parameters and all messages. */
  requestHash: z.string(),
  /** Hash of the system prompt, which is stored once in `prompts`; null without one. */
  promptHash: z.string().nullable(),
  messages: z.array(ChatMessage),
  /** Parameters as sent: temperature, token limit and so on. */
  params: z.record(z.string(), z.unknown()),
  /**
   * sent: an answer is awaited. done: a whole answer is stored. failed: none came. unknown: the program was killed
   * meanwhile. cancelled: the program gave it up (a pause, a stop).
   */
  state: z.enum(["sent", "done", "failed", "unknown", "cancelled"]),
  /** replay: the answer comes from a transcript, and cost nothing. */
  source: z.enum(["server", "replay"]).default("server"),
  /** The most that it can cost, which counts while its outcome is open or unknown. */
  reserved: z.object({ tokens: z.number().int().min(0), cost: z.number().min(0) }),
  price: Price,
  answer: z.string().nullable(),
  /** Reasoning that the server sent beside the answer. */
  reasoning: z.string().nullable(),
  finishReason: z.string().nullable(),
  usage: z.object({ input: z.number().int().min(0), output: z.number().int().min(0) }).nullable(),
  /** Whether tokens and cost were estimated, because the server gave no usage. */
  estimated: z.boolean(),
  /** What counts against the budgets. */
  tokens: z.number().int().min(0),
  cost: z.number().min(0),
  error: z.object({ kind: LlmErrorKind, message: z.string() }).nullable(),
  /** What the role made of the answer: used, sent back for repair, or of no use; null while unread. */
  verdict: z.enum(["used", "repair", "unusable"]).nullable(),
  /** Why, where the answer was not used. */
  note: z.string().nullable(),
  sentAt: z.string(),
  /** Seconds until the first piece and until the end. */
  firstByteSeconds: z.number().nullable(),
  seconds: z.number().nullable(),
});
export type LlmCall = z.infer<typeof LlmCall>;

/** What counts against the budgets: reservations of open and unknown requests included. */
export interface LlmSpent {
  tokens: number;
  cost: number;
  /** Why the next request was refused, as a sentence; null while there is room. */
  refused: string | null;
}
