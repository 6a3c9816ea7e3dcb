/** Entry point of `cambrian`. Ctrl-C once ends in order, twice at once. */
import { openProgram } from "../../app.ts";
import { runCli } from "./cli.ts";
import { EXIT } from "./exit.ts";

// A reader that has seen enough (`| head`) is no error.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(EXIT.ok);
  throw error;
});

const running = runCli(
  process.argv.slice(2),
  { env: process.env, cwd: process.cwd(), out: process.stdout, err: process.stderr },
  openProgram,
);

// One Ctrl-C may arrive twice: from the terminal, which tells the whole process group, and from npm, which passes it on.
const ECHO_MS = 500;
let interruptedAt = 0;
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.on(signal, () => {
    const since = Date.now() - interruptedAt;
    if (interruptedAt > 0 && since > ECHO_MS) process.exit(EXIT.interrupted);
    if (interruptedAt > 0) return;
    interruptedAt = Date.now();
    running.interrupt();
  });
}

const code = await running.done;
// Leave only when all is written: a pipe takes its time.
process.stdout.write("", () => process.stderr.write("", () => process.exit(code)));
