/** What is wrong with a request: any error, HTTP status or answer as one of the kinds, with what to do about it. */
import { APIConnectionError, APIError } from "openai";
import type { LlmErrorKind } from "../../shared/llm.ts";
import { retryAfter } from "./retry.ts";

export interface Failure {
  kind: LlmErrorKind;
  message: string;
  fix: string;
  retryAfterMs: number | null;
  /** The server may have worked for it, and may charge for it. An HTTP error costs nothing. */
  charged: boolean;
  /** All that the server said, where it refused the request: to find the parameter that it does not like. */
  said: string;
}

/** Whom a failure is about. */
export interface Asked {
  endpoint: string;
  baseUrl: string;
  model: string;
  keyName: string;
  hasKey: boolean;
}

/** No piece of an answer in time. */
export class Stalled extends Error {}
/** An answer that is no chat completion, or far too big. */
export class NoAnswer extends Error {}

/** Characters of what a server says that go into a message. */
const QUOTED = 400;

/** Characters of it that are looked at: matching tags takes time that grows with the square of the length. */
const LOOKED_AT = 4096;

/** What a server says, in one line: error pages of proxies are HTML. */
function quoted(text: string): string {
  const line = text
    .slice(0, LOOKED_AT)
    .replace(/<(style|script)\b[\s\S]*?(<\/\1>|$)|<[^>]*>/gi, " ")
    .replace(/\s+/g, " ")
    .trim();
  return line.length > QUOTED ? `${line.slice(0, QUOTED)}…` : line;
}

const says = (text: string): string => (quoted(text) ? `: ${quoted(text).replace(/[.\s]+$/, "")}.` : ".");

export function failure(
  kind: LlmErrorKind,
  message: string,
  fix: string,
  more: Partial<Failure> = {},
): Failure {
  return { kind, message, fix, retryAfterMs: null, charged: false, said: "", ...more };
}

const QUOTA_CODE = /insufficient_quota|billing_hard_limit|billing_not_active/i;
const QUOTA_WORDS =
  /billing|exceeded your current quota|insufficient (balance|credit|fund)|out of credits?|credit balance|credits? (is|are|has|have) (exhausted|depleted)|payment required|spend(ing)? limit/i;
const SOON = /try again in|retry in|per (minute|second)|retryDelay/i;
const BAD_KEY =
  /(api[ _-]?key|token|credential)s?\b[^.]{0,40}\b(not valid|invalid|incorrect|expired|missing|not found)|(invalid|incorrect|expired|missing|no) (api[ _-]?key|bearer token|auth)/i;
const TOO_LONG =
  /context[ _-]?(length|window|size)|maximum context|too many tokens|prompt is too long|too large/i;

/** An HTTP error status. `text`: the server's sentence; `whole`: all that it sent. */
export function ofStatus(
  status: number,
  text: string,
  whole: string,
  header: (name: string) => string | null,
  asked: Asked,
  now: number,
): Failure {
  const who = `${asked.endpoint} (${asked.model})`;
  const said = `${text}\n${whole}`;
  const wait = retryAfter(header, now);
  const key = () =>
    failure(
      "key",
      `${who} did not accept the key, with HTTP ${status}${says(text)}`,
      asked.hasKey
        ? `Check the key in ${asked.keyName}, and that it may use model ${asked.model}.`
        : `No key is set: put it into ${asked.keyName}.`,
    );
  const quota = () =>
    failure(
      "quota",
      `The account behind ${who} has nothing left, says HTTP ${status}${says(text)}`,
      "Add credit with the provider or raise its limit, or choose another model.",
    );
  if (status === 401 || status === 403) return key();
  if (status === 402) return quota();
  if (status === 429) {
    // Some providers speak of quota and billing when they mean requests a minute; those say when to come back.
    const soon = wait !== null || SOON.test(said);
    if (QUOTA_CODE.test(said) || (QUOTA_WORDS.test(said) && !soon)) return quota();
    return failure(
      "rate",
      `${who} limits how often it is asked, with HTTP 429${says(text)}`,
      `Lower the concurrency of endpoint ${asked.endpoint}, or ask the provider for a higher limit.`,
      { retryAfterMs: wait },
    );
  }
  if (status >= 300 && status < 400)
    return failure(
      "request",
      `${who} answered that its address is elsewhere, with HTTP ${status}. Nothing was sent there, because the key would have gone along.`,
      `Set the endpoint's base URL to its new address${header("location") ? ` (the server names ${quoted(header("location")!)})` : ""}.`,
    );
  // A timeout of a proxy, a conflict and "too early" pass; other requests that are refused will be refused again.
  // What a server does not implement it will not do the next time either.
  if ((status >= 500 && status !== 501) || [408, 409, 425].includes(status))
    return failure(
      "server",
      `${who} failed with HTTP ${status}${says(text)}`,
      "If it stays so, look at the server's log, or choose another endpoint.",
      { retryAfterMs: wait },
    );
  if (status === 400 && BAD_KEY.test(text)) return key();
  const fix =
    status === 404
      ? `Check the base URL ${asked.baseUrl} (most end in /v1) and that model ${asked.model} is there.`
      : status === 413 || TOO_LONG.test(text)
        ? `Lower contextWindow or maxOutput of endpoint ${asked.endpoint} to what the server allows.`
        : `Check the settings of endpoint ${asked.endpoint} against what its server accepts.`;
  return failure("request", `${who} refused the request with HTTP ${status}${says(text)}`, fix, {
    said: status === 400 || status === 422 ? said : "",
  });
}

/** An error object that came in place of an answer, in the stream or with status 200. */
export function ofErrorObject(error: unknown, asked: Asked, now: number): Failure {
  const e = (typeof error === "object" && error !== null ? error : { message: String(error) }) as Record<
    string,
    unknown
  >;
  const whole = JSON.stringify(e);
  const text = typeof e.message === "string" ? e.message : whole;
  const code = [e.code, e.status].map(Number).find((n) => n >= 400 && n <= 599);
  const named = `${e.type ?? ""} ${e.code ?? ""}`;
  const status =
    code ??
    (/auth|permission/i.test(named)
      ? 401
      : /rate|quota/i.test(named)
        ? 429
        : /invalid_request|not_found/i.test(named)
          ? 400
          : 500);
  const found = ofStatus(status, text, whole, () => null, asked, now);
  const message = found.message.replace(/HTTP \d+/, "an error in its answer");
  return { ...found, message, charged: true };
}

/** The innermost cause that has a code, such as ECONNREFUSED. */
function codeOf(error: unknown): string | null {
  for (let e = error, depth = 0; e instanceof Error && depth < 6; e = e.cause, depth++) {
    const inner = e instanceof AggregateError ? e.errors[0] : e;
    const { code } = inner as { code?: unknown };
    if (typeof code === "string" && code) return code;
  }
  return null;
}

const BEFORE_SENDING: Record<string, string> = {
  ECONNREFUSED: "nothing listens there",
  ENOTFOUND: "its name is not known",
  EAI_AGAIN: "its name could not be looked up",
  EHOSTUNREACH: "there is no way to it",
  ENETUNREACH: "there is no network",
  ETIMEDOUT: "it did not take the connection in time",
};

/** Any thrown thing. `begun`: a part of the answer had come. */
export function ofError(error: unknown, begun: boolean, asked: Asked, now: number): Failure {
  const who = `${asked.endpoint} (${asked.model})`;
  if (error instanceof Stalled)
    return failure(
      "stalled",
      `${who} ${error.message}.`,
      "Look whether the server is busy or hangs; raise firstByteSeconds, idleSeconds or totalSeconds for a slow one.",
      { charged: true },
    );
  const root = rootOf(error);
  if (root instanceof NoAnswer || root instanceof SyntaxError)
    return failure(
      "protocol",
      `${who} did not answer as a chat completion server does: ${quoted(root.message).replace(/[.\s]+$/, "")}.`,
      `Check the base URL ${asked.baseUrl}, and that no proxy stands between.`,
      { charged: true },
    );
  if (error instanceof APIError && !(error instanceof APIConnectionError)) {
    if (error.status === undefined) return ofErrorObject(error.error ?? error.message, asked, now);
    const whole = safeJson(error.error);
    const text = sentenceOf(error.error) ?? error.message.replace(/^\d+ /, "");
    const header = (name: string) => error.headers?.get(name) ?? null;
    return ofStatus(error.status, text, whole, header, asked, now);
  }
  const code = codeOf(error);
  const why = (code && BEFORE_SENDING[code]) ?? null;
  if (why !== null || /CERT|SSL|TLS|SIGNED|EPROTO/.test(code ?? ""))
    return failure(
      "unreachable",
      `${who} cannot be reached at ${asked.baseUrl}: ${why ?? `the connection is not safe (${code})`}.`,
      "Start the server, or correct the endpoint's base URL.",
    );
  if (begun)
    return failure(
      "cut",
      `The connection to ${who} broke in the middle of an answer${code ? ` (${code})` : ""}.`,
      "If it stays so, look at the server's log, or at a proxy's time limit.",
      { charged: true },
    );
  return failure(
    "unreachable",
    `The connection to ${who} broke before an answer began (${code ?? quoted(String((root as Error)?.message ?? root))}).`,
    "If it stays so, look at the server's log.",
    { charged: true },
  );
}

/** The SDK wraps what the transport throws. */
function rootOf(error: unknown): unknown {
  let root = error;
  for (let depth = 0; depth < 6 && root instanceof Error && root.cause instanceof Error; depth++)
    root = root.cause;
  return root;
}

function safeJson(value: unknown): string {
  try {
    return JSON.stringify(value) ?? "";
  } catch {
    return "";
  }
}

/** The sentence in a server's error body: {message}, {detail} or {error}, as text or as a list of {msg}. */
function sentenceOf(body: unknown): string | null {
  if (typeof body === "string") return body;
  if (typeof body !== "object" || body === null) return null;
  const { message, detail, error } = body as Record<string, unknown>;
  for (const said of [message, detail, error]) {
    if (typeof said === "string" && said) return said;
    if (Array.isArray(said)) return said.map((s) => (typeof s?.msg === "string" ? s.msg : "")).join("; ");
  }
  return null;
}

/** Parameters that a request can do without, and the two names of the limit. */
const OPTIONAL = ["reasoning_effort", "temperature", "stream_options"];
const LIMITS = ["max_tokens", "max_completion_tokens"];
const UNKNOWN_NAME =
  /unsupported|not supported|unknown|unrecogni[sz]ed|not permitted|forbidden|instead|unexpected/i;

/**
 * Which of the parameters that were sent a server objects to, from what it said with HTTP 400 or 422: it is left out from
 * then on, or the limit is sent under its other name. null: it objects to something else.
 */
export function objection(
  said: string,
  params: Record<string, unknown>,
): { drop: string } | { rename: [from: string, to: string] } | null {
  // "max_tokens is too large" is about its value.
  if (TOO_LONG.test(said)) return null;
  const names = (name: string) => new RegExp(`(^|[^a-z_])${name}([^a-z_]|$)`, "i").test(said);
  const sent = LIMITS.find((name) => params[name] !== undefined);
  const other = LIMITS.find((name) => name !== sent)!;
  if (sent && names(sent) && UNKNOWN_NAME.test(said)) return { rename: [sent, other] };
  const dropped = OPTIONAL.find((name) => params[name] !== undefined && names(name));
  return dropped ? { drop: dropped } : null;
}
