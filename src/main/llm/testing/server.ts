/**
 * A language model for tests: an OpenAI-compatible server on loopback that answers by script, with real HTTP and real
 * server-sent events, as well or as badly as a test wants.
 */
import { createServer, type IncomingHttpHeaders, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { sha256 } from "../../../shared/hash.ts";

export interface Message {
  role: string;
  content: string;
}

/** What a script is asked. */
export interface Request {
  /** From the first line of the system message, "Role: judge"; "" without one. */
  role: string;
  model: string;
  messages: Message[];
  /** 0 for the server's first chat request. */
  n: number;
  headers: IncomingHttpHeaders;
  body: Record<string, unknown>;
}

/** A good answer streamed in 4 pieces, unless something is said. */
export interface Reply {
  text?: string;
  reasoning?: string;
  /** Where reasoning is sent; servers differ. */
  reasoningField?: "reasoning" | "reasoning_content";
  /** Left out: counted from the texts. null: the server says nothing. */
  usage?: { input: number; output: number } | null;
  /** "stop" when left out; null: the stream ends without one. */
  finish?: string | null;
  /** The model that the server says it used. */
  model?: string;
  /** 400 and above: `body` is sent, with `headers`. */
  status?: number;
  headers?: Record<string, string>;
  body?: string;
  /** Milliseconds before anything is sent, headers included. */
  delayMs?: number;
  /** Milliseconds before each piece. */
  chunkMs?: number;
  chunks?: number;
  /** Silence for ever after so many pieces. */
  stallAfter?: number;
  /** The connection breaks after so many pieces. */
  cutAfter?: number;
  /** What comes in place of the rest after the finish_reason, or after the usage; an error comes 300 ms later. */
  after?: { event: "finish" | "usage"; comes: "nothing" | "break" | "error" };
  /** One JSON object, as from a server that ignores `stream`. */
  plain?: boolean;
  /** A piece in the middle is no JSON. */
  malformed?: boolean;
  /** Sent as one event in the middle of the stream: {"error": …}. */
  streamError?: { message: string; code?: string | number; type?: string };
}

export type Script = (request: Request) => Reply | Promise<Reply>;

export interface Hit {
  path: string;
  /** "embedding" for a request for embeddings. */
  role: string;
  model: string;
  /** Milliseconds since 1970. */
  at: number;
  authorization: string | null;
  headers: IncomingHttpHeaders;
  body: Record<string, unknown>;
  /** Requests being answered when it came, itself included. */
  open: number;
  /** The client hung up before the answer was complete. */
  hungUp: boolean;
}

export interface ServerOptions {
  models?: string[];
  /** Numbers of a vector; 0: no embeddings, 404. */
  dimensions?: number;
  onHit?: (hit: Hit) => void;
}

export interface TestServer {
  /** Base URL, with /v1. */
  url: string;
  /** Chat and embedding requests, in the order in which they came. */
  hits: Hit[];
  close(): Promise<void>;
}

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** `n` pieces of a text, none of which splits a surrogate pair. */
function pieces(text: string, n: number): string[] {
  const chars = [...text];
  const size = Math.max(1, Math.ceil(chars.length / n));
  return Array.from({ length: Math.ceil(chars.length / size) }, (_, i) =>
    chars.slice(i * size, (i + 1) * size).join(""),
  );
}

/** Words of a text, hashed into a unit vector: texts that share words are near each other. */
export function vectorOf(text: string, dimensions: number): number[] {
  const vector = new Array<number>(dimensions).fill(0);
  for (const word of text.toLowerCase().match(/\p{L}+/gu) ?? ["empty"]) {
    const hash = Number.parseInt(sha256(word).slice(0, 8), 16);
    vector[hash % dimensions]! += hash & 1 ? 1 : -1;
  }
  vector[0]! += 0.001;
  return vector;
}

const roleOf = (messages: Message[]): string =>
  messages
    .find((m) => m.role === "system")
    ?.content.match(/^Role: *(\S+)/)?.[1]
    ?.toLowerCase() ?? "";

async function answer(reply: Reply, request: Request, response: ServerResponse): Promise<void> {
  const { text = "", reasoning = "", finish = "stop", reasoningField = "reasoning_content" } = reply;
  if (reply.delayMs) await sleep(reply.delayMs);
  const json = { "content-type": "application/json", ...reply.headers };
  if (reply.status !== undefined && reply.status >= 300) {
    response
      .writeHead(reply.status, json)
      .end(reply.body ?? JSON.stringify({ error: { message: `status ${reply.status}` } }));
    return;
  }
  const model = reply.model ?? request.model;
  const sent = request.messages.reduce((sum, m) => sum + m.content.length, 0);
  const counted =
    reply.usage === undefined
      ? { input: Math.ceil(sent / 4), output: Math.ceil((text + reasoning).length / 4) }
      : reply.usage;
  const usage = counted && {
    prompt_tokens: counted.input,
    completion_tokens: counted.output,
    total_tokens: counted.input + counted.output,
  };
  const head = { id: `chatcmpl-${request.n}`, created: 0, model };
  const count = reply.chunks ?? 4;

  let parts: string[];
  if (reply.plain || reply.body !== undefined) {
    const message = { role: "assistant", content: text, ...(reasoning && { [reasoningField]: reasoning }) };
    const whole = JSON.stringify({
      ...head,
      object: "chat.completion",
      choices: [{ index: 0, message, finish_reason: finish }],
      ...(usage && { usage }),
    });
    parts = pieces(reply.body ?? whole, count);
    response.writeHead(reply.status ?? 200, json);
  } else {
    const event = (choices: unknown[], more: object = {}) =>
      `data: ${JSON.stringify({ ...head, object: "chat.completion.chunk", choices, ...more })}\n\n`;
    const piece = (delta: object) => event([{ index: 0, delta, finish_reason: null }]);
    parts = [
      ...pieces(reasoning, count).map((part) => piece({ [reasoningField]: part })),
      ...pieces(text, count).map((part) => piece({ content: part })),
    ];
    const middle = Math.floor(parts.length / 2);
    if (reply.malformed) parts.splice(middle, 0, 'data: {"choices": [{"delta"\n\n');
    if (reply.streamError)
      parts.splice(middle, 0, `data: ${JSON.stringify({ error: reply.streamError })}\n\n`);
    const end = finish === null ? [] : [event([{ index: 0, delta: {}, finish_reason: finish }])];
    const asked = (request.body.stream_options as { include_usage?: boolean } | undefined)?.include_usage;
    if (usage && asked && reply.after?.event !== "finish") end.push(event([], { usage }));
    if (finish !== null && !reply.after) end.push("data: [DONE]\n\n");
    if (reply.cutAfter === undefined && reply.stallAfter === undefined) parts.push(...end);
    response.writeHead(200, { "content-type": "text/event-stream", ...reply.headers });
    response.write(piece({ role: "assistant", content: "" }));
  }
  for (const [i, part] of parts.entries()) {
    if (i === reply.stallAfter) return;
    if (i === reply.cutAfter) return void response.destroy();
    if (reply.chunkMs) await sleep(reply.chunkMs);
    if (response.destroyed) return;
    // What was written must have left before a connection is broken on purpose.
    await new Promise<void>((resolve) => response.write(part, () => resolve()));
  }
  if (reply.stallAfter !== undefined) return;
  if (reply.after?.comes === "nothing") return;
  if (reply.after?.comes === "error") {
    await sleep(300);
    response.write('data: {"error": {"message": "too late"}}\n\n');
  }
  if (reply.cutAfter !== undefined || reply.after?.comes === "break") return void response.destroy();
  response.end();
}

/** Starts the server on a free port of 127.0.0.1. A script that throws answers 500 with its message. */
export async function startServer(script: Script, options: ServerOptions = {}): Promise<TestServer> {
  const { models = ["test-model"], dimensions = 64, onHit } = options;
  const hits: Hit[] = [];
  let n = 0;
  let open = 0;
  const server = createServer(async (incoming, response) => {
    const path = new URL(incoming.url!, "http://localhost").pathname;
    const json = (status: number, body: unknown) =>
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
    let raw = "";
    for await (const piece of incoming.setEncoding("utf8")) raw += piece;
    if (incoming.method === "GET" && path === "/v1/models")
      return json(200, { object: "list", data: models.map((id) => ({ id, object: "model" })) });
    const chat = path === "/v1/chat/completions";
    if (incoming.method !== "POST" || !(chat || path === "/v1/embeddings"))
      return json(404, { error: { message: `no ${path} here` } });
    const body = JSON.parse(raw) as Record<string, unknown>;
    const messages = (body.messages ?? []) as Message[];
    const hit: Hit = {
      path,
      role: chat ? roleOf(messages) : "embedding",
      model: String(body.model),
      at: Date.now(),
      authorization: incoming.headers.authorization ?? null,
      headers: incoming.headers,
      body,
      open: ++open,
      hungUp: false,
    };
    response.on("close", () => {
      open--;
      hit.hungUp = !response.writableFinished;
    });
    hits.push(hit);
    onHit?.(hit);
    if (!chat) {
      if (dimensions === 0) return json(404, { error: { message: "this server has no embeddings" } });
      const input = ([] as string[]).concat(body.input as string | string[]);
      const data = input.map((text, index) => ({
        object: "embedding",
        index,
        embedding: vectorOf(text, dimensions),
      }));
      const prompt_tokens = Math.ceil(input.join("").length / 4);
      return json(200, {
        object: "list",
        model: hit.model,
        data,
        usage: { prompt_tokens, total_tokens: prompt_tokens },
      });
    }
    const request: Request = {
      role: hit.role,
      model: hit.model,
      messages,
      n: n++,
      headers: incoming.headers,
      body,
    };
    try {
      await answer(await script(request), request, response);
    } catch (error) {
      if (response.headersSent) response.destroy();
      else json(500, { error: { message: `the script failed: ${String(error)}` } });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    hits,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
