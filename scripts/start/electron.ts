/** Electron's binary: where it is, and getting it where it is not. */
import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** How long a download may take before the browser is used instead; the next start goes on with it. */
const DOWNLOAD_MS = 60_000;

/** The binary, or null where it has not been downloaded. As the electron package finds it. */
export function electronBinary(folder: string, env: NodeJS.ProcessEnv): string | null {
  const home = join(folder, "node_modules/electron");
  const pathFile = join(home, "path.txt");
  const name = existsSync(pathFile) ? readFileSync(pathFile, "utf8") : null;
  const usual = process.platform === "win32" ? "electron.exe" : "electron";
  const file = env.ELECTRON_OVERRIDE_DIST_PATH
    ? join(env.ELECTRON_OVERRIDE_DIST_PATH, name ?? usual)
    : name && join(home, "dist", name);
  return file && existsSync(file) ? file : null;
}

/** Why Electron cannot be shown here, or null. */
export function noDisplay(env: NodeJS.ProcessEnv, platform: NodeJS.Platform): string | null {
  if (platform !== "linux" || env.DISPLAY || env.WAYLAND_DISPLAY) return null;
  return "there is no display (DISPLAY and WAYLAND_DISPLAY are not set)";
}

/** Downloads the binary. Why it could not be had, or null. */
export function download(folder: string, limitMs = DOWNLOAD_MS): Promise<string | null> {
  const script = join(folder, "node_modules/electron/install.js");
  if (!existsSync(script)) return Promise.resolve("the electron package is not installed");
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [script], { stdio: ["ignore", "ignore", "pipe"] });
    let said = "";
    child.stderr.on("data", (chunk) => {
      said = (said + chunk).slice(-4000);
    });
    const timer = setTimeout(() => {
      child.kill("SIGKILL");
      resolve(`its download took longer than ${limitMs / 1000} s`);
    }, limitMs);
    child.on("error", (error) => resolve(error.message));
    child.on("close", (code) => {
      clearTimeout(timer);
      const first = said.split("\n").find((line) => /error/i.test(line)) ?? `exit code ${code}`;
      resolve(code === 0 ? null : `its binary could not be downloaded (${first.trim().slice(0, 200)})`);
    });
  });
}
