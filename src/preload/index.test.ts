import type { EventEmitter } from "node:events";
import { expect, it, vi } from "vitest";
import type { Bridge } from "../shared/wire.ts";

const electron = vi.hoisted(() => ({
  exposed: {} as Record<string, unknown>,
  ipcRenderer: null as unknown as EventEmitter & { sent: unknown[][]; send(...message: unknown[]): void },
}));
vi.mock("electron", async () => {
  const sent: unknown[][] = [];
  electron.ipcRenderer = Object.assign(new (await import("node:events")).EventEmitter(), {
    sent,
    send: (...message: unknown[]) => sent.push(message),
  });
  return {
    ipcRenderer: electron.ipcRenderer,
    contextBridge: {
      exposeInMainWorld: (name: string, value: unknown) => {
        electron.exposed[name] = value;
      },
    },
  };
});

it("puts one thing on the page, that can send and listen, and nothing else", async () => {
  await import("./index.ts");
  expect(Object.keys(electron.exposed)).toEqual(["cambrian"]);
  const bridge = electron.exposed.cambrian as Bridge;
  expect(Object.keys(bridge).sort()).toEqual(["listen", "send"]);
  const { ipcRenderer } = electron;

  const heard: unknown[] = [];
  const first = bridge.listen(() => heard.push("first"));
  const stop = bridge.listen((message) => heard.push(message));
  bridge.send({ type: "cancel", id: 1 });
  first(); // it was replaced: its end says nothing
  ipcRenderer.emit("cambrian", { sender: "secret" }, '{"type":"hello","epoch":"e"}');
  stop();
  ipcRenderer.emit("cambrian", {}, '{"type":"hello","epoch":"f"}');
  expect(heard).toEqual([{ type: "hello", epoch: "e" }]);
  expect(ipcRenderer.sent).toEqual([
    ["cambrian", "open"],
    ["cambrian", "open"],
    ["cambrian", '{"type":"cancel","id":1}'],
    ["cambrian", "close"],
  ]);
});
