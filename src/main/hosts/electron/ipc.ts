/** Connections over Electron's IPC: one for each window's page, all on one channel. */
import type { IpcMain, WebContents } from "electron";
import { type Connection, connection } from "../../server/connection.ts";
import type { Service } from "../../server/service.ts";
import { maySend } from "./policies.ts";

const CHANNEL = "cambrian";

/** @param service may still be opening: what pages send meanwhile waits */
export function serveIpc(ipcMain: IpcMain, service: Promise<Service>): void {
  const connections = new Map<WebContents, Promise<Connection>>();

  const end = (contents: WebContents) => {
    const before = connections.get(contents);
    connections.delete(contents);
    void before?.then((c) => c.close()).catch(() => {});
  };
  const open = (contents: WebContents) => {
    const known = connections.has(contents);
    end(contents);
    const opening = service.then((s) =>
      connection(s, (text) => {
        if (!contents.isDestroyed()) contents.send(CHANNEL, text);
      }),
    );
    opening.catch(() => {}); // the host tells of a service that could not be opened
    connections.set(contents, opening);
    if (known) return;
    contents.once("destroyed", () => end(contents));
    contents.on("render-process-gone", () => end(contents));
  };

  ipcMain.on(CHANNEL, (event, text: unknown) => {
    if (!maySend(event.senderFrame) || typeof text !== "string") return;
    const { sender } = event;
    if (text === "open") open(sender);
    else if (text === "close") end(sender);
    // A promise keeps the order of what was sent while the service was opening.
    else
      void connections
        .get(sender)
        ?.then((c) => c.receive(text))
        .catch(() => {});
  });
}
