/** The two ways to a service, as tests use them: over real HTTP and WebSocket, and over a stand-in for Electron's IPC. */
import { EventEmitter } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { WebSocket } from "ws";
import type { ServerMessage } from "../../../shared/wire.ts";
import { serveIpc } from "../../hosts/electron/ipc.ts";
import { makeKeys } from "../../hosts/web/keys.ts";
import { startWebServer } from "../../hosts/web/server.ts";
import type { Service } from "../service.ts";

/** One client's end. */
export interface Client {
  send(message: unknown): void;
  sendText(text: string): void;
  /** The first message, seen or to come, that fits; each is given once. */
  next(fits?: (message: ServerMessage) => boolean): Promise<ServerMessage>;
  /** All that has come and was not asked for. */
  waiting: ServerMessage[];
  /** Breaks the connection without a word. */
  cut(): void;
}

export interface Host {
  connect(): Promise<Client>;
  close(): Promise<void>;
}

function inbox() {
  const waiting: ServerMessage[] = [];
  const wanted: { fits: (m: ServerMessage) => boolean; resolve: (m: ServerMessage) => void }[] = [];
  return {
    waiting,
    receive(text: string) {
      const message = JSON.parse(text) as ServerMessage;
      const at = wanted.findIndex(({ fits }) => fits(message));
      if (at < 0) waiting.push(message);
      else wanted.splice(at, 1)[0]!.resolve(message);
    },
    next(fits: (m: ServerMessage) => boolean = () => true): Promise<ServerMessage> {
      const at = waiting.findIndex(fits);
      if (at >= 0) return Promise.resolve(waiting.splice(at, 1)[0]!);
      return new Promise((resolve) => wanted.push({ fits, resolve }));
    },
  };
}

export async function webHost(service: Service): Promise<Host> {
  const home = mkdtempSync(join(tmpdir(), "cambrian-web-"));
  const keys = makeKeys(home);
  const server = await startWebServer({ service, keys, root: home, port: 0, log: () => {} });
  const entered = await fetch(`${server.url}?token=${keys.token}`, { redirect: "manual" });
  const cookie = entered.headers.get("set-cookie")!.split(";")[0]!;
  const origin = server.url.slice(0, -1);
  return {
    async connect() {
      const socket = new WebSocket(`${origin.replace("http", "ws")}/ws`, { headers: { cookie, origin } });
      const box = inbox();
      socket.on("message", (data) => box.receive(String(data)));
      await new Promise((resolve, reject) => {
        socket.once("open", resolve);
        socket.once("error", reject);
      });
      return {
        ...box,
        send: (message) => socket.send(JSON.stringify(message)),
        sendText: (text) => socket.send(text),
        cut: () => socket.terminate(),
      };
    },
    async close() {
      await server.close();
      rmSync(home, { recursive: true });
    },
  };
}

export async function ipcHost(service: Service): Promise<Host> {
  const ipcMain = new EventEmitter();
  serveIpc(ipcMain as unknown as Parameters<typeof serveIpc>[0], Promise.resolve(service));
  return {
    async connect() {
      const box = inbox();
      const sender = Object.assign(new EventEmitter(), {
        isDestroyed: () => false,
        send: (_channel: string, text: string) => box.receive(text),
      });
      const senderFrame = { url: "cambrian://app/index.html", parent: null };
      const sendText = (text: string) => ipcMain.emit("cambrian", { sender, senderFrame }, text);
      sendText("open");
      return {
        ...box,
        send: (message) => sendText(JSON.stringify(message)),
        sendText,
        cut: () => sender.emit("render-process-gone"),
      };
    },
    close: async () => {},
  };
}
