/** `run`, `resume` and `demo`: campaigns from the terminal. */
import { type Command, Option } from "commander";
import { type CampaignHandle, type CampaignSnapshot, ProgramError } from "../../program.ts";
import { readSettings, requestOf } from "../../requests.ts";
import { ensureBubblewrap } from "./bubblewrap.ts";
import type { Context } from "./context.ts";
import { EXIT } from "./exit.ts";
import { count, duration } from "./format.ts";
import { baselineNoise, leaderboard, proxyLine } from "./leaderboard.ts";
import { watch } from "./live.ts";
import {
  amount,
  type ModelValues,
  modelFlags,
  modelOptions,
  positive,
  seconds,
  tokens,
  wholeNumber,
} from "./options.ts";
import { campaignResult } from "./rows.ts";

interface RunOptions extends ModelValues {
  preset: string;
  experiments?: number;
  researcher: "grammar" | "random" | "llm";
  seed: number;
  settings?: string;
  archive?: string;
  protocol?: string;
  wall?: number;
  device?: number;
  name?: string;
  workers?: number;
  tokens?: number;
  cost?: number;
  replay?: string;
}

type Limited = Pick<RunOptions, "experiments" | "wall" | "device" | "workers" | "tokens" | "cost">;
type ResumeOptions = Limited & ModelValues & Pick<RunOptions, "archive" | "replay"> & { campaign?: string };

const WORKERS = "trainings at the same time on a CPU (default: one a core); it changes no result";
const STORED = "(default: as it was begun)";
const limits = ({ experiments, wall, device, workers, tokens, cost }: Limited) => ({
  experiments,
  wallSeconds: wall,
  deviceSeconds: device,
  workers,
  tokens,
  cost,
});

/** Without what was not said: it would stand above the settings. */
const given = <T extends object>(values: T): Partial<T> =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Partial<T>;

const JSON_SHAPE = "print one JSON object: {campaign, experiments, totals, proxy}";

export function campaignCommands(cli: Command, context: Context): void {
  modelOptions(
    cli
      .command("run")
      .description(
        "Run a campaign: propose, gate, train, score, analyse and archive mixers until the budget is reached",
      ),
  )
    .option("--preset <name>", "protocol, search settings and budget", "cpu")
    .option("--experiments <n>", "budget: experiments (default: the preset's)", positive)
    .option("--wall <time>", "budget: running time, such as 30m or 8h", seconds)
    .option("--device <time>", "budget: time on the device, such as 6h", seconds)
    .addOption(
      new Option("--researcher <name>", "who proposes: a built-in agent, or language models in every role")
        .choices(["grammar", "random", "llm"])
        .default("grammar"),
    )
    .option("--tokens <n>", "budget: tokens of language models, such as 500k or 5M", tokens)
    .option("--cost <sum>", "budget: money for language models, in the currency of the prices", amount)
    .option(
      "--replay <file>",
      "run a transcript's campaign again with the answers that it holds, without a server",
    )
    .option("--seed <n>", "the same seed gives the same candidates and scores", wholeNumber, 1)
    .option("--archive <file>", "archive to write (default: archive.sqlite in the data folder)")
    .option("--protocol <file>", "a protocol of your own instead of the preset's")
    .option("--name <text>", "name of the campaign")
    .option(
      "--settings <file>",
      "settings that the application's wizard exported; limits, --name and --archive stand above them",
    )
    .option("--workers <n>", WORKERS, positive)
    .option("--json", JSON_SHAPE)
    .addHelpText(
      "after",
      "\nExamples:\n  cambrian run --preset smoke --experiments 8\n  cambrian run --preset cpu --wall 8h --archive night.sqlite\n  cambrian run --researcher llm --llm-base-url http://127.0.0.1:8000/v1 --llm-model qwen3 --tokens 5M\n\nThe first budget reached ends the campaign. Ctrl-C pauses it; `cambrian resume` goes on.",
    )
    .action(async (options: RunOptions, command: Command) => {
      const archive = context.archive(options.archive);
      if (options.settings !== undefined) refuseBeside(command);
      const program = await context.program();
      if (options.settings !== undefined) {
        const form = readSettings(context.path(options.settings));
        const handle = await program.run({
          ...requestOf(form, archive, null),
          ...given(limits(options)),
          ...(options.name && { name: options.name }),
        });
        return finish(context, await follow(context, handle, archive), archive);
      }
      const handle = await program.run({
        preset: options.preset,
        archive,
        seed: options.seed,
        researcher: options.researcher,
        ...limits(options),
        models: modelFlags(context, options),
        ...(options.replay && { replayFile: context.path(options.replay) }),
        ...(options.protocol && { protocolFile: context.path(options.protocol) }),
        ...(options.name && { name: options.name }),
      });
      finish(context, await follow(context, handle, archive), archive);
    });

  modelOptions(
    cli
      .command("resume")
      .description("Go on with a campaign that was paused, killed, or cut short by a crash"),
  )
    .option("--archive <file>", "archive that holds it (default: archive.sqlite in the data folder)")
    .option("--campaign <id>", "which campaign (default: the newest that is not finished)")
    .option("--experiments <n>", `another budget of experiments ${STORED}`, positive)
    .option("--wall <time>", `another budget of running time, what was used included ${STORED}`, seconds)
    .option("--device <time>", `another budget of time on the device ${STORED}`, seconds)
    .option("--replay <file>", "the transcript, for a campaign that is run again from one")
    .option("--tokens <n>", `another budget of tokens ${STORED}`, tokens)
    .option("--cost <sum>", `another budget of money ${STORED}`, amount)
    .option("--workers <n>", WORKERS, positive)
    .option("--json", JSON_SHAPE)
    .addHelpText(
      "after",
      "\nExamples:\n  cambrian resume --archive night.sqlite\n  cambrian resume --archive night.sqlite --wall 16h",
    )
    .action(async (options: ResumeOptions) => {
      const archive = context.archive(options.archive);
      const program = await context.program();
      const handle = await program.resume({
        archive,
        campaign: options.campaign,
        models: modelFlags(context, options),
        ...(options.replay && { replayFile: context.path(options.replay) }),
        ...limits(options),
      });
      finish(context, await follow(context, handle, archive), archive);
    });

  cli
    .command("demo")
    .description(
      "See everything work: a small campaign in a few minutes, without network, GPU or language model",
    )
    .option("--experiments <n>", "how many", positive, 8)
    .option("--seed <n>", "the same seed gives the same candidates and scores", wholeNumber, 1)
    .option("--archive <file>", "archive to write (default: demo.sqlite in the data folder)")
    .option("--json", JSON_SHAPE)
    .addHelpText("after", "\nExample:\n  cambrian demo")
    .action(async (options: { experiments: number; seed: number; archive?: string }) => {
      const archive = context.archive(options.archive, "demo.sqlite");
      for (const line of await ensureBubblewrap(context.streams.env)) context.note(line);
      const program = await context.program();
      const handle = await program.run({
        preset: "smoke",
        archive,
        seed: options.seed,
        researcher: "grammar",
        experiments: options.experiments,
        name: "Demo",
      });
      const last = await follow(context, handle, archive);
      finish(context, last, archive);
      if (last.campaign.state === "finished") lookFurther(context, last, archive);
    });
}

async function follow(context: Context, handle: CampaignHandle, archive: string): Promise<CampaignSnapshot> {
  const { campaign } = handle.snapshot();
  context.note(
    `Campaign "${campaign.name}": protocol ${campaign.protocol.name}, researcher ${campaign.researcher}, seed ${campaign.seed}, on ${campaign.device}, sandbox ${campaign.tier}.`,
    `Archive: ${archive}`,
  );
  return watch(context, handle, `npm run -s cambrian -- resume --archive ${quoted(archive)}`);
}

/** The same end for every campaign: what was found, what it cost, and where it is. */
function finish(context: Context, s: CampaignSnapshot, archive: string): void {
  const { trained, proposed, rejected, failed, wallSeconds, deviceBusyFraction } = s.totals;
  const board = leaderboard(s.campaign, s.experiments, new Set(s.discoveries), context.width, context.paint);
  context.print(
    "",
    ...(board.length > 0 ? board : ["No experiment has been trained."]),
    "",
    ...baselineNoise(s.campaign, s.baseline),
    "Gain is the loss saved against the baseline at the candidate's own parameter count; ± is its standard error.",
    "The last column says whether a 95 % interval (Student's t, so wide with few seeds) leaves 0 out, on loss or benchmark.",
    s.discoveries.length > 0
      ? "A discovery was rerun with paired seeds and beats the baseline after a correction for all that was tested; the others are candidates."
      : "A rank is not yet a discovery: that takes a rerun with paired seeds, and a correction for all that was tested.",
    proxyLine(s.proxy),
    ...spending(s),
    `${proposed} proposed, ${trained} trained, ${rejected} rejected by a gate, ${failed} failed, in ${duration(wallSeconds)}; device busy ${Math.round(100 * deviceBusyFraction)} %.`,
    `Campaign ${s.campaign.state}${s.campaign.reason ? `: ${s.campaign.reason}` : ""}`,
    `Archive: ${archive}`,
  );
  context.result(campaignResult(s, archive));
  if (s.campaign.state === "paused") {
    context.exitCode = EXIT.interrupted;
    context.note(`To go on: npm run -s cambrian -- resume --archive ${quoted(archive)}`);
  } else if (s.campaign.state === "failed") context.exitCode = EXIT.negative;
}

/** What the models cost, and how many proposals a built-in agent made in a model's place. */
function spending({ campaign, experiments }: CampaignSnapshot): string[] {
  if (!campaign.llm) return [];
  const stood = experiments.filter((e) => e.provenance.fallback !== undefined).length;
  const { tokens: spent, cost } = campaign.used;
  return [
    `Language models: ${count(spent)} tokens, cost ${cost.toFixed(cost < 1 ? 4 : 2)}${stood > 0 ? `; ${stood} of ${experiments.length} proposals by the built-in researcher in place of a model` : ""}. \`cambrian agents\` has the roles.`,
  ];
}

/** What --settings decides cannot be given beside it: it would be ignored, and a replay would ask real servers. */
const DECIDED = ["preset", "researcher", "seed", "protocol", "replay", "models", "llmBaseUrl", "llmModel"];

function refuseBeside(command: Command): void {
  const clash = command.options.filter(
    (o) => DECIDED.includes(o.attributeName()) && command.getOptionValueSource(o.attributeName()) === "cli",
  );
  if (clash.length > 0)
    throw new ProgramError(
      "usage",
      "settings_clash",
      `--settings already decides what ${clash.map((o) => o.long).join(", ")} would say.`,
      "Leave one of them out.",
    );
}

function lookFurther(context: Context, s: CampaignSnapshot, archive: string): void {
  const best = s.experiments
    .filter((e) => e.scores.length > 0)
    .sort(
      (a, b) => b.scores.length - a.scores.length || b.scores.at(-1)!.fitness - a.scores.at(-1)!.fitness,
    )[0];
  if (!best) {
    context.exitCode = EXIT.negative;
    return;
  }
  const cambrian = (rest: string) => `  npm run -s cambrian -- ${rest} --archive ${quoted(archive)}`;
  context.print(
    "",
    "To look further:",
    cambrian(`show ${best.id.slice(0, 8)} --report`),
    cambrian(`show ${best.id.slice(0, 8)} --code`),
    cambrian("list"),
    "A campaign in earnest:",
    "  npm run -s cambrian -- run --preset cpu --wall 8h",
  );
}

const quoted = (file: string) =>
  /^[\w@%+=:,./-]+$/.test(file) ? file : `'${file.replaceAll("'", `'\\''`)}'`;
