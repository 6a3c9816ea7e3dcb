/** A real Chromium to test with: the system's, else Playwright's own, else the distribution's package. */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { promisify } from "node:util";
import { chromium } from "@playwright/test";
import { aptInstall, onPath } from "../src/main/hosts/cli/bubblewrap.ts";
import { findOnPath } from "../src/main/trainer/python/find.ts";

const NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
const MAC = ["Google Chrome", "Chromium"].map((name) => `/Applications/${name}.app/Contents/MacOS/${name}`);
const PROGRAM_FILES = ["PROGRAMFILES", "PROGRAMFILES(X86)", "LOCALAPPDATA"];

/** Path of a Chromium that is here; CAMBRIAN_CHROMIUM names one. Null where there is none. */
export function findChromium(env: NodeJS.ProcessEnv = process.env): string | null {
  const windows = PROGRAM_FILES.flatMap((name) =>
    env[name] ? [`${env[name]}\\Google\\Chrome\\Application\\chrome.exe`] : [],
  );
  const usual = [
    ...NAMES.map((name) => findOnPath(name, env)),
    ...MAC,
    ...windows,
    chromium.executablePath(),
  ];
  const found = [env.CAMBRIAN_CHROMIUM, ...usual].find((path) => path && existsSync(path));
  return found ?? null;
}

/** A Chromium, installed where that takes no question (root and apt-get); why there is none otherwise. */
export async function ensureChromium(
  env: NodeJS.ProcessEnv = process.env,
): Promise<{ path: string } | { why: string }> {
  const found = findChromium(env);
  if (found) return { path: found };
  const root = process.platform === "linux" && process.getuid?.() === 0 && onPath("apt-get", env);
  if (root && (await aptInstall(["chromium"], env))) {
    const installed = findChromium(env);
    if (installed) return { path: installed };
  }
  return {
    why: root
      ? "no Chromium was found, and apt-get could not install one (name one with CAMBRIAN_CHROMIUM)"
      : "no Chromium was found: install one (npx playwright install chromium), or name one with CAMBRIAN_CHROMIUM",
  };
}

/** Version in words, for reports. */
export const chromiumVersion = async (path: string): Promise<string> =>
  (await promisify(execFile)(path, ["--version"]).catch(() => ({ stdout: "unknown" }))).stdout.trim();

/** How it is started. Root has no user namespaces for Chromium's sandbox. */
export const launchOptions = (path: string) => ({
  executablePath: path,
  args: process.getuid?.() === 0 ? ["--no-sandbox"] : [],
});
