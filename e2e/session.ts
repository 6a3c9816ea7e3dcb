/** One window on one program, in either host: what the same test does in a browser and in Electron. */

import { rmSync } from "node:fs";
import type * as playwright from "@playwright/test";
import type { ElectronApplication, Page } from "@playwright/test";
import { electronBinary } from "../scripts/start/electron.ts";
import { programFolder } from "../src/main/paths.ts";
import { findChromium, launchOptions } from "./chromium.ts";
import { cleanEnv, type HostOptions, temporaryFolder, WebHost } from "./host.ts";

export type HostKind = "web" | "electron";
type Playwright = Pick<typeof playwright, "chromium" | "_electron">;

export interface Session {
  page: Page;
  home: string;
  /** Ends the program as a crash would. The browser's window stays, Electron's is gone. */
  kill(): Promise<void>;
  /** Starts it again on the same data folder; `page` is the window from then on. */
  start(): Promise<void>;
  close(): Promise<void>;
}

export async function openSession(
  kind: HostKind,
  playwright: Playwright,
  options: HostOptions,
): Promise<Session> {
  const session =
    kind === "web" ? new WebSession(playwright, options) : new ElectronSession(playwright, options);
  await session.start();
  return session;
}

class WebSession implements Session {
  page!: Page;
  readonly #playwright: Playwright;
  readonly #host: WebHost;
  #close: () => Promise<void> = async () => {};

  constructor(playwright: Playwright, options: HostOptions) {
    this.#playwright = playwright;
    this.#host = new WebHost(options);
  }
  get home() {
    return this.#host.home;
  }
  async start() {
    await this.#host.start();
    if (this.page) return;
    const browser = await this.#playwright.chromium.launch(launchOptions(findChromium()!));
    this.#close = () => browser.close();
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
    this.page = await context.newPage();
    await this.page.goto(this.#host.url);
  }
  kill() {
    return this.#host.kill();
  }
  async close() {
    await this.#close();
    await this.#host.close();
  }
}

class ElectronSession implements Session {
  page!: Page;
  readonly home = temporaryFolder();
  readonly #playwright: Playwright;
  readonly #options: HostOptions;
  #app: ElectronApplication | null = null;

  constructor(playwright: Playwright, options: HostOptions) {
    this.#playwright = playwright;
    this.#options = options;
  }
  async start() {
    const { env, archive } = this.#options;
    const root = process.getuid?.() === 0;
    this.#app = await this.#playwright._electron.launch({
      executablePath: electronBinary(programFolder, process.env)!,
      args: [programFolder, ...(root ? ["--no-sandbox"] : []), ...(archive ? [`--archive=${archive}`] : [])],
      env: cleanEnv({ CAMBRIAN_HOME: this.home, ...env }) as Record<string, string>,
    });
    this.page = await this.#app.firstWindow();
  }
  async kill() {
    const child = this.#app!.process();
    const gone = new Promise((done) => child.once("exit", done));
    child.kill("SIGKILL");
    await gone;
    this.#app = null;
  }
  async close() {
    await this.#app?.close();
    rmSync(this.home, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }
}
