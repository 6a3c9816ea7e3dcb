/** `gate` and `evaluate`: one mixer, outside any campaign. */
import type { Command } from "commander";
import type { GateOutcome } from "../../interfaces.ts";
import type { Evaluation } from "../../program.ts";
import type { Context } from "./context.ts";
import { EXIT } from "./exit.ts";
import { count, duration, fixed, measured, type Paint, table } from "./format.ts";
import { positive } from "./options.ts";
import { evaluationResult, gateResult } from "./rows.ts";

export function candidateCommands(cli: Command, context: Context): void {
  cli
    .command("gate")
    .argument("<file>", "Python file that defines class Mixer (or DeltaNet)")
    .description("Check one mixer before training: interface, numbers, leaks, cost, each measured")
    .option("--preset <name>", "preset whose protocol and limits apply", "cpu")
    .option("--json", "print one JSON object: {ok, gates: [{name, ok, value, limit, detail}]}")
    .addHelpText(
      "after",
      "\nExample:\n  cambrian gate my_mixer.py\n\nExit code 0 only when every gate is passed, else 1.",
    )
    .action(async (file: string, options: { preset: string }) => {
      const path = context.candidate(file);
      const program = await context.program();
      const outcome = await program.gate({ file: path, preset: options.preset });
      context.print(...gateReport(outcome, context.width, context.paint));
      context.result(gateResult(outcome));
      context.exitCode = outcome.ok ? EXIT.ok : EXIT.negative;
    });

  cli
    .command("evaluate")
    .argument("<file>", "Python file that defines class Mixer (or DeltaNet)")
    .description("Gate, train and score one mixer")
    .option("--preset <name>", "preset whose protocol applies", "cpu")
    .option("--seeds <n>", "seeds of every run", positive, 2)
    .option("--rung <name>", "train no deeper than this rung (default: the last)")
    .option(
      "--json",
      "print one JSON object: {status, reason, params, flopsPerToken, loss, benchmark, tasks, seconds}",
    )
    .addHelpText(
      "after",
      "\nExample:\n  cambrian evaluate my_mixer.py --seeds 3 --rung screen\n\nExit code 0 when it was scored, 1 when a gate rejected it or it failed.",
    )
    .action(async (file: string, options: { preset: string; seeds: number; rung?: string }) => {
      const path = context.candidate(file);
      const program = await context.program();
      const evaluation = await program.evaluate({
        file: path,
        preset: options.preset,
        seeds: options.seeds,
        rung: options.rung ?? null,
        onNote: (line) => context.note(line),
      });
      context.print(...evaluationReport(evaluation, context.width, context.paint));
      context.result(evaluationResult(evaluation));
      context.exitCode = evaluation.status === "scored" ? EXIT.ok : EXIT.negative;
    });
}

/** Every gate with its measured number, then the outcome. */
export function gateReport(outcome: GateOutcome, width: number, paint: Paint): string[] {
  const mark = (g: GateOutcome["gates"][number]) =>
    g.ok && g.warning ? paint("yellow", "warning") : g.ok ? paint("green", "passed") : paint("red", "FAILED");
  const columns: Parameters<typeof table<GateOutcome["gates"][number]>>[1] = [
    { head: "gate", cell: (g) => g.name },
    { head: "", cell: mark },
    { head: "measured", cell: (g) => measured(g.value), align: "right" },
    { head: "limit", cell: (g) => measured(g.limit), align: "right" },
    { head: "detail", cell: (g) => g.detail, min: 20 },
  ];
  const lines = outcome.gates.length > 0 ? table(outcome.gates, columns, width, paint) : [];
  const cost =
    !outcome.params || !outcome.flopsPerToken
      ? ""
      : ` ${count(outcome.params)} parameters, ${count(outcome.flopsPerToken)} FLOPs a token.`;
  const failed = outcome.gates.filter((g) => !g.ok);
  const end = outcome.ok
    ? paint("green", `Passed all ${outcome.gates.length} gates in ${outcome.seconds.toFixed(1)} s.`) + cost
    : paint(
        "red",
        failed.length > 0 ? `Not passed: ${failed.map((g) => g.name).join(", ")}.` : "Not passed.",
      ) + cost;
  // The table cuts long details; those of failed gates are given in full.
  const why =
    failed.length > 0
      ? failed.map((g) => `${g.name}: ${g.detail}`)
      : outcome.failure
        ? [outcome.failure.message]
        : [];
  return [...lines, ...(lines.length > 0 ? [""] : []), end, ...why, `Sandbox: ${outcome.tier}.`];
}

export function evaluationReport(e: Evaluation, width: number, paint: Paint): string[] {
  if (e.status === "rejected") return gateReport(e.gate, width, paint);
  if (!e.score) {
    const detail = e.failure?.detail.trim().split("\n").slice(-12) ?? [];
    return [paint("red", `Failed: ${e.failure?.message ?? "no reason was recorded"}`), ...detail];
  }
  const { rung, loss, benchmark, tasks } = e.score;
  const pm = (s: { mean: number; sd: number; n: number }) =>
    s.n > 1 ? `${fixed(s.mean, 4)} ± ${fixed(s.sd, 4)}` : fixed(s.mean, 4);
  return [
    paint("green", `Scored on rung ${rung} in ${duration(e.seconds)}.`) +
      ` ${count(e.gate.params)} parameters, ${count(e.gate.flopsPerToken)} FLOPs a token.`,
    ...table(
      Object.entries(tasks),
      [
        { head: "task", cell: ([name]) => name },
        { head: "loss", cell: ([, t]) => pm(t.loss), align: "right" },
        { head: "score", cell: ([, t]) => pm(t.score), align: "right" },
        { head: "seeds", cell: ([, t]) => String(t.loss.n), align: "right" },
      ],
      width,
      paint,
    ),
    `Loss ${pm(loss)}, benchmark ${pm(benchmark)} (± is the standard deviation over seeds).`,
    `Sandbox: ${e.gate.tier}.`,
  ];
}
