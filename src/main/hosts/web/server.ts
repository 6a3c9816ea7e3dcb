/** The web host's server: the renderer's files, a way in, and one WebSocket for each screen. On 127.0.0.1 only. */
import { randomBytes } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { type WebSocket, WebSocketServer } from "ws";
import { MAX_MESSAGE } from "../../../shared/wire.ts";
import { readAsset } from "../../server/assets.ts";
import { connection } from "../../server/connection.ts";
import { securityHeaders } from "../../server/policy.ts";
import type { Service } from "../../server/service.ts";
import {
  cookieName,
  cookieOf,
  failureLimit,
  hostAllowed,
  newSession,
  originAllowed,
  SESSION_SECONDS,
  same,
  sessionValid,
} from "./access.ts";
import type { Keys } from "./keys.ts";

export interface WebServer {
  /** Where it listens, without the token. */
  url: string;
  port: number;
  /** A token that lets one browser in, once, within a minute: others on the machine can see a browser's arguments. */
  ticket(): string;
  /** Breaks all connections and stops listening. */
  close(): Promise<void>;
}

export interface WebServerOptions {
  service: Service;
  keys: Keys;
  /** Folder of the built renderer. */
  root: string;
  /** 0: any that is free. */
  port: number;
  log?: (line: string) => void;
}

const ADDRESS = "127.0.0.1";
const MAX_SOCKETS = 32;
/** A connection that does not answer for this long is dead: a tunnel broke, or a machine sleeps. */
const ALIVE_MS = 30_000;
/** Wrong tokens a minute before no more are looked at. */
const MOST_FAILURES = 10;
const TICKET_MS = 60_000;

/** Starts listening. @throws with code EADDRINUSE when the port is taken */
export async function startWebServer(options: WebServerOptions): Promise<WebServer> {
  const { service, keys, root, log } = options;
  const failures = failureLimit(MOST_FAILURES, 60_000);
  // Permessage-deflate would cost memory by connection, and what goes out stays on this machine or in an SSH tunnel.
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: 4 * MAX_MESSAGE,
    perMessageDeflate: false,
  });
  const server = createServer((request, response) => {
    answer(request, response).catch((error) => {
      log?.(String(error instanceof Error ? error.stack : error));
      if (!response.headersSent) reply(response, 500, "Something went wrong inside Cambrian.");
      else response.destroy();
    });
  });
  // A page's requests are short; these are for whoever opens connections only to hold them.
  server.headersTimeout = 10_000;
  server.requestTimeout = 20_000;
  let port = 0;
  /** With their end. */
  const tickets = new Map<string, number>();

  const reply = (response: ServerResponse, status: number, text: string, headers = {}) =>
    response
      .writeHead(status, {
        ...securityHeaders([`ws://${ADDRESS}:${port}`, `ws://localhost:${port}`]),
        "Content-Type": "text/plain; charset=utf-8",
        "Cache-Control": "no-store",
        ...headers,
      })
      .end(text);

  /** Status and reason to refuse with; null for one of our own. */
  function refusal({ headers }: IncomingMessage, needsOrigin: boolean): [number, string] | null {
    if (!hostAllowed(headers.host, port)) return [421, "This is not the address of this server."];
    if (!originAllowed(headers.origin, headers.host, needsOrigin)) return [403, "Only its own page may ask."];
    return null;
  }
  const hasSession = ({ headers }: IncomingMessage) =>
    sessionValid(cookieOf(headers.cookie, cookieName(port)), keys.session, Date.now());

  function takeTicket(token: string, now: number): boolean {
    for (const [ticket, end] of tickets) {
      if (now > end || same(token, ticket)) tickets.delete(ticket);
      if (now <= end && same(token, ticket)) return true;
    }
    return false;
  }

  function exchange(request: IncomingMessage, response: ServerResponse, token: string): void {
    const now = Date.now();
    if (!failures.allowed(now)) {
      reply(response, 429, "Too many wrong tokens. Wait a minute, then open the printed address again.");
      return;
    }
    if (!same(token, keys.token) && !takeTicket(token, now)) {
      failures.failed(now);
      reply(
        response,
        403,
        "This address is no longer valid. Open the one that was printed at the last start.",
      );
      return;
    }
    const cookie = `${cookieName(port)}=${newSession(keys.session, now)}; HttpOnly; SameSite=Strict; Path=/; Max-Age=${SESSION_SECONDS}`;
    // A strict cookie does not go along on a way that another site began (a link in a web page): from a page of ours it does.
    if (request.headers["sec-fetch-site"] === "cross-site") {
      const page = '<!doctype html><meta http-equiv="refresh" content="0;url=/"><a href="/">Cambrian</a>';
      reply(response, 200, page, { "Content-Type": "text/html; charset=utf-8", "Set-Cookie": cookie });
      return;
    }
    reply(response, 303, "", { Location: "/", "Set-Cookie": cookie });
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const refused = refusal(request, false);
    if (refused) {
      reply(response, ...refused);
      return;
    }
    if (request.method !== "GET" && request.method !== "HEAD") {
      reply(response, 405, "Only GET and HEAD.", { Allow: "GET, HEAD" });
      return;
    }
    const url = new URL(request.url ?? "/", `http://${ADDRESS}`);
    if (url.pathname === "/healthz") {
      reply(response, 200, "ok\n");
      return;
    }
    const token = url.pathname === "/" ? url.searchParams.get("token") : null;
    if (token !== null) {
      exchange(request, response, token);
      return;
    }
    if (!hasSession(request)) {
      reply(response, 401, "Open the address that Cambrian printed when it started: it holds a token.");
      return;
    }
    const asset = await readAsset(root, url.pathname);
    if (asset === null) {
      reply(response, 404, "There is no such page.");
      return;
    }
    const headers = {
      ...securityHeaders([`ws://${ADDRESS}:${port}`, `ws://localhost:${port}`]),
      "Content-Type": asset.type,
      "Cache-Control": asset.cache,
      "Content-Length": asset.body.length,
    };
    response.writeHead(200, headers).end(request.method === "HEAD" ? undefined : asset.body);
  }

  function upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const path = (request.url ?? "").split("?")[0];
    const refused =
      refusal(request, true) ??
      (path !== "/ws" ? ([404, "Not found"] as const) : null) ??
      (hasSession(request) ? null : ([401, "No session"] as const)) ??
      (sockets.clients.size >= MAX_SOCKETS ? ([503, "Too many windows"] as const) : null);
    if (refused) {
      socket.end(`HTTP/1.1 ${refused[0]} ${refused[1]}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
      return;
    }
    sockets.handleUpgrade(request, socket, head, (opened) => serve(service, opened, log));
  }

  server.on("upgrade", (request, socket, head) => {
    socket.on("error", () => socket.destroy());
    upgrade(request, socket, head);
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port, ADDRESS, () => {
      server.off("error", reject);
      resolve();
    });
  });
  port = (server.address() as { port: number }).port;

  return {
    url: `http://${ADDRESS}:${port}/`,
    port,
    ticket() {
      const ticket = randomBytes(32).toString("base64url");
      tickets.set(ticket, Date.now() + TICKET_MS);
      return ticket;
    },
    async close() {
      for (const socket of sockets.clients) socket.terminate();
      sockets.close();
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

/** One screen over one WebSocket. */
function serve(service: Service, socket: WebSocket, log?: (line: string) => void): void {
  const client = connection(service, (text) => socket.send(text), log);
  let alive = true;
  const timer = setInterval(() => {
    if (!alive) socket.terminate();
    alive = false;
    socket.ping();
  }, ALIVE_MS);
  socket.on("pong", () => {
    alive = true;
  });
  socket.on("message", (data, isBinary) => {
    // 1008: a message that no page of ours sends.
    if (isBinary || !client.receive(String(data))) socket.close(1008);
  });
  socket.on("error", () => socket.terminate());
  socket.on("close", () => {
    clearInterval(timer);
    client.close();
  });
}
