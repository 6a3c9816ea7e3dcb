/** A model for tests: answers by script, and remembers what it was asked. */
import type { EndpointState, Llm, LlmRequest } from "../../interfaces.ts";

/** Text of an answer, an answer with more to it, or the error that the request ends with. */
export type Reply = string | { text: string; reasoning?: string; cost?: number; tokens?: number } | Error;

export interface FakeLlm extends Llm {
  requests: LlmRequest[];
  marks: { callId: string; verdict: string; note?: string }[];
  embedded: string[];
}

export interface FakeOptions {
  limits?: { contextWindow: number; maxOutput: number };
  /** Vector of a text; without it there are no embeddings. */
  embed?: (text: string) => number[];
  endpoints?: EndpointState[];
}

/** @param script what the n-th request (from 0) is answered */
export function fakeLlm(
  script: (request: LlmRequest, n: number) => Reply,
  options: FakeOptions = {},
): FakeLlm {
  const requests: LlmRequest[] = [];
  const marks: FakeLlm["marks"] = [];
  const embedded: string[] = [];
  return {
    requests,
    marks,
    embedded,
    async ask(request, signal) {
      signal.throwIfAborted();
      const n = requests.push(structuredClone(request)) - 1;
      const reply = script(request, n);
      if (reply instanceof Error) throw reply;
      const full = typeof reply === "string" ? { text: reply } : reply;
      return {
        callId: `call-${n}`,
        reasoning: "",
        endpoint: request.endpoint,
        model: `model-of-${request.endpoint}`,
        tokens: 100,
        cost: 0.01,
        reused: false,
        ...full,
      };
    },
    mark: (callId, verdict, note) => void marks.push({ callId, verdict, note }),
    async embed(texts, _place, signal) {
      signal.throwIfAborted();
      embedded.push(...texts);
      const { embed } = options;
      return embed ? texts.map((t) => Float32Array.from(embed(t))) : null;
    },
    limits: () => options.limits ?? { contextWindow: 32_768, maxOutput: 8192 },
    spent: () => ({ tokens: 0, cost: 0, refused: null }),
    endpoints: () => options.endpoints ?? [],
  };
}

/** The answers one after the other; the last one again where more are asked for. */
export const inTurn =
  (...replies: Reply[]): ((request: LlmRequest, n: number) => Reply) =>
  (_, n) =>
    replies[Math.min(n, replies.length - 1)]!;

/** An answer in the tagged format. */
export const tagged = (p: { name: string; motivation: string; code: string }): string =>
  `NAME: ${p.name}\nMOTIVATION: ${p.motivation}\n\n\`\`\`python\n${p.code.trimEnd()}\n\`\`\`\n`;
