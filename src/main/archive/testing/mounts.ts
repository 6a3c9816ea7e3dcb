/** Runs a script where it may mount file systems of its own: full and read-only disks for real, for root too. */
import { execFileSync, spawnSync } from "node:child_process";

/** A mount namespace needs Linux, and either root or user namespaces. */
const wrapper = ((): string[] | null => {
  if (process.platform !== "linux") return null;
  for (const flags of ["-m", "-rm"]) {
    const probe = spawnSync("unshare", [flags, "mount", "-t", "tmpfs", "none", "/mnt"], { timeout: 10_000 });
    if (probe.status === 0) return ["unshare", flags];
  }
  return null;
})();

export const canMount = wrapper !== null;
if (!canMount)
  console.warn(
    "archive: tests of full and read-only disks are skipped: this system lets us mount nothing (unshare -rm)",
  );

/** Runs a script of this folder in a namespace of its own and returns the JSON that it prints. */
export function runMounted(script: string, ...args: string[]): unknown {
  const path = new URL(script, import.meta.url).pathname;
  const [command, ...flags] = wrapper!;
  const output = execFileSync(command!, [...flags, process.execPath, path, ...args], {
    encoding: "utf8",
    timeout: 60_000,
    killSignal: "SIGKILL",
    maxBuffer: 1 << 26,
  });
  return JSON.parse(output);
}
