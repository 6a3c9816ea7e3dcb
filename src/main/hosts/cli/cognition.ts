/** `cognition …`: the knowledge base, and what the user adds to it after review. */
import type { Command } from "commander";
import type { CognitionEntry } from "../../../shared/cognition.ts";
import { type CognitionDesk, type CognitionWaiting, ProgramError } from "../../program.ts";
import type { Context } from "./context.ts";
import { fixed, type Paint, table } from "./format.ts";
import { amount, type ModelValues, modelFlags, modelOptions, positive, tokens } from "./options.ts";

type AddValues = ModelValues & { tokens?: number; cost?: number };

export function cognitionCommands(cli: Command, context: Context): void {
  const group = cli
    .command("cognition")
    .description("Knowledge from papers that the language models draw on: read it, search it, add to it");

  const open = async (options: AddValues = {}): Promise<CognitionDesk> => {
    const { tokens, cost } = options;
    const asked = { models: modelFlags(context, options), tokens, cost };
    const desk = await (await context.program()).cognition(asked);
    for (const problem of desk.problems()) context.note(problem);
    return desk;
  };

  group
    .command("list")
    .description("List the entries by paper")
    .option("--tag <tag>", "only those with this tag")
    .option("--json", "print one JSON object: {entries}")
    .addHelpText("after", "\nExample:\n  cambrian cognition list --tag delta-rule")
    .action(async ({ tag }: { tag?: string }) => {
      const entries = (await open()).list(tag);
      context.print(...listed(entries, tag, context.width, context.paint));
      context.result({ entries });
    });

  group
    .command("search")
    .argument("<text...>", "a symptom, or words to look for")
    .description("The entries that help with a symptom")
    .option("--limit <n>", "at most so many", positive, 3)
    .option("--json", "print one JSON object: {hits: [{id, score, title, scenario}]}")
    .addHelpText("after", "\nExample:\n  cambrian cognition search recall falls when many keys are written")
    .action(async (words: string[], { limit }: { limit: number }) => {
      const desk = await open();
      const found = await desk.search(words.join(" "), limit);
      const hits = found.map(({ id, score }) => {
        const { paper, scenario } = desk.entry(id)!;
        return { id, score, title: paper.title, scenario };
      });
      const columns: Parameters<typeof table<(typeof hits)[number]>>[1] = [
        { head: "score", cell: (h) => fixed(h.score, 2), align: "right" },
        { head: "id", cell: (h) => h.id },
        { head: "helps with", cell: (h) => h.scenario, min: 20 },
      ];
      context.print(
        ...(hits.length > 0 ? table(hits, columns, context.width, context.paint) : ["Nothing found."]),
      );
      context.result({ hits });
    });

  group
    .command("show")
    .argument("<id>", "an entry's id")
    .description("Show one entry")
    .option("--json", "print one JSON object: the entry")
    .addHelpText("after", "\nExample:\n  cambrian cognition search decay\n  cambrian cognition show ID")
    .action(async (id: string) => {
      const entry = (await open()).entry(id);
      if (!entry) {
        const fix = "Ids: cambrian cognition list";
        throw new ProgramError("usage", "no_entry", `The knowledge base has no entry "${id}".`, fix);
      }
      context.print(...shown(entry, context.paint));
      context.result(entry);
    });

  modelOptions(
    group
      .command("add")
      .argument("<file>", "a paper (PDF, Markdown, text), an arXiv listing, or ASI-Arch's cognition JSON")
      .description("Take entries from a file, for review; all but JSON is read by a language model"),
  )
    .option("--tokens <n>", "read no further than so many tokens, such as 200k", tokens)
    .option("--cost <sum>", "spend no more than this, in the currency of the prices", amount)
    .option("--json", "print one JSON object: {waiting, problems}")
    .addHelpText(
      "after",
      "\nExample:\n  cambrian cognition add paper.pdf --llm-base-url http://127.0.0.1:8000/v1 --llm-model qwen3",
    )
    .action(async (file: string, options: AddValues) => {
      const desk = await open(options);
      const added = await wrongFileIsUsage(() => desk.add(context.path(file)));
      for (const problem of added.problems) context.note(problem);
      context.print(...waiting(added.waiting, context.paint));
      context.result(added);
    });

  group
    .command("review")
    .description("Show what waits for review: where each can be edited, and what says the same already")
    .option("--json", "print one JSON object: {waiting}")
    .addHelpText("after", "\nExample:\n  cambrian cognition review")
    .action(async () => {
      const items = (await open()).review();
      context.print(...waiting(items, context.paint));
      context.result({ waiting: items });
    });

  for (const [name, description, done] of [
    ["accept", "Take entries from review into the knowledge base", "Accepted"],
    ["reject", "Delete entries from review", "Rejected"],
  ] as const) {
    const all =
      name === "accept"
        ? "everything that can be accepted and says nothing that another entry says"
        : "everything";
    group
      .command(name)
      .argument("[ids...]", "ids from `cognition review`")
      .description(description)
      .option("--all", all)
      .option("--json", "print one JSON object: {done, left: [{id, reason}]}")
      .addHelpText("after", `\nExample:\n  cambrian cognition ${name} --all`)
      .action(async (ids: string[], options: { all?: true }) => {
        if (ids.length > 0 === Boolean(options.all)) {
          const fix = "Ids: cambrian cognition review";
          throw new ProgramError("usage", "no_ids", "Name the entries, or say --all.", fix);
        }
        const decided = (await open())[name](options.all ? "all" : ids);
        context.print(
          `${done}: ${decided.done.join(", ") || "nothing"}.`,
          ...decided.left.map((l) => `Left in review: ${l.id}: ${l.reason}`),
        );
        context.result(decided);
        // Named and yet not done: the answer is no.
        if (!options.all && decided.left.length > 0) context.exitCode = 1;
      });
  }
}

/** A file that cannot be read is the user's to change, unlike a machine that lacks something. */
async function wrongFileIsUsage<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const e = error as Error & { kind?: unknown; code?: unknown; fix?: unknown };
    if (e.kind === "usage" && typeof e.code === "string" && typeof e.fix === "string") {
      throw new ProgramError("usage", e.code, e.message, e.fix);
    }
    throw error;
  }
}

function listed(
  entries: readonly CognitionEntry[],
  tag: string | undefined,
  width: number,
  paint: Paint,
): string[] {
  if (entries.length === 0) return [tag ? `No entry has the tag "${tag}".` : "The knowledge base is empty."];
  const papers = new Set(entries.map((e) => e.paper.arxiv ?? e.paper.title)).size;
  return [
    ...table(
      entries,
      [
        { head: "id", cell: (e) => e.id },
        { head: "paper", cell: (e) => `${e.paper.title} (${e.paper.year})`, min: 24 },
        { head: "tags", cell: (e) => e.tags.join(" "), min: 12 },
      ],
      width,
      paint,
    ),
    `Entries: ${entries.length}, papers: ${papers}.`,
  ];
}

const shown = (e: CognitionEntry, paint: Paint): string[] => [
  paint("bold", e.citation),
  `${e.id}  ${e.tags.join(" ")}`,
  "",
  paint("dim", "Helps with"),
  e.scenario.trim(),
  "",
  paint("dim", "Algorithm"),
  e.algorithm.trim(),
  "",
  paint("dim", "Context"),
  e.context.trim(),
];

function waiting(items: readonly CognitionWaiting[], paint: Paint): string[] {
  if (items.length === 0) return ["Nothing waits for review."];
  return [
    ...items.flatMap((w) => [
      paint("bold", w.id),
      `  ${w.title}`,
      `  ${w.scenario.replace(/\s+/g, " ")}`,
      ...(w.similar.length > 0 ? [paint("yellow", `  says the same as ${w.similar.join(", ")}`)] : []),
      ...w.problems.map((p) => paint("red", `  ${p}`)),
      paint("dim", `  ${w.file}`),
    ]),
    "",
    "Take them in with `cambrian cognition accept ID` or `--all`; delete them with `cambrian cognition reject`.",
  ];
}
