/**
 * A web host with one terminal, whose program prints a file once a line comes on standard input. Arguments: data folder,
 * file. Prints {"url"} first, and at the end {"delays": {p50, p99, max}, "seconds"}: of the event loop meanwhile, in ms.
 */
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { makeKeys } from "../../src/main/hosts/web/keys.ts";
import { startWebServer } from "../../src/main/hosts/web/server.ts";
import { programFolder } from "../../src/main/paths.ts";
import { stateSource, terminalSource } from "../../src/main/server/sources.ts";
import { createService } from "../../src/main/service/index.ts";
import { startInTerminal } from "../../src/main/trainer/pty.ts";
import type { TerminalInfo } from "../../src/shared/live.ts";

const WAIT_AND_PRINT = `until [ -e "$0.go" ]; do sleep 0.05; done; cat "$0"`;
const [home, file] = process.argv.slice(2) as [string, string];
const keys = makeKeys(home);
const service = await createService({
  env: { ...process.env, CAMBRIAN_PYTHON: "/nonexistent/python" },
  home,
  host: "web",
});
const env = Object.fromEntries(Object.entries(process.env).map(([name, value]) => [name, value ?? ""]));
const program = startInTerminal({ file: "/bin/sh", args: ["-c", WAIT_AND_PRINT, file], env });
const info: TerminalInfo = { id: "bench", title: "Much output", live: true, since: new Date().toISOString() };
const list = stateSource([info]);
const source = terminalSource(program);
const server = await startWebServer({
  service: {
    ...service,
    topic: (name) => (name === "terminals" ? list : name === "terminal/bench" ? source : service.topic(name)),
  },
  keys,
  root: join(programFolder, "out", "renderer"),
  port: 0,
  log: () => {},
});
console.log(JSON.stringify({ url: `${server.url}?token=${keys.token}` }));
await once(process.stdin, "data");
const delay = monitorEventLoopDelay({ resolution: 1 });
delay.enable();
const from = performance.now();
writeFileSync(`${file}.go`, "");
await program.exited;
const seconds = (performance.now() - from) / 1000;
delay.disable();
const [p50, p99, max] = [delay.percentile(50), delay.percentile(99), delay.max].map((ns) => ns / 1e6);
console.log(JSON.stringify({ delays: { p50, p99, max }, seconds }));
await once(process.stdin, "end");
await server.close();
await service.close();
process.exit(0);
