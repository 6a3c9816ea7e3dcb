import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, it } from "vitest";

/** A host that has nothing to do at its end, in a process of its own. */
const PROGRAM = `
  const { endOnSignals } = await import(${JSON.stringify(new URL("./host.ts", import.meta.url).href)});
  endOnSignals({ close: async () => {} });
  process.stdout.write("ready");
  setInterval(() => {}, 1e6);
`;

it.skipIf(process.platform === "win32")("ends in order when its terminal goes away", async () => {
  const child = spawn(process.execPath, ["--input-type=module", "-e", PROGRAM], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  await once(child.stdout, "data");
  child.stdout.destroy();
  child.stderr.destroy();
  const ended = once(child, "exit");
  child.kill("SIGHUP");
  expect(await ended).toEqual([0, null]);
});
