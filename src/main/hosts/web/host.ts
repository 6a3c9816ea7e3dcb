/** Runs the program with its screens in a browser, until it is told to end. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { dataFolder, programFolder } from "../../paths.ts";
import { CallFailure } from "../../server/service.ts";
import { createService } from "../../service/index.ts";
import { hasDisplay, openBrowser } from "./browser.ts";
import { makeKeys } from "./keys.ts";
import type { WebOptions } from "./options.ts";
import { startWebServer, type WebServer, type WebServerOptions } from "./server.ts";

/** Where it listens when nothing else is said, so that a forwarded port and an open page find it again. */
const USUAL_PORT = 7411;
const PORTS_TRIED = 20;
/** One Ctrl-C may arrive twice: from the terminal, and from whoever started this. */
const ECHO_MS = 500;

export interface RunningHost {
  /** Pauses what runs, and ends. */
  close(): Promise<void>;
}

/** Starts everything and prints the one address that holds the token. */
export async function startWebHost(
  options: WebOptions,
  env: NodeJS.ProcessEnv = process.env,
): Promise<RunningHost> {
  const root = join(programFolder, "out", "renderer");
  if (!existsSync(join(root, "index.html")))
    throw new CallFailure(
      "not_built",
      "The screens have not been built.",
      "Start with npm start, which builds them.",
    );
  const home = dataFolder(env);
  const keys = makeKeys(home);
  const service = await createService({ env, home, host: "web", archive: options.archive });
  const log = (line: string) => process.stderr.write(`${line}\n`);
  const server = await listen({ service, keys, root, log }, options.port);
  const url = `${server.url}?token=${keys.token}`;
  if (options.json) process.stdout.write(`${JSON.stringify({ url })}\n`);
  else {
    process.stdout.write(`Cambrian: ${url}\n`);
    log(`Open it in a browser on this machine. From elsewhere, forward the port first:`);
    log(`  ssh -L ${server.port}:127.0.0.1:${server.port} <this machine>`);
    log("Ctrl-C ends it; a campaign that runs is paused and can be resumed.");
  }
  if (options.open && hasDisplay(env)) openBrowser(`${server.url}?token=${server.ticket()}`);
  return {
    async close() {
      await server.close();
      await service.close();
    },
  };
}

async function listen(options: Omit<WebServerOptions, "port">, asked: number | null): Promise<WebServer> {
  if (asked !== null) return startWebServer({ ...options, port: asked });
  for (let port = USUAL_PORT; ; port++) {
    try {
      return await startWebServer({ ...options, port });
    } catch (error) {
      const taken = (error as NodeJS.ErrnoException).code === "EADDRINUSE";
      if (!taken || port + 1 >= USUAL_PORT + PORTS_TRIED) throw error;
    }
  }
}

/** Ctrl-C once ends in order, twice at once. */
export function endOnSignals(host: RunningHost): void {
  // A terminal that was closed takes no more words: that is no reason to end without writing checkpoints.
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {});
  let since = 0;
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(signal, () => {
      const now = Date.now();
      if (since > 0 && now - since > ECHO_MS) process.exit(130);
      if (since > 0) return;
      since = now;
      process.stderr.write(
        "\nEnding. A campaign that runs writes its checkpoints first; Ctrl-C again quits at once.\n",
      );
      host.close().then(
        () => process.exit(0),
        (error) => {
          process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
          process.exit(70);
        },
      );
    });
  }
}
