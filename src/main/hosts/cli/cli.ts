/** The command line as a whole: parses, runs one command, and turns what went wrong into words and an exit code. */
import { Command } from "commander";
import { agentCommands } from "./agents.ts";
import { archiveCommands } from "./archive.ts";
import { campaignCommands } from "./campaign.ts";
import { candidateCommands } from "./candidate.ts";
import { cognitionCommands } from "./cognition.ts";
import { Context, type OpenProgram, type Streams } from "./context.ts";
import { EXIT, EXIT_HELP, tell } from "./exit.ts";
import { machineCommands } from "./machine.ts";

export interface Running {
  /** The exit code, when everything has been written and closed. Never rejects. */
  done: Promise<number>;
  /** The first Ctrl-C: pauses a campaign, gives up anything else. */
  interrupt(): void;
}

const ABOUT = `Agents discover neural token mixers on one workstation.

Environment:
  CAMBRIAN_HOME    data folder (default: ~/.local/share/cambrian, or the platform's own)
  CAMBRIAN_PYTHON  an interpreter that imports torch, numpy, safetensors and einops (default: Cambrian builds one)
  CAMBRIAN_DEVICE  cpu: train on the CPU although there is a GPU
  CAMBRIAN_LLM_BASE_URL, CAMBRIAN_LLM_MODEL, CAMBRIAN_LLM_API_KEY
                   an OpenAI-compatible server, a model there and its key, for \`run --researcher llm\`
  NO_COLOR         no colours`;

export function runCli(args: readonly string[], streams: Streams, open: OpenProgram): Running {
  const context = new Context(streams, open);
  // Before the arguments are understood: a wrong one is told as JSON too.
  context.json = args.includes("--json");
  const cli = new Command("cambrian")
    .description(ABOUT)
    .version("0.1.0")
    .showHelpAfterError("(--help shows what there is)")
    .exitOverride()
    .configureOutput({
      writeOut: (text) => streams.out.write(text),
      writeErr: (text) => streams.err.write(text),
      getOutHelpWidth: () => context.width,
    })
    .addHelpText("after", EXIT_HELP);
  machineCommands(cli, context);
  candidateCommands(cli, context);
  campaignCommands(cli, context);
  archiveCommands(cli, context);
  agentCommands(cli, context);
  cognitionCommands(cli, context);
  settle(cli);

  const run = async (): Promise<number> => {
    try {
      await cli.parseAsync([...args], { from: "user" });
      return context.exitCode;
    } catch (error) {
      const told = tell(error);
      if (told.exit === EXIT.ok) return EXIT.ok; // --help and --version
      // The parser has already written its own message.
      if (told.code !== "usage") {
        context.note(`${context.paintErr("red", "Error:")} ${told.message}`);
        if (told.fix) context.note(`${context.paintErr("bold", "Fix:")} ${told.fix}`);
      }
      context.result({ error: { code: told.code, message: told.message, fix: told.fix } });
      return told.exit;
    }
  };
  const done = run().then(async (code) => {
    await context.close().catch((error) => context.note(tell(error).message));
    return code;
  });
  return { done, interrupt: () => context.interrupt() };
}

/** Sub-commands do not inherit these settings by themselves when they were made before. */
function settle(command: Command): void {
  for (const sub of command.commands) {
    sub.copyInheritedSettings(command);
    settle(sub);
  }
}
