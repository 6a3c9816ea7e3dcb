/** `list`, `show`, `search` and `backup`: reading an archive, also while a campaign runs. */
import type { Command } from "commander";
import { createTwoFilesPatch } from "diff";
import type { Experiment } from "../../../shared/domain.ts";
import type { ArchiveReader, CodeVersion } from "../../interfaces.ts";
import { ProgramError } from "../../program.ts";
import { gateReport } from "./candidate.ts";
import type { Context } from "./context.ts";
import { bytes, count, duration, fixed, type Paint, signed, table } from "./format.ts";
import { proxyLine } from "./leaderboard.ts";
import { positive } from "./options.ts";
import { campaignRow, detailResult, experimentRow, proxyRow } from "./rows.ts";

const ARCHIVE = ["--archive <file>", "archive to read (default: archive.sqlite in the data folder)"] as const;

async function reading<T>(
  context: Context,
  file: string,
  work: (reader: ArchiveReader) => Promise<T>,
): Promise<T> {
  const reader = await (await context.program()).reader(file);
  try {
    return await work(reader);
  } finally {
    await reader.close();
  }
}

interface ShowOptions {
  code?: true;
  diff?: true;
  log?: true;
  report?: true;
  archive?: string;
}

/** Each version against the one before, as unified diffs, with why it was made. */
export function diffs(versions: readonly CodeVersion[], paint: Paint): string[] {
  if (versions.length < 2) return ["It was never repaired: there is one version."];
  return versions.slice(1).flatMap((v, i) => {
    const before = versions[i]!;
    const names = [`version ${before.version}`, `version ${v.version}`] as const;
    const patch = createTwoFilesPatch(...names, before.code, v.code, "", "", { context: 3 });
    const lines = patch.trimEnd().split("\n").slice(1); // its first line is a rule
    const colour = (line: string) =>
      line.startsWith("+") ? paint("green", line) : line.startsWith("-") ? paint("red", line) : line;
    return [...(i > 0 ? [""] : []), paint("bold", `Version ${v.version}: ${v.why}`), ...lines.map(colour)];
  });
}

export function archiveCommands(cli: Command, context: Context): void {
  cli
    .command("list")
    .description("List the experiments of a campaign, also while it runs")
    .option(...ARCHIVE)
    .option("--campaign <id>", "which campaign: an id, its beginning, or a name (default: the newest)")
    .option("--json", "print one JSON object: {experiments, proxy, campaign}")
    .addHelpText("after", "\nExample:\n  cambrian list --archive night.sqlite")
    .action(async (options: { archive?: string; campaign?: string }) => {
      const file = context.archive(options.archive);
      await reading(context, file, async (reader) => {
        const campaigns = await reader.campaigns();
        const campaign = options.campaign
          ? campaigns.find((c) => c.id.startsWith(options.campaign!) || c.name === options.campaign)
          : campaigns[0];
        if (!campaign && options.campaign) {
          const known = campaigns.map((c) => `${c.id.slice(0, 8)} (${c.name})`).join(", ") || "none";
          throw new ProgramError(
            "usage",
            "no_campaign",
            `No campaign "${options.campaign}" in ${file}.`,
            `Campaigns: ${known}.`,
          );
        }
        if (!campaign) {
          context.print(`No campaign in ${file} yet.`);
          return context.result({ experiments: [], campaign: null, proxy: null });
        }
        const experiments = await reader.experiments(campaign.id);
        const proxy = (await context.program()).proxy(campaign, experiments);
        const others = campaigns.filter((c) => c !== campaign).map((c) => `${c.id.slice(0, 8)} (${c.name})`);
        context.print(
          `Campaign ${campaign.id.slice(0, 8)} "${campaign.name}": ${campaign.state}, protocol ${campaign.protocol.name}, researcher ${campaign.researcher}, seed ${campaign.seed}.`,
          ...experimentTable(experiments, context.width, context.paint),
          proxyLine(proxy),
          ...(others.length > 0
            ? [`Other campaigns in this archive (--campaign): ${others.join(", ")}.`]
            : []),
        );
        context.result({
          experiments: experiments.map(experimentRow),
          proxy: proxyRow(proxy),
          campaign: campaignRow(campaign),
        });
      });
    });

  cli
    .command("show")
    .argument("<id>", "an experiment: its id, the beginning of it, or its name")
    .description("Show one experiment: how it came about, what it measured, its report, code and log")
    .option("--code", "the code alone")
    .option("--diff", "every repaired version against the one before it")
    .option("--log", "the tail of the terminal output alone")
    .option("--report", "the analyst's report alone")
    .option(...ARCHIVE)
    .option("--json", "print one JSON object with everything")
    .addHelpText("after", "\nExamples:\n  cambrian show 3f2a\n  cambrian show 3f2a --code > mixer.py")
    .action(async (id: string, options: ShowOptions) => {
      const file = context.archive(options.archive);
      await reading(context, file, async (reader) => {
        const found = await reader.experiment(id);
        if (!found) {
          const fix = `Ids and names: cambrian list --archive ${file}`;
          throw new ProgramError("usage", "no_experiment", `No experiment "${id}" in ${file}.`, fix);
        }
        const { experiment: e, versions, log } = found;
        context.result(detailResult(e, versions, log));
        if (options.code) return context.print(e.code.trimEnd());
        if (options.diff) return context.print(...diffs(versions, context.paint));
        if (options.log)
          return context.print(log.trimEnd() || "No terminal output is kept for this experiment.");
        if (options.report) return context.print(e.analysis?.trim() ?? "No report yet.");
        const parent = e.parentId ? await reader.experiment(e.parentId) : null;
        context.print(...detail(e, parent?.experiment.name ?? null, context.width, context.paint));
      });
    });

  cli
    .command("search")
    .argument("<text...>", "words to look for")
    .description("Search names, motivations and reports")
    .option("--limit <n>", "at most so many", positive, 20)
    .option(...ARCHIVE)
    .option("--json", "print one JSON object: {hits: [{id, name, snippet}]}")
    .addHelpText("after", "\nExample:\n  cambrian search short convolution")
    .action(async (words: string[], options: { limit: number; archive?: string }) => {
      await reading(context, context.archive(options.archive), async (reader) => {
        const hits = await reader.search(words.join(" "), options.limit);
        const columns: Parameters<typeof table<(typeof hits)[number]>>[1] = [
          { head: "id", cell: (h) => h.id.slice(0, 8) },
          { head: "experiment", cell: (h) => h.name },
          { head: "found", cell: (h) => h.snippet, min: 20 },
        ];
        context.print(
          ...(hits.length > 0 ? table(hits, columns, context.width, context.paint) : ["Nothing found."]),
        );
        context.result({ hits });
      });
    });

  cli
    .command("diagrams")
    .description("Trace the module graphs of experiments that have none, and draw them")
    .option("--archive <file>", "archive to add them to (default: archive.sqlite in the data folder)")
    .option("--json", "print one JSON object: {traced, left}")
    .addHelpText("after", "\nExample:\n  cambrian diagrams --archive night.sqlite")
    .action(async (options: { archive?: string }) => {
      const file = context.archive(options.archive);
      const program = await context.program();
      const { traced, left } = await program.traceMissing(file, (done, total, name) =>
        context.note(`${done + 1} of ${total}: ${name}`),
      );
      context.print(`${count(traced)} ${traced === 1 ? "diagram" : "diagrams"} added to ${file}.`);
      for (const { name, reason } of left) context.print(`None of ${name}: ${reason}`);
      context.result({ traced, left });
    });

  cli
    .command("backup")
    .argument("[to]", "file to write (default: beside the archive, with the date)")
    .description("Copy an archive consistently, also while a campaign runs")
    .option(...ARCHIVE)
    .option("--json", "print one JSON object: {file, bytes}")
    .addHelpText("after", "\nExample:\n  cambrian backup --archive night.sqlite /mnt/backup/night.sqlite")
    .action(async (to: string | undefined, options: { archive?: string }) => {
      const archive = context.archive(options.archive);
      const stamp = new Date().toISOString().slice(0, 19).replace(/[-:]/g, "").replace("T", "-");
      const file = to
        ? context.path(to)
        : archive.replace(/(\.\w+)?$/, (end) => `-${stamp}${end || ".sqlite"}`);
      const size = await (await context.program()).backup(archive, file);
      context.print(`${file}: ${bytes(size)}`);
      context.result({ file, bytes: size });
    });
}

function experimentTable(experiments: readonly Experiment[], width: number, paint: Paint): string[] {
  if (experiments.length === 0) return ["No experiment yet."];
  return table(
    experiments,
    [
      { head: "#", cell: (e) => String(e.index), align: "right" },
      { head: "id", cell: (e) => e.id.slice(0, 8) },
      { head: "experiment", cell: (e) => e.name, min: 16 },
      { head: "status", cell: (e) => e.status },
      { head: "rung", cell: (e) => e.scores.at(-1)?.rung ?? "" },
      { head: "parameters", cell: (e) => count(e.params), align: "right" },
      { head: "loss", cell: (e) => fixed(e.scores.at(-1)?.loss.mean, 3), align: "right" },
      { head: "gain", cell: (e) => signed(e.scores.at(-1)?.gain, 3), align: "right" },
      { head: "fitness", cell: (e) => fixed(e.scores.at(-1)?.fitness, 3), align: "right" },
      { head: "time", cell: (e) => duration(e.seconds), align: "right" },
      { head: "reason", cell: (e) => e.failure?.message ?? "", min: 6 },
    ],
    width,
    paint,
  );
}

function detail(e: Experiment, parent: string | null, width: number, paint: Paint): string[] {
  const lines = [
    paint("bold", e.name),
    `${e.status}${e.failure ? `: ${e.failure.message}` : ""}`,
    `id ${e.id}, experiment ${e.index}, by ${e.researcher}${parent ? `, from ${parent}` : ""}, ${duration(e.seconds)}, sandbox ${e.tier ?? "not reached"}`,
    `${count(e.params)} parameters (${count(e.mixerParams)} in the mixers), ${count(e.flopsPerToken)} FLOPs a token${e.repairs > 0 ? `, repaired ${e.repairs} times` : ""}`,
    "",
    e.motivation.trim(),
  ];
  for (const s of e.scores) {
    lines.push(
      "",
      paint("bold", `Rung ${s.rung}`) +
        `: fitness ${fixed(s.fitness, 3)} (paper ${fixed(s.fitnessPaper, 3)}), loss gain ${signed(s.gain, 4)} ± ${fixed(s.gainSe, 4)} at its own size, ${signed(s.rawGain, 4)} raw; benchmark gain ${signed(s.benchmarkGain, 4)} ± ${fixed(s.benchmarkGainSe, 4)}`,
      ...table(
        Object.entries(s.tasks),
        [
          { head: "task", cell: ([name]) => name },
          { head: "loss", cell: ([, t]) => fixed(t.loss.mean, 4), align: "right" },
          { head: "score", cell: ([, t]) => fixed(t.score.mean, 4), align: "right" },
          { head: "seeds", cell: ([, t]) => String(t.loss.n), align: "right" },
        ],
        width,
        paint,
      ),
    );
  }
  const drew = drewOnLine(e);
  if (drew) lines.push("", drew);
  if (e.judgement) {
    const { by, score, sd, samples, note } = e.judgement;
    const spread = samples > 1 ? ` ± ${fixed(sd, 1)} (standard deviation of ${samples} answers)` : "";
    lines.push("", `Judge (${by}): ${fixed(score, 1)}${spread} of 10. ${note}`);
  }
  if (e.cognition.length > 0) {
    lines.push("", "Knowledge that its report called for (`cambrian cognition show ID`):");
    lines.push(...e.cognition.map((r) => `  ${r.id}  ${fixed(r.score, 2)} by ${r.by}, for "${r.query}"`));
  }
  for (const found of e.gates.filter((g) => !g.ok && g.warning))
    lines.push("", `Finding of the ${found.name}, which stopped nothing: ${found.detail.trim()}`);
  const notes = (e.provenance.notes as string[] | undefined) ?? [];
  if (notes.length > 0) lines.push("", ...notes.map((note) => `Note: ${note}`));
  const failedGates = e.gates.filter((g) => !g.ok && !g.warning);
  if (failedGates.length > 0) {
    lines.push(
      "",
      ...gateReport(
        {
          ok: false,
          gates: e.gates,
          params: e.params,
          mixerParams: e.mixerParams,
          flopsPerToken: e.flopsPerToken,
          fingerprint: e.fingerprint,
          failure: null,
          graph: null,
          tier: e.tier ?? "none",
          seconds: e.seconds,
        },
        width,
        paint,
      ),
    );
  }
  if (e.failure?.detail.trim()) lines.push("", ...e.failure.detail.trim().split("\n").slice(-20));
  if (e.analysis) lines.push("", e.analysis.trim());
  return lines;
}

/** What a proposal drew on, as it was recorded: named in its motivation, or sharing its words. */
function drewOnLine({ provenance }: Experiment): string | null {
  const fallback = provenance.fallback as { reason?: string } | undefined;
  if (fallback) return `Proposed by the built-in researcher in place of a model: ${fallback.reason ?? ""}`;
  const drew = provenance.drewOn as
    | {
        cited?: { kind: string; id: string }[];
        overlap?: { kind: string; id: string; share: number }[];
        own?: boolean;
      }
    | undefined;
  if (!drew) return null;
  const what = ({ kind, id }: { kind: string; id: string }) =>
    `${kind} ${kind === "cognition" ? id : id.slice(0, 8)}`;
  const cited = (drew.cited ?? []).map(what);
  const shares = (drew.overlap ?? []).map((o) => `${what(o)} (${Math.round(100 * o.share)} % of its words)`);
  const parts = [
    cited.length > 0 ? `named ${cited.join(", ")}` : "",
    shares.length > 0 ? `shares words with ${shares.join(", ")}` : "",
    drew.own ? "an idea of its own" : "",
  ].filter((part) => part !== "");
  return parts.length > 0 ? `Drew on: ${parts.join("; ")}.` : null;
}
