/** Transcripts: what a campaign's models answered, as JSON Lines, to run it again without a server. */
import { z } from "zod";
import { type LlmCall, LlmErrorKind } from "../../shared/llm.ts";
import { decodeVectors, hashesIn } from "./vectors.ts";

const Entry = z.object({
  key: z.string(),
  requestHash: z.string(),
  /** Which endpoint and model were asked, and what the server said it used. */
  endpoint: z.string(),
  model: z.string(),
  modelServed: z.string().nullable(),
  /** Hashes of the texts whose vectors it holds, in order; null: it is no request for embeddings. */
  embedded: z.array(z.string()).nullable(),
  text: z.string(),
  reasoning: z.string(),
  finishReason: z.string().nullable(),
  usage: z.object({ input: z.number(), output: z.number() }).nullable(),
  /** What the call failed with; null: it was answered. */
  error: z.object({ kind: LlmErrorKind, message: z.string() }).nullable(),
});
export type ReplayEntry = z.infer<typeof Entry>;

/** Answers by their places in the loop, and vectors; null where it holds none. */
export interface ReplaySource {
  answer(key: string): ReplayEntry | null;
  /**
   * The vector of a text under an embedding model. Which texts are asked for at one place depends on which were known
   * before, and so on the order of things, which need not be the recorded one.
   */
  vector(model: string, textHash: string): Float32Array | null;
}

const Header = z.looseObject({ cambrian: z.literal("transcript"), version: z.number() });
const VERSION = 2;

/**
 * One line for the header, then one for each place of the loop: its last answer, or its last failure where there is none.
 * What the program gave up, or was killed in, is left out.
 */
export function writeTranscript(header: Record<string, unknown>, calls: readonly LlmCall[]): string {
  const chosen = new Map<string, LlmCall>();
  for (const call of calls) {
    const before = chosen.get(call.key);
    if (call.state === "done" || (call.state === "failed" && before?.state !== "done"))
      chosen.set(call.key, call);
  }
  const entries = [...chosen.values()].map(
    (call): ReplayEntry => ({
      key: call.key,
      requestHash: call.requestHash,
      endpoint: call.endpoint,
      model: call.model,
      modelServed: call.modelServed,
      embedded: call.role === "embedding" ? call.messages.flatMap((m) => hashesIn(m.content)) : null,
      text: call.answer ?? "",
      reasoning: call.reasoning ?? "",
      finishReason: call.finishReason,
      usage: call.usage,
      error: call.error,
    }),
  );
  const first = { ...header, cambrian: "transcript", version: VERSION };
  return `${[first, ...entries].map((line) => JSON.stringify(line)).join("\n")}\n`;
}

const vectorKey = (model: string, textHash: string): string => JSON.stringify([model, textHash]);

function vectorsIn(entry: ReplayEntry): Float32Array[] | null {
  try {
    return decodeVectors(entry.text);
  } catch {
    return null;
  }
}

/** @throws RangeError that names the line */
export function readTranscript(text: string): { header: Record<string, unknown>; source: ReplaySource } {
  const lines = text.replace(/^\uFEFF/, "").split(/\r?\n/);
  const parse = <S extends z.ZodType>(schema: S, i: number): z.output<S> => {
    let value: unknown;
    try {
      value = JSON.parse(lines[i]!);
    } catch {
      throw new RangeError(`line ${i + 1} is no JSON; the file may have been cut or edited.`);
    }
    const read = schema.safeParse(value);
    if (read.success) return read.data;
    throw new RangeError(
      `line ${i + 1} is not what a transcript holds there: ${z.prettifyError(read.error)}`,
    );
  };
  const { cambrian: _, version, ...header } = parse(Header, 0);
  if (version !== VERSION)
    throw new RangeError(`line 1: it has version ${version}; this program reads version ${VERSION}.`);
  const entries = new Map<string, ReplayEntry>();
  const vectors = new Map<string, Float32Array>();
  for (let i = 1; i < lines.length; i++) {
    if (lines[i]!.trim() === "") continue;
    const entry = parse(Entry, i);
    entries.set(entry.key, entry);
    if (entry.embedded === null || entry.error !== null) continue;
    const found = vectorsIn(entry);
    if (found?.length !== entry.embedded.length)
      throw new RangeError(`line ${i + 1} does not hold the vectors of ${entry.embedded.length} texts.`);
    for (const [j, hash] of entry.embedded.entries()) vectors.set(vectorKey(entry.model, hash), found[j]!);
  }
  const source: ReplaySource = {
    answer: (key) => entries.get(key) ?? null,
    vector: (model, textHash) => vectors.get(vectorKey(model, textHash)) ?? null,
  };
  return { header, source };
}
