/**
 * `npm start`: the desktop application where Electron can run, else the same screens in a browser.
 * Options: --host electron|web, --port n, --no-open, --archive FILE, --json (one line {"url"} for the browser).
 */
import { spawn } from "node:child_process";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { buildAll, buildRenderer } from "./start/built.ts";
import { download, electronBinary, noDisplay } from "./start/electron.ts";

const folder = join(import.meta.dirname, "..");
const say = (line: string) => process.stderr.write(`${line}\n`);

/** An Electron that ends this soon with an error could not show anything: no sandbox, or a library is missing. */
const STARTED_MS = 8000;

interface Options {
  host: "electron" | "web" | undefined;
  port: string | undefined;
  open: boolean;
  archive: string | undefined;
  json: boolean;
}

/** @throws TypeError with what is wrong, for a person */
function optionsOf(args: string[]): Options {
  const { values } = parseArgs({
    args,
    options: {
      host: { type: "string" },
      port: { type: "string" },
      "no-open": { type: "boolean", default: false },
      archive: { type: "string" },
      json: { type: "boolean", default: false },
    },
  });
  const { host, port, json } = values;
  if (host !== undefined && host !== "electron" && host !== "web")
    throw new TypeError(`--host takes electron or web, not ${JSON.stringify(host)}.`);
  // npm runs scripts in the project's folder; a person means the folder that they stand in.
  const archive = values.archive && resolve(process.env.INIT_CWD ?? process.cwd(), values.archive);
  return { host, port, open: !values["no-open"], archive, json };
}

/** Runs Electron until it ends. Why it could not be run, or null. */
async function runElectron({ archive }: Options): Promise<string | null> {
  const why = noDisplay(process.env, process.platform);
  if (why !== null) return why;
  let binary = electronBinary(folder, process.env);
  if (binary === null && !process.env.ELECTRON_OVERRIDE_DIST_PATH) {
    say("Downloading Electron (once, about 120 MB) …");
    const failed = await download(folder);
    if (failed !== null) return failed;
    binary = electronBinary(folder, process.env);
  }
  if (binary === null) return "its binary is not there";
  await buildAll(folder, say);
  const args = [folder, ...(archive ? [`--archive=${archive}`] : [])];
  const started = Date.now();
  const child = spawn(binary, args, { stdio: "inherit" });
  // Ctrl-C reaches Electron by itself, as part of the same process group: it pauses what runs, and this waits.
  for (const signal of ["SIGINT", "SIGTERM"] as const)
    process.on(signal, (name) => {
      if (name === "SIGTERM") child.kill(name);
    });
  const code = await new Promise<number | Error>((done) => {
    child.on("error", done);
    child.on("close", (status) => done(status ?? 1));
  });
  if (code === 0) return null;
  if (code instanceof Error) return code.message;
  if (Date.now() - started < STARTED_MS) return `it ended with exit code ${code}`;
  process.exit(code);
}

async function runWeb({ port, open, archive, json }: Options): Promise<void> {
  await buildRenderer(folder, say);
  const { endOnSignals, startWebHost } = await import("../src/main/hosts/web/host.ts");
  const { webOptions } = await import("../src/main/hosts/web/options.ts");
  const args = [
    ...(port === undefined ? [] : [`--port=${port}`]),
    ...(archive ? [`--archive=${archive}`] : []),
    ...(json ? ["--json"] : []),
    ...(open && !json ? ["--open"] : []),
  ];
  endOnSignals(await startWebHost(webOptions(args)));
}

try {
  const options = optionsOf(process.argv.slice(2));
  // A port and a line of JSON are of the browser's host only.
  const wanted = options.host ?? (options.port !== undefined || options.json ? "web" : undefined);
  const why = wanted === "web" ? null : await runElectron(options);
  if (why !== null) say(`Electron cannot be used here: ${why}. The same screens open in a browser instead.`);
  if (wanted === "web" || why !== null) await runWeb(options);
} catch (error) {
  const { message, code, fix } = error as Error & { code?: string; fix?: string };
  const usage = error instanceof TypeError;
  const hint = code === "EADDRINUSE" ? "Choose another port with --port, or leave it out." : null;
  say([message, fix ?? hint].filter(Boolean).join("\n"));
  process.exit(usage ? 2 : 3);
}
