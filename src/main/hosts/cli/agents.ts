/** `agents`, `models` and `transcript`: who played which role, and how well. */
import { writeFileSync } from "node:fs";
import type { Command } from "commander";
import { type AgentRow, type AgentTable, type ModelTable, ProgramError } from "../../program.ts";
import type { Context } from "./context.ts";
import { count, duration, fixed, type Paint, table } from "./format.ts";
import { type ModelValues, modelFlags, modelOptions } from "./options.ts";

const ARCHIVE = ["--archive <file>", "archive to read (default: archive.sqlite in the data folder)"] as const;
const CAMPAIGN = ["--campaign <id>", "which campaign (default: the newest with language models)"] as const;

export function agentCommands(cli: Command, context: Context): void {
  cli
    .command("agents")
    .description("Language models by role: calls, tokens, cost, usable answers, repairs, gain per cost")
    .option(...ARCHIVE)
    .option(...CAMPAIGN)
    .option("--json", "print one JSON object: {campaign, rows, posterior}")
    .addHelpText("after", "\nExample:\n  cambrian agents --archive night.sqlite")
    .action(async (options: { archive?: string; campaign?: string }) => {
      const found = await (await context.program()).agents(
        context.archive(options.archive),
        options.campaign,
      );
      context.print(...agentTable(found, context.width, context.paint));
      const campaign = found.campaign && {
        id: found.campaign.id,
        name: found.campaign.name,
        researcher: found.campaign.researcher,
      };
      context.result({ campaign, rows: found.rows, posterior: found.posterior });
    });

  modelOptions(
    cli
      .command("models")
      .description(
        "The models that are set up, whether their keys are there, and servers found on this machine",
      ),
  )
    .option("--json", "print one JSON object: {settings, keys, local}")
    .addHelpText(
      "after",
      "\nExample:\n  cambrian models --llm-base-url http://127.0.0.1:8000/v1 --llm-model qwen3",
    )
    .action(async (options: ModelValues) => {
      const found = await (await context.program()).models(modelFlags(context, options));
      context.print(...modelTable(found, context.width, context.paint));
      context.result(found);
    });

  cli
    .command("transcript")
    .argument("[to]", "file to write (default: standard output)")
    .description("Everything that a campaign's models answered, to run it again without them (run --replay)")
    .option(...ARCHIVE)
    .option(...CAMPAIGN)
    .option("--json", "print one JSON object: {file, lines}")
    .addHelpText(
      "after",
      "\nExample:\n  cambrian transcript night.jsonl --archive night.sqlite\n  cambrian run --replay night.jsonl --archive again.sqlite",
    )
    .action(async (to: string | undefined, options: { archive?: string; campaign?: string }) => {
      const program = await context.program();
      const text = await program.transcript(context.archive(options.archive), options.campaign);
      const lines = text.trimEnd().split("\n").length;
      if (to === undefined) {
        if (!context.json) context.streams.out.write(text);
        return context.result({ file: null, lines });
      }
      const file = context.path(to);
      try {
        writeFileSync(file, text, { flag: "wx" });
      } catch (error) {
        const why = error instanceof Error ? error.message : String(error);
        throw new ProgramError(
          "usage",
          "not_written",
          `${file} was not written: ${why}`,
          "Name another file.",
        );
      }
      context.print(`${file}: ${lines} lines`);
      context.result({ file, lines });
    });
}

const percentOf = (x: number): string => `${Math.round(100 * x)} %`;
const money = (x: number): string => (x === 0 ? "0" : x < 0.01 ? x.toPrecision(2) : x.toFixed(2));

/** "0.041 ± 0.012, 3.1 a unit of cost", or per million tokens where nothing was paid. */
function gain(g: AgentRow["gain"]): string {
  if (!g) return "";
  const per =
    g.perCost !== null
      ? `, ${fixed(g.perCost, 2)} a unit of cost`
      : g.perMillionTokens !== null
        ? `, ${fixed(g.perMillionTokens, 2)} a million tokens`
        : "";
  return `${fixed(g.mean, 3)}${g.se === null ? "" : ` ± ${fixed(g.se, 3)}`}${per} (n = ${g.n})`;
}

export function agentTable(found: AgentTable, width: number, paint: Paint): string[] {
  const { campaign, rows, posterior } = found;
  const title = campaign ? `Campaign "${campaign.name}"` : "Requests outside of any campaign";
  if (rows.length === 0) return [`${title} asked no language model.`];
  const total = rows.reduce((sum, r) => ({ tokens: sum.tokens + r.tokens, cost: sum.cost + r.cost }), {
    tokens: 0,
    cost: 0,
  });
  const lines = [
    paint("bold", title),
    ...table(
      rows,
      [
        { head: "role", cell: (r) => r.role },
        { head: "model", cell: (r) => r.model, min: 10 },
        { head: "calls", cell: (r) => String(r.calls), align: "right" },
        { head: "requests", cell: (r) => String(r.requests), align: "right" },
        { head: "failed", cell: (r) => String(r.failed), align: "right" },
        { head: "unknown", cell: (r) => String(r.unknown), align: "right" },
        { head: "tokens", cell: (r) => count(r.tokens), align: "right" },
        {
          head: "cost",
          cell: (r) => (r.priced ? `${money(r.cost)}${r.estimated > 0 ? " ≈" : ""}` : "?"),
          align: "right",
        },
        {
          head: "usable (95 %)",
          cell: ({ validRate: v }) =>
            v ? `${percentOf(v.mean)} (${Math.round(100 * v.low)}–${Math.round(100 * v.high)})` : "",
          align: "right",
        },
        { head: "repairs", cell: (r) => String(r.repairs), align: "right" },
        {
          head: "seconds",
          cell: (r) => (r.medianSeconds === null ? "" : duration(r.medianSeconds)),
          align: "right",
        },
      ],
      width,
      paint,
    ),
    `All together ${count(total.tokens)} tokens, cost ${money(total.cost)}. ≈: partly estimated, because the server gave no usage.`,
    ...(rows.some((r) => !r.priced)
      ? [
          "?: the price of the model is not known; put it into prices.json in the data folder, or into models.json.",
        ]
      : []),
    "Unknown: the program was killed while it waited; such a request counts with the most that it can have cost.",
    "Usable: share of the answers that were used as they came, with Wilson's interval; repairs: sent back to be mended.",
    "",
    ...rows.flatMap((r) => (r.gain ? [`Gain of the proposals by ${r.model}: ${gain(r.gain)}`] : [])),
    "Gain: mean of the positive gains on the first rung, 0 for proposals that never got there, ± its standard error.",
  ];
  if (posterior.length > 0) {
    lines.push(
      "",
      paint("bold", "Choice of the researcher's model (Thompson sampling)"),
      ...table(
        posterior,
        [
          { head: "endpoint", cell: (p) => p.endpoint },
          { head: "proposals", cell: (p) => String(p.n), align: "right" },
          {
            head: "reward (95 %)",
            cell: (p) => `${fixed(p.mean, 3)} (${fixed(p.low, 3)} to ${fixed(p.high, 3)})`,
            align: "right",
          },
          {
            head: "mean cost",
            cell: (p) => (p.meanCost === null ? "" : money(p.meanCost)),
            align: "right",
          },
        ],
        width,
        paint,
      ),
      "Reward: the loss part of the fitness, from 0 to 1, half at the baseline; 0 for proposals that failed.",
    );
  }
  return lines;
}

export function modelTable({ settings, keys, local }: ModelTable, width: number, paint: Paint): string[] {
  const lines: string[] = [];
  if (settings) {
    const played = (name: string) =>
      Object.entries(settings.roles).flatMap(([role, endpoint]) => (endpoint === name ? [role] : []));
    lines.push(
      paint("bold", "Set up"),
      ...table(
        settings.endpoints,
        [
          { head: "endpoint", cell: (e) => e.name },
          { head: "address", cell: (e) => e.baseUrl, min: 20 },
          { head: "model", cell: (e) => e.model, min: 10 },
          { head: "key", cell: (e) => (keys[e.name] ? `from ${e.keyName}` : "none") },
          { head: "at once", cell: (e) => String(e.concurrency), align: "right" },
          {
            head: "roles",
            cell: (e) => (e === settings.endpoints[0] ? "all others" : played(e.name).join(", ")),
          },
        ],
        width,
        paint,
      ),
    );
  } else {
    lines.push(
      "No model is set up. Set CAMBRIAN_LLM_BASE_URL and CAMBRIAN_LLM_MODEL (and CAMBRIAN_LLM_API_KEY where one is asked for),",
      "or give --llm-base-url and --llm-model, or write models.json in the data folder.",
    );
  }
  lines.push("", paint("bold", "Found on this machine"));
  if (local.length === 0) lines.push("No server answers on the usual ports.");
  for (const s of local) {
    lines.push(`${s.name}  ${s.baseUrl}  ${s.models.slice(0, 8).join(", ") || "no model loaded"}`);
    const model = s.models[0];
    if (model) lines.push(`  cambrian run --researcher llm --llm-base-url ${s.baseUrl} --llm-model ${model}`);
  }
  return lines;
}
