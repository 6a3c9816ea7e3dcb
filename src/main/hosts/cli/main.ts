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

let interrupted = false;
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.on(signal, () => {
    if (interrupted) process.exit(EXIT.interrupted);
    interrupted = true;
    running.interrupt();
  });
}

const code = await running.done;
// Leave only when all is written: a pipe takes its time.
process.stdout.write("", () => process.stderr.write("", () => process.exit(code)));
