/** Entry point of the web host: `node src/main/hosts/web/main.ts [--port n] [--json] [--open] [--archive FILE]`. */
import { endOnSignals, startWebHost } from "./host.ts";
import { webOptions } from "./options.ts";

try {
  endOnSignals(await startWebHost(webOptions(process.argv.slice(2))));
} catch (error) {
  const { message, code, fix } = error as Error & { code?: string; fix?: string };
  const taken = code === "EADDRINUSE" ? "Choose another port with --port, or leave it out." : null;
  process.stderr.write(`${[message, fix ?? taken].filter(Boolean).join("\n")}\n`);
  process.exit(code === "ERR_PARSE_ARGS_UNKNOWN_OPTION" || error instanceof TypeError ? 2 : 3);
}
