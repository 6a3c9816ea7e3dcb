/** Whether what was built is newer than what it was built from; and building it. */
import { spawn } from "node:child_process";
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";

/** Newest change below a file or folder, in milliseconds since 1970; 0 where there is none. */
export function newest(path: string): number {
  const found = statSync(path, { throwIfNoEntry: false });
  if (!found) return 0;
  if (!found.isDirectory()) return found.mtimeMs;
  const entries = readdirSync(path, { recursive: true, withFileTypes: true });
  const times = entries.filter((e) => e.isFile()).map((e) => statSync(join(e.parentPath, e.name)).mtimeMs);
  return Math.max(0, ...times);
}

/** Whether `outputs` are all there and none is older than a source. */
export function isFresh(outputs: readonly string[], sources: readonly string[]): boolean {
  const built = outputs.map((path) => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0);
  return Math.min(...built) >= Math.max(...sources.map(newest));
}

const CONFIG = ["package.json", "vite.config.ts"];

/** Builds the renderer when it is missing or old. @param folder the program's */
export async function buildRenderer(folder: string, say: (line: string) => void): Promise<void> {
  const sources = ["src/renderer", "src/shared", ...CONFIG].map((path) => join(folder, path));
  if (isFresh([join(folder, "out/renderer/index.html")], sources)) return;
  say("Building the screens …");
  await run(folder, "vite/bin/vite.js", ["build", "--config", "vite.config.ts", "--logLevel", "error"]);
}

/** Builds all that Electron runs when anything of it is missing or old. */
export async function buildAll(folder: string, say: (line: string) => void): Promise<void> {
  const outputs = ["out/main/main.js", "out/preload/index.cjs", "out/renderer/index.html"];
  const sources = ["src", "electron.vite.config.ts", ...CONFIG];
  if (
    isFresh(
      outputs.map((path) => join(folder, path)),
      sources.map((path) => join(folder, path)),
    )
  )
    return;
  say("Building the application …");
  await run(folder, "electron-vite/bin/electron-vite.js", ["build", "--logLevel", "error"]);
}

/** A builder keeps half a gigabyte: in a process of its own, so that the host does not carry that for days. */
async function run(folder: string, script: string, args: string[]): Promise<void> {
  const child = spawn(process.execPath, [join(folder, "node_modules", script), ...args], {
    cwd: folder,
    // Standard output may be kept for one line of JSON.
    stdio: ["ignore", 2, 2],
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", resolve);
  });
  if (code !== 0)
    throw new Error(`The screens could not be built (${script} ended with ${code}); it says why above.`);
}
