/** The way of one job through its run folder: gate → warm → train → keep → infer → score. Every step can be repeated. */
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { machineDetail, said } from "../../shared/disk-full.ts";
import type { Tier } from "../../shared/domain.ts";
import { protocolHash } from "../../shared/hash.ts";
import type { Failure, JobEvent, JobResult } from "../../shared/job.ts";
import type { GateOutcome, JobOptions, JobRequest, TrainOutcome } from "../interfaces.ts";
import { curvesOf } from "./curves.ts";
import { exitFailure, failure, gateFailure, reportedFailure } from "./failures.ts";
import { type Interpreter, maskEverywhere, realPath } from "./interpreter.ts";
import { jobLimits, MB, type TrainerLimits } from "./limits.ts";
import { readResult, StoredGate, StoredTrain, store, stored } from "./outcomes.ts";
import { prepareJob, readEvents } from "./prepare-job.ts";
import { markProcess } from "./processes.ts";
import type { Terminal } from "./pty.ts";
import { Hostile, ingest, type RunFolder, runFolder, syncFolder, wipe, writeDurably } from "./run-folder.ts";
import { type HostFacts, sandboxCommand, sandboxPaths } from "./sandbox.ts";
import { hostileFailure, type SandboxedRun, startSandboxed } from "./sandboxed-run.ts";
import { type Prepared, type Scorer, ScorerError } from "./scorer.ts";

export interface JobContext {
  home: string;
  tier: Tier;
  trainerFolder: string;
  interpreter: Interpreter;
  /** Shown in place of masked files. */
  emptyFile: string;
  host: HostFacts;
  scorer: Scorer;
  limits: TrainerLimits;
  /** Arguments of the interpreter that run the worker; tests put their own programs here. */
  worker: string[];
  /** Processes there are, by job. */
  live: Map<string, SandboxedRun>;
  /** Training data by protocol, once prepared. */
  prepared: Map<string, Promise<Prepared>>;
  onProcess?: (job: string, terminal: Terminal, ended: Promise<unknown>) => void;
}

// ---------------------------------------------------------------- process

async function start(
  context: JobContext,
  job: JobRequest,
  phase: { gates: boolean; waitForGo: boolean },
): Promise<SandboxedRun> {
  const { home, tier, host, interpreter, trainerFolder } = context;
  const limits = jobLimits(job, context.limits);
  const { train, mask } = await prepareData(context, job);
  const folder = await prepareJob(home, job, phase, limits.disk);
  const { emptyFile } = context;
  const masked = maskEverywhere(mask, ["/usr/lib", "/usr/lib64", ...interpreter.files], realPath);
  const spec = {
    ...{ interpreter, trainerFolder, job: folder.root, data: train, mask: masked, emptyFile },
    ...{ device: job.device, threads: job.threads, limits: limits.sandbox },
  };
  const paths = sandboxPaths(tier, spec);
  const program = [...context.worker, "--in", paths.in, "--out", paths.out, "--data", paths.data];
  const command = sandboxCommand(tier, spec, program, host);
  if (command.configFile) writeDurably(command.configFile.path, command.configFile.text);
  const run = startSandboxed(command, {
    out: folder.out,
    folders: tier === "bubblewrap" ? [folder.out] : [folder.out, folder.tmp],
    limits: limits.watch,
    outputBytes: context.limits.outputMB * MB,
  });
  context.live.set(job.id, run);
  context.onProcess?.(job.id, run.terminal, run.ended);
  // For the next start of the program: should this one be killed, the process is recognised and ended.
  const record = { process: run.terminal.mark, owner: markProcess(process.pid) };
  try {
    writeDurably(folder.process, JSON.stringify(record));
  } catch (error) {
    run.kill(hostileFailure(error));
  }
  run.ended.then(() => {
    if (context.live.get(job.id) === run) context.live.delete(job.id);
    try {
      writeDurably(join(folder.root, "log.txt"), run.tail());
      rmSync(folder.process, { force: true });
    } catch {
      // a full disk must not bring the program down for a log
    }
  });
  return run;
}

function prepareData(context: JobContext, { protocol }: JobRequest): Promise<Prepared> {
  const key = protocolHash(protocol);
  let prepared = context.prepared.get(key);
  if (!prepared) {
    prepared = context.scorer.prepare(protocol, join(context.home, "data"));
    context.prepared.set(key, prepared);
    prepared.catch(() => context.prepared.delete(key));
  }
  return prepared;
}

/** Why a process that should have gone on has ended. */
async function endingFailure(run: SandboxedRun, job: JobRequest, phase: string): Promise<Failure> {
  const { exit, killed } = await run.ended;
  const tail = run.tail();
  if (killed) return failure(killed.kind, killed.message, killed.detail || said(tail));
  const full = run.fullDisk();
  if (full) return full;
  const { memoryMB } = job.protocol.limits;
  const reported = run.events.find((event) => event.type === "error");
  if (reported) return reportedFailure(reported.failure, memoryMB);
  return exitFailure(exit, { phase, started: run.events.length > 0, memoryMB, tail });
}

const ABORTED = failure("internal", "Stopped by the program.");

/** Ends the process when the signal comes; `polite`: after a checkpoint. Undo with the function returned. */
function endOnAbort(
  run: SandboxedRun,
  signal: AbortSignal | undefined,
  polite: (() => void) | null,
  grace: number,
) {
  const stop = () => {
    if (!polite) return run.kill(ABORTED);
    try {
      polite();
    } catch {
      return run.kill(ABORTED);
    }
    const timer = setTimeout(() => run.kill(ABORTED), grace * 1000);
    run.ended.then(() => clearTimeout(timer));
  };
  if (signal?.aborted) stop();
  else signal?.addEventListener("abort", stop, { once: true });
  return () => signal?.removeEventListener("abort", stop);
}

// ---------------------------------------------------------------- gate

export async function gate(
  context: JobContext,
  job: JobRequest,
  options: JobOptions = {},
): Promise<GateOutcome> {
  const folder = runFolder(context.home, job.id);
  const before = stored(folder.gate, StoredGate, job);
  if (before) return before;
  options.signal?.throwIfAborted();
  await prepareData(context, job);
  const began = performance.now();
  const waitForGo = job.runs.length > 0;
  const run = await start(context, job, { gates: job.gates, waitForGo });
  const release = endOnAbort(run, options.signal, null, 0);
  const stopListening = listen(run, options);
  run.setDeadline(job.protocol.limits.gateSeconds, "before its gates were decided");
  try {
    const end = await run.until("gated", "error");
    options.signal?.throwIfAborted();
    const seconds = (performance.now() - began) / 1000;
    const gates = run.events.filter((event) => event.type === "gate").map((event) => event.gate);
    const gated = end?.type === "gated" ? end : null;
    const graph = run.events.findLast((event) => event.type === "graph")?.graph ?? null;
    let failed: Failure | null = null;
    const { memoryMB } = job.protocol.limits;
    if (end?.type === "error") failed = run.fullDisk() ?? reportedFailure(end.failure, memoryMB);
    else if (!gated) failed = await endingFailure(run, job, "its gates were decided");
    else if (!gated.ok || gates.some((verdict) => !verdict.ok && !verdict.warning))
      failed = run.fullDisk() ?? gateFailure(gates, memoryMB);
    if (failed || !waitForGo) await discard(run);
    else run.setDeadline(WARM_SECONDS, "waiting for its training");
    options.signal?.throwIfAborted();
    return store(folder.gate, job, {
      ...{ ok: failed === null, gates, failure: failed, graph, tier: context.tier, seconds },
      // 0 stands for what could not be counted, because the mixer cannot be made.
      params: gated?.params || null,
      mixerParams: gated?.mixerParams || null,
      flopsPerToken: gated?.flopsPerToken || null,
      fingerprint: gated?.fingerprint ?? null,
    });
  } finally {
    release();
    stopListening();
    if (options.signal?.aborted) await discard(run);
  }
}

/** A candidate that nobody trains holds its memory no longer than this. */
const WARM_SECONDS = 24 * 3600;

async function discard(run: SandboxedRun): Promise<void> {
  run.kill(ABORTED);
  await run.ended;
}

function listen(run: SandboxedRun, { onEvent }: JobOptions): () => void {
  if (!onEvent) return () => {};
  for (const event of run.events) onEvent(event);
  return run.onEvent(onEvent);
}

// ---------------------------------------------------------------- train

export async function train(
  context: JobContext,
  job: JobRequest,
  options: JobOptions = {},
): Promise<TrainOutcome> {
  const folder = runFolder(context.home, job.id);
  const before = stored(folder.train, StoredTrain, job);
  if (before) return before;
  options.signal?.throwIfAborted();
  await prepareData(context, job);
  const began = performance.now();
  const warm = context.live.get(job.id);
  const { gateSeconds, runSeconds } = job.protocol.limits;
  if (warm && !warm.isAlive()) await discard(warm);
  const isWarm = warm?.isAlive() ?? false;
  const run = warm && isWarm ? warm : await start(context, job, { gates: false, waitForGo: false });
  const stopListening = listen(run, options);
  const polite = () => writeDurably(join(folder.in, "stop"), "");
  const release = endOnAbort(run, options.signal, polite, context.limits.graceSeconds);
  let failed: Failure | null = null;
  try {
    if (isWarm) writeDurably(join(folder.in, "go"), "");
    run.setDeadline(isWarm ? runSeconds : runSeconds + gateSeconds, "in training");
    failed = await trainAndInfer(context, job, folder, run, options.signal);
  } catch (error) {
    failed = error instanceof ScorerError ? ofScorer(error.failure) : hostileFailure(error);
  } finally {
    release();
    stopListening();
    await discard(run);
  }
  options.signal?.throwIfAborted();
  const outcome: TrainOutcome = {
    ok: failed === null,
    failure: failed,
    curves: curvesOf(
      [...earlierEvents(folder), ...run.events],
      job.runs.map((r) => r.id),
    ),
    tier: context.tier,
    seconds: (performance.now() - began) / 1000,
  };
  try {
    // After a fault of our own, what was trained stays: another attempt need not begin anew.
    if (failed?.kind !== "internal") await clear(folder);
    return store(folder.train, job, outcome);
  } catch (error) {
    return { ...outcome, ok: false, failure: failed ?? hostileFailure(error) };
  }
}

/** The scorer is our own: where it found the disk full, it is. */
const ofScorer = (failed: Failure): Failure =>
  failed.kind === "disk" ? { ...failed, detail: machineDetail(failed.detail) } : failed;

/** From `go` to hidden states out of the sandbox's reach. Null when all went well. */
async function trainAndInfer(
  context: JobContext,
  job: JobRequest,
  folder: RunFolder,
  run: SandboxedRun,
  signal: AbortSignal | undefined,
): Promise<Failure | null> {
  const trained = await run.until("trained", "error");
  if (trained?.type !== "trained") return endingFailure(run, job, "its training was finished");
  signal?.throwIfAborted();
  const limit = jobLimits(job, context.limits).disk;
  // First the weights are taken out of reach, then the held-out data is shown: nothing learned from it can be kept.
  await keep(folder, job, limit);
  const { id, protocol, runs, heldoutKey } = job;
  const data = join(context.home, "data");
  await context.scorer.heldout({ protocol, runs, key: heldoutKey, data, out: folder.in });
  const released = join(folder.in, "heldout.json");
  if (!existsSync(released)) writeDurably(released, JSON.stringify({ job: id, runs: runs.map((r) => r.id) }));
  const { exit, killed } = await run.ended;
  if (killed || exit.code !== 0 || !run.events.some((event) => event.type === "inferred"))
    return endingFailure(run, job, "its inference was finished");
  for (const { id: name } of job.runs) {
    mkdirSync(join(folder.hidden, name), { recursive: true });
    const parts = [name, "hidden.safetensors"];
    if (!ingest(folder.out, parts, join(folder.hidden, ...parts), limit))
      return failure("interface", `The candidate left no hidden states of ${name}.`, run.tail());
  }
  return null;
}

/** Copies weights and checkpoints of every run; the folder appears whole, or not at all. A second time it stays as it is. */
async function keep(folder: RunFolder, job: JobRequest, limit: number): Promise<void> {
  if (existsSync(folder.kept)) return;
  const fresh = `${folder.kept}.new`;
  await wipe(fresh);
  for (const { id } of job.runs) {
    mkdirSync(join(fresh, id), { recursive: true });
    for (const name of ["model.safetensors", "checkpoint.safetensors"])
      if (!ingest(folder.out, [id, name], join(fresh, id, name), limit))
        throw new Hostile(`left no ${name} of ${id}`);
    syncFolder(join(fresh, id));
  }
  renameSync(fresh, folder.kept);
  syncFolder(folder.root);
}

function earlierEvents(folder: RunFolder): JobEvent[] {
  return readdirSync(folder.root)
    .filter((name) => /^events-\d+\.jsonl$/.test(name))
    .sort()
    .flatMap((name) => readEvents(join(folder.root, name)));
}

/** Nothing that the sandbox wrote outlives its job, but what was taken from it; nor does the held-out data lie about. */
async function clear(folder: RunFolder): Promise<void> {
  for (const name of readdirSync(folder.root))
    if (/^events-\d+\.jsonl$/.test(name)) rmSync(join(folder.root, name));
  for (const path of [folder.out, folder.tmp, join(folder.in, "heldout"), join(folder.in, "ckpt")])
    await wipe(path);
}

// ---------------------------------------------------------------- score

export async function score(
  context: JobContext,
  job: JobRequest,
  options: JobOptions = {},
): Promise<JobResult> {
  options.signal?.throwIfAborted();
  const folder = runFolder(context.home, job.id);
  const hash = protocolHash(job.protocol);
  const trained = stored(folder.train, StoredTrain, job);
  const failedResult = (reason: Failure): JobResult => ({
    ...{ job: job.id, ok: false, failure: reason, runs: [], protocolHash: hash, dataHash: "" },
  });
  if (!trained) return failedResult(failure("internal", `${job.id} has not been trained.`));
  if (!trained.ok)
    return failedResult(trained.failure ?? failure("internal", `${job.id} failed in training.`));
  const before = readResult(folder, job);
  if (before) {
    await wipe(folder.hidden);
    return before;
  }
  const { id, protocol, runs, heldoutKey: key } = job;
  try {
    await context.scorer.score({
      ...{ job: id, protocol, protocolHash: hash, runs, key, data: join(context.home, "data") },
      ...{ kept: folder.kept, out: folder.hidden, result: folder.result },
    });
  } catch (error) {
    const result = readResult(folder, job);
    if (result) return result;
    if (error instanceof ScorerError) return failedResult(ofScorer(error.failure));
    return failedResult(failure("internal", `The scorer failed: ${(error as Error).message}`));
  }
  options.signal?.throwIfAborted();
  return (
    readResult(folder, job) ??
    failedResult(failure("internal", `The scorer wrote no valid result of ${job.id}.`))
  );
}
