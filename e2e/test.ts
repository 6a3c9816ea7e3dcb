/** What all test files start from. */
import { rmSync } from "node:fs";
import { test as base, type Page } from "@playwright/test";
import { electronMissing } from "./electron.ts";
import { type HostOptions, temporaryFolder, WebHost } from "./host.ts";
import type { HostKind } from "./session.ts";

export { expect } from "@playwright/test";

export const test = base.extend<{ host: HostKind }>({
  host: ["web", { option: true }],
});

/** In the project "electron", skips where Electron is not. */
export function skipWithoutElectron(): void {
  test.beforeEach(({ host }) => {
    const why = host === "electron" ? electronMissing() : null;
    test.skip(why !== null, `Electron: ${why}`);
  });
}

/** A folder for all tests of a file, made before them and gone after them. To be named before `hosted`. */
export function scratch(): { path: string } {
  const held = { path: "" };
  test.beforeAll(() => {
    held.path = temporaryFolder();
  });
  test.afterAll(() => rmSync(held.path, { recursive: true, force: true }));
  return held;
}

/** A program in a browser for all tests of a file. */
export function hosted(options: () => HostOptions = () => ({})): { host: WebHost } {
  const held = {} as { host: WebHost };
  test.beforeAll(async () => {
    held.host = new WebHost(options());
    await held.host.start();
  });
  test.afterAll(() => held.host?.close());
  return held;
}

/** Opens a place and waits until its heading stands there and nothing loads any more. */
export async function visit(page: Page, host: WebHost, place: string): Promise<void> {
  await page.goto(host.at(place));
  await settled(page);
}

export async function settled(page: Page): Promise<void> {
  await page.getByRole("heading", { level: 1 }).waitFor();
  await loaded(page);
}

/** Nothing holds the place of what is being read. An open dialog hides the heading, not this. */
export const loaded = (page: Page) =>
  page.waitForFunction(() => document.querySelector(".skeleton") === null);
