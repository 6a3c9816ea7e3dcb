/** The desktop application as it starts, with a stand-in for Electron and for the service. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { logSource, stateSource } from "../../server/sources.ts";
import { type FakeService, fakeService } from "../../server/testing/service.ts";
import type { ServiceOptions } from "../../service/index.ts";
import * as electron from "./testing/electron.ts";

vi.mock("electron", () => import("./testing/electron.ts"));
const created = vi.hoisted(() => ({ service: null as unknown, options: null as unknown, windows: 0 }));
vi.mock("../../service/index.ts", () => ({
  createService: async (options: unknown) => {
    created.options = options;
    created.windows = electron.FakeWindow.all.length;
    return created.service;
  },
}));

const home = mkdtempSync(join(tmpdir(), "cambrian-electron-"));
const notices = logSource<unknown>({ keep: 10 });
const notice = (title: string) => ({
  at: new Date().toISOString(),
  kind: "best",
  title,
  body: "b",
  route: "#/experiment/a/b",
});
const live = stateSource<unknown>(null);
const pauses: unknown[] = [];
const opened: string[] = [];
const turn = () => new Promise((resolve) => setTimeout(resolve, 5));
let service: FakeService;
let window: electron.FakeWindow;

beforeAll(async () => {
  vi.stubEnv("CAMBRIAN_HOME", home);
  notices.push(notice("old news"));
  service = fakeService(
    {
      "campaigns.pause": async (input) => {
        pauses.push(input);
        return { ok: true };
      },
      "archives.open": async ({ path }) => {
        opened.push(path);
        throw new Error("It is damaged.");
      },
    },
    { live, notices },
  );
  created.service = service;
  await import("./main.ts");
  await vi.waitFor(() => expect(electron.app.listenerCount("before-quit")).toBe(1));
  window = electron.FakeWindow.all[0]!;
});
afterAll(() => {
  vi.unstubAllEnvs();
  rmSync(home, { recursive: true });
});

describe("the window", () => {
  it("is there before the service is, and locked down", () => {
    expect(created.windows).toBe(1);
    expect(window.loaded).toEqual(["cambrian://app/index.html"]);
    expect(window.options.webPreferences).toMatchObject({
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      webviewTag: false,
    });
    expect(electron.app.sandboxed).toBe(true);
  });

  it("goes nowhere, opens nothing, and embeds nothing", async () => {
    const { webContents } = window;
    const denied = (event: string, detail: object = {}) => {
      const preventDefault = vi.fn();
      webContents.emit(event, { preventDefault, ...detail });
      return preventDefault.mock.calls.length === 1;
    };
    expect(denied("will-navigate", { url: "http://example.org/" })).toBe(true);
    expect(denied("will-navigate", { url: "cambrian://app/index.html" })).toBe(false);
    expect(denied("will-redirect", { url: "cambrian://app/index.html" })).toBe(true);
    expect(denied("will-frame-navigate", { url: "cambrian://app/index.html", isMainFrame: false })).toBe(
      true,
    );
    expect(denied("will-attach-webview")).toBe(true);
    expect(webContents.opened!({ url: "file:///etc/passwd" } as never)).toEqual({ action: "deny" });
    await turn();
    expect(electron.dialog.asked).toEqual([]);
  });

  it("offers addresses of the web to the browser, and opens them only when a person agrees", async () => {
    for (const response of [1, 0]) {
      electron.dialog.response = response;
      expect(window.webContents.opened!({ url: "https://arxiv.org/abs/1" } as never)).toEqual({
        action: "deny",
      });
      await turn();
    }
    expect(electron.dialog.asked.map((d) => d.detail)).toEqual([
      "https://arxiv.org/abs/1",
      "https://arxiv.org/abs/1",
    ]);
    expect(electron.shell.opened).toEqual(["https://arxiv.org/abs/1"]);
  });

  it("has no permissions, and nothing of the network", () => {
    const { request, check, device, load } = electron.defaultSession.handlers;
    const answers: unknown[] = [];
    const answer = (value: unknown) => answers.push(value);
    request!(window.webContents as never, "media" as never, answer as never);
    load!({ url: "https://example.org/x.js" } as never, answer as never);
    load!({ url: "cambrian://app/assets/a.js" } as never, answer as never);
    expect(answers).toEqual([false, { cancel: true }, { cancel: false }]);
    expect(check!(null as never, "clipboard-sanitized-write" as never)).toBe(false);
    expect(check!(window.webContents as never, "clipboard-sanitized-write" as never)).toBe(true);
    expect(device!()).toBe(false);
  });

  it("is served from a scheme of its own, with a strict policy", async () => {
    expect(electron.protocol.schemes).toMatchObject([
      { scheme: "cambrian", privileges: { standard: true, secure: true } },
    ]);
    const serve = electron.protocol.handled.cambrian!;
    for (const [method, url] of [
      ["GET", "cambrian://evil/index.html"],
      ["GET", "cambrian://app/%2e%2e/%2e%2e/package.json"],
      ["POST", "cambrian://app/index.html"],
    ] as const)
      expect((await serve({ method, url })).status).toBe(404);
    expect(
      (await serve({ method: "GET", url: "cambrian://app/x" })).headers.get("content-security-policy"),
    ).toContain("default-src 'none'");
  });
});

describe("the page's messages", () => {
  const from = (url: string) => ({ sender: window.webContents, senderFrame: { url, parent: null } });

  it("are heard from our own page only", async () => {
    electron.ipcMain.emit("cambrian", from("https://example.org/"), "open");
    await turn();
    expect(window.webContents.sent).toEqual([]);
    electron.ipcMain.emit("cambrian", from("cambrian://app/index.html"), "open");
    const call = JSON.stringify({ type: "call", id: 1, name: "app.info", input: {} });
    electron.ipcMain.emit("cambrian", from("cambrian://app/index.html"), call);
    electron.ipcMain.emit("cambrian", from("cambrian://app/index.html"), { type: "call" });
    await vi.waitFor(() =>
      expect(window.webContents.sent.map((text) => JSON.parse(text).type)).toEqual(["hello", "error"]),
    );
  });
});

const campaign = (state: string) => ({
  campaign: { name: "Night", state, budget: { experiments: 10 } },
  counts: { archived: 2, rejected: 2, failed: 1 },
});

describe("beside the window", () => {
  it("has the system's menu, with the roles that bring its keys", () => {
    const menu = electron.Menu.set as { role?: string; label?: string; submenu?: { role: string }[] }[];
    const mac = process.platform === "darwin";
    expect(menu.flatMap((m) => m.role ?? [])).toEqual([
      ...(mac ? ["appMenu"] : []),
      ...["editMenu", "viewMenu", "windowMenu"],
    ]);
    expect(menu.find((m) => m.label === "File")!.submenu).toEqual([{ role: mac ? "close" : "quit" }]);
  });

  it("tells of what is new, where nobody looks, and leads there", () => {
    notices.push(notice("new best"));
    expect(electron.FakeNotification.shown.map((n) => n.options.title)).toEqual(["new best"]);
    expect(electron.app.badges).toEqual([1]);
    electron.FakeNotification.shown[0]!.emit("click");
    expect(window.loaded.at(-1)).toBe("cambrian://app/index.html#/experiment/a/b");
    electron.app.emit("browser-window-focus");
    expect(electron.app.badges).toEqual([1, 0]);
    window.focused = true;
    notices.push(notice("seen in the window"));
    expect(electron.FakeNotification.shown.length).toBe(1);
  });

  it("takes over from a second start: its window comes up, with the archive that was named", async () => {
    const shown = vi.spyOn(window, "show");
    electron.app.emit("second-instance", {}, ["cambrian", "--archive", "night.sqlite"], "/lab");
    expect(shown).toHaveBeenCalledOnce();
    await vi.waitFor(() =>
      expect(electron.dialog.errors).toEqual(["/lab/night.sqlite could not be opened: It is damaged."]),
    );
    expect(opened).toEqual(["/lab/night.sqlite"]);
    expect(electron.FakeWindow.all).toHaveLength(1);
  });

  it("keeps keys in the system's key ring, and nothing readable in the file", () => {
    const { secrets } = created.options as ServiceOptions;
    expect(secrets!.canStore).toBe(true);
    secrets!.set("OPENAI_API_KEY", "sk-1234");
    expect(secrets!.get("OPENAI_API_KEY")).toBe("sk-1234");
    expect(secrets!.get("__proto__")).toBeNull();
    expect(readFileSync(join(home, "secrets.json"), "utf8")).not.toContain("sk-1234");
    secrets!.set("OPENAI_API_KEY", "");
    expect(secrets!.get("OPENAI_API_KEY")).toBeNull();
  });
});

describe("while a campaign runs", () => {
  it("keeps the machine awake, and shows how far it is", () => {
    live.set(campaign("running"));
    live.set(campaign("running"));
    expect(electron.powerSaveBlocker.on.size).toBe(1);
    expect(window.progress.at(-1)).toBe(0.5);
    live.set(campaign("finished"));
    expect(electron.powerSaveBlocker.on.size).toBe(0);
    expect(window.progress.at(-1)).toBe(-1);
  });

  it("asks before it ends, and waits for the step under way", async () => {
    live.set(campaign("running"));
    const quit = async (response: number) => {
      electron.dialog.response = response;
      electron.app.emit("before-quit", { preventDefault: () => {} });
      await turn();
    };
    await quit(2);
    expect([pauses, service.closed, electron.app.exits]).toEqual([[], false, []]);
    expect(electron.dialog.asked.at(-1)?.message).toBe("Night is running");
    await quit(0);
    await vi.waitFor(() => expect(pauses).toEqual([{ when: "step" }]));
    expect(service.closed).toBe(false);
    live.set(campaign("paused"));
    await vi.waitFor(() => expect([service.closed, electron.app.exits]).toEqual([true, [0]]));
  });
});
