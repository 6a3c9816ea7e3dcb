/** `doctor` and `bench`: what this machine can do. */
import type { Command } from "commander";
import type { Context } from "./context.ts";
import { EXIT } from "./exit.ts";
import { duration, percent } from "./format.ts";
import { positive } from "./options.ts";

/** The smallest part of the device's time that the conveyor has to keep busy. */
const BUSY_LIMIT = 0.98;

export function machineCommands(cli: Command, context: Context): void {
  cli
    .command("doctor")
    .description("Check interpreter, torch, device, sandbox and disk, and say how to mend what is wrong")
    .option("--json", "print one JSON object: {ok, checks: [{name, ok, detail, fix}]}")
    .addHelpText("after", "\nExample:\n  cambrian doctor\n\nExit code 0 when everything is in order, else 3.")
    .action(async () => {
      const checks = await (await context.program()).doctor();
      const ok = checks.every((c) => c.ok);
      const width = Math.max(...checks.map((c) => c.name.length));
      for (const { name, ok: fine, detail, fix } of checks) {
        const mark = fine ? context.paint("green", "ok     ") : context.paint("red", "PROBLEM");
        context.print(`${mark}  ${name.padEnd(width)}  ${detail}`);
        if (!fine && fix) context.print(`${" ".repeat(11 + width)}${context.paint("bold", "Fix:")} ${fix}`);
      }
      context.result({
        ok,
        checks: checks.map(({ name, ok: fine, detail, fix }) => ({ name, ok: fine, detail, fix })),
      });
      context.exitCode = ok ? EXIT.ok : EXIT.environment;
    });

  const bench = cli.command("bench").description("Measure the program itself");
  bench
    .command("pipeline")
    .description(
      "How busy the device is kept, beside a strictly serial loop, by a researcher as slow as a training",
    )
    .option("--experiments <n>", "how many experiments the pipeline runs", positive, 24)
    .option("--json", "print one JSON object: {ok, limit, pipeline, serial, trainingSeconds, slots}")
    .addHelpText(
      "after",
      `\nExample:\n  cambrian bench pipeline\n\nExit code 0 when the pipeline keeps the device busy for at least ${BUSY_LIMIT} of the time in steady state, else 1.`,
    )
    .action(async (options: { experiments: number }) => {
      const program = await context.program();
      const found = await program.benchPipeline({
        experiments: options.experiments,
        onNote: (line) => context.note(line),
      });
      const ok = found.pipeline.deviceBusyFraction >= BUSY_LIMIT;
      const row = (name: string, m: typeof found.pipeline) =>
        `${name}  device busy ${percent(m.deviceBusyFraction)}  ${m.experiments} experiments in ${duration(m.wallSeconds)}`;
      context.print(
        row("pipeline", found.pipeline),
        row("serial  ", found.serial),
        `A training takes ${found.trainingSeconds.toFixed(1)} s, and so does an answer of the researcher; ${found.slots} device slots. From the third experiment on.`,
      );
      context.result({ ok, limit: BUSY_LIMIT, ...found });
      context.exitCode = ok ? EXIT.ok : EXIT.negative;
    });
}
