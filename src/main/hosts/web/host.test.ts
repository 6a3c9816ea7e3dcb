/** The web host as a process. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, expect, it } from "vitest";

const home = mkdtempSync(join(tmpdir(), "cambrian-host-"));
afterAll(() => rmSync(home, { recursive: true, force: true }));

it.skipIf(process.platform === "win32")(
  "ends in order when its terminal goes away",
  async () => {
    const main = fileURLToPath(new URL("./main.ts", import.meta.url));
    const child = spawn(process.execPath, [main, "--json", "--port", "0"], {
      env: { ...process.env, CAMBRIAN_HOME: home },
      stdio: ["ignore", "pipe", "pipe"],
    });
    await once(child.stdout, "data");
    child.stdout.destroy();
    child.stderr.destroy();
    const ended = once(child, "exit");
    child.kill("SIGHUP");
    expect(await ended).toEqual([0, null]);
  },
  60_000,
);
