/** The trainer: run folders, sandbox, terminal, scorer, and the lease of the device. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { Tier } from "../../shared/domain.ts";
import type { Trainer } from "../interfaces.ts";
import { failure } from "./failures.ts";
import { inspectInterpreter } from "./interpreter.ts";
import { gate, type JobContext, score, train } from "./job.ts";
import { DEFAULT_LIMITS, type TrainerLimits } from "./limits.ts";
import { chooseTier, type TierProbe } from "./probe.ts";
import { commandLine, isAlive, killTree, sessionMembers } from "./processes.ts";
import type { Terminal } from "./pty.ts";
import { runFolder, wipe, writeDurably } from "./run-folder.ts";
import { hostFacts } from "./sandbox.ts";
import { createScorer, type Scorer } from "./scorer.ts";

export { createDeviceLease } from "./lease.ts";
export { SandboxUnavailable, type TierProbe } from "./probe.ts";
export type { Terminal } from "./pty.ts";
export {
  describeGpus,
  type EnsureOptions,
  ensurePython,
  type FoundPython,
  hasNvidiaGpu,
  listPythons,
  readyPython,
  SetupError,
} from "./python/index.ts";

export interface TrainerOptions {
  /** Absolute path of an interpreter that imports torch. */
  python: string;
  /** Data folder of the program: jobs/ and data/ lie there. */
  home: string;
  /** The Python package `trainer`. */
  trainerFolder: string;
  /** "auto" takes the best tier there is; "none" gives up protection. CAMBRIAN_SANDBOX is the default. */
  sandbox?: Tier | "auto";
  device?: "cpu" | "cuda";
  limits?: Partial<TrainerLimits>;
  /** For tests: another program instead of the worker, and another scorer. */
  worker?: string[];
  scorer?: Scorer;
  /** A sandboxed process of a job has begun; `ended` resolves when it is gone. */
  onProcess?: (job: string, terminal: Terminal, ended: Promise<unknown>) => void;
}

export interface LocalTrainer extends Trainer {
  /** What the start-up probe found. */
  readonly probe: TierProbe;
  /** The live terminal of a job, or null when no process of it runs. */
  terminal(jobId: string): Terminal | null;
}

/** Probes the sandbox and ends what an earlier start of the program left running. Throws SandboxUnavailable. */
export async function createTrainer(options: TrainerOptions): Promise<LocalTrainer> {
  const { home, trainerFolder, python } = options;
  const wanted = options.sandbox ?? Tier.or(z.literal("auto")).parse(process.env.CAMBRIAN_SANDBOX || "auto");
  mkdirSync(join(home, "jobs"), { recursive: true, mode: 0o700 });
  endOrphans(home);
  const host = hostFacts();
  const interpreter = await inspectInterpreter(python);
  const device = options.device ?? (host.nvidia.length > 0 ? "cuda" : "cpu");
  const probe = await chooseTier(wanted, { interpreter, trainerFolder, host, device });
  const emptyFile = join(home, "jobs", ".empty");
  writeDurably(emptyFile, "");
  const context: JobContext = {
    ...{ home, emptyFile, trainerFolder, interpreter, host, tier: probe.tier },
    scorer: options.scorer ?? createScorer({ python, trainerFolder }),
    limits: { ...DEFAULT_LIMITS, ...options.limits },
    worker: options.worker ?? ["-m", "trainer.worker"],
    live: new Map(),
    prepared: new Map(),
    onProcess: options.onProcess,
  };
  return {
    tier: probe.tier,
    probe,
    gate: (job, jobOptions) => gate(context, job, jobOptions),
    train: (job, jobOptions) => train(context, job, jobOptions),
    score: (job, jobOptions) => score(context, job, jobOptions),
    discard(jobId) {
      context.live.get(jobId)?.kill(failure("internal", "Discarded by the program."));
    },
    forget(jobId) {
      const run = context.live.get(jobId);
      run?.kill(failure("internal", "Discarded by the program."));
      // An end that is still being written down needs the folder once more.
      const settled = run?.ended.then(() => {}) ?? Promise.resolve();
      // A folder that cannot be removed costs room on the disk, not the campaign.
      settled.then(() => wipe(runFolder(home, jobId).root)).catch(() => {});
    },
    logTail(jobId) {
      const run = context.live.get(jobId);
      if (run) return run.tail();
      const log = join(runFolder(home, jobId).root, "log.txt");
      return existsSync(log) ? readFileSync(log, "utf8") : "";
    },
    terminal: (jobId) => context.live.get(jobId)?.terminal ?? null,
    async close() {
      const runs = [...context.live.values()];
      for (const run of runs) run.kill(failure("internal", "The program was closed."));
      await Promise.all(runs.map((run) => run.ended));
      await context.scorer.close();
    },
  };
}

const Mark = z.object({ pid: z.number().int().min(2), start: z.string() });
const ProcessRecord = z.object({ process: Mark, owner: Mark });

/**
 * Ends sandboxes whose program has gone. They die with it by themselves where the kernel can see to that; this is for
 * the rest. Another Cambrian on the same data folder keeps its own.
 */
function endOrphans(home: string): void {
  for (const job of readdirSync(join(home, "jobs"))) {
    const file = join(home, "jobs", job, "process.json");
    if (!existsSync(file)) continue;
    try {
      const { process, owner } = ProcessRecord.parse(JSON.parse(readFileSync(file, "utf8")));
      if (isAlive(owner)) continue;
      if (isAlive(process)) killTree(process.pid);
      // Its children, if it has ended itself: their arguments name the job, so that nobody else's session is meant.
      for (const pid of sessionMembers(process.pid))
        if (commandLine(pid).includes(join(home, "jobs", job, "in"))) killTree(pid);
    } catch {
      // half a record, from before the process could start
    }
    rmSync(file, { force: true });
  }
}
