/** Makes a run folder ready for its sandbox: what goes in, and from which checkpoint each run goes on. */
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type JobRun, JobSpec } from "../../shared/job.ts";
import type { JobRequest } from "../interfaces.ts";
import { parseEvent } from "./events-tail.ts";
import { ingest, type RunFolder, runFolder, syncFolder, wipe } from "./run-folder.ts";

/**
 * Where a run continues, first match first: this job's own checkpoint out of an earlier process (kept, when its
 * training had finished; else what the sandbox left), then the kept one of the job it is promoted from.
 */
function checkpoint(
  run: JobRun,
  folder: RunFolder,
  from: RunFolder | null,
  target: string,
  limit: number,
): boolean {
  const parts = [run.id, "checkpoint.safetensors"];
  if (existsSync(folder.kept)) return ingest(folder.kept, parts, target, limit);
  if (existsSync(folder.out) && ingest(folder.out, parts, target, limit)) return true;
  const before = join(folder.in, "ckpt");
  if (existsSync(before) && ingest(before, [`${run.id}.safetensors`], target, limit)) return true;
  if (!run.resume) return false;
  if (from && existsSync(from.kept) && ingest(from.kept, parts, target, limit)) return true;
  throw new Error(
    `${folder.root}: no kept checkpoint of ${run.id} to resume from${from ? ` in ${from.root}` : ""}`,
  );
}

/**
 * Builds in/ anew beside the old one and empties out/, so that nothing but checkpoints passes from an earlier process to
 * this one. Interrupted at any point, it can be done again. `limit`: bytes of one checkpoint.
 */
export async function prepareJob(
  home: string,
  request: JobRequest,
  phase: { gates: boolean; waitForGo: boolean },
  limit: number,
): Promise<RunFolder> {
  const folder = runFolder(home, request.id);
  const from = request.from === null ? null : runFolder(home, request.from);
  const fresh = `${folder.in}.new`;
  mkdirSync(folder.root, { recursive: true, mode: 0o700 });
  await wipe(fresh);
  mkdirSync(join(fresh, "ckpt"), { recursive: true });
  const runs = request.runs.map((run) => ({
    ...run,
    resume: checkpoint(run, folder, from, join(fresh, "ckpt", `${run.id}.safetensors`), limit),
  }));
  const spec: JobSpec = JobSpec.parse({
    job: request.id,
    protocol: request.protocol,
    device: request.device,
    threads: request.threads,
    mixerKwargs: request.mixerKwargs,
    ...phase,
    runs,
  });
  writeFileSync(join(fresh, "spec.json"), JSON.stringify(spec, null, 1));
  writeFileSync(join(fresh, "mixer.py"), request.code);
  syncFolder(fresh);
  saveEvents(folder);
  await wipe(folder.in);
  renameSync(fresh, folder.in);
  for (const emptied of [folder.out, folder.tmp, folder.hidden]) {
    await wipe(emptied);
    mkdirSync(emptied, { mode: 0o700 });
  }
  chmodSync(folder.in, 0o755);
  return folder;
}

const EVENTS_LIMIT = 64 * 1024 * 1024;

/** Keeps what an interrupted process reported, for the beginning of the curves. */
function saveEvents(folder: RunFolder): void {
  if (!existsSync(folder.out)) return;
  const target = join(folder.root, `events-${Date.now()}.jsonl`);
  try {
    ingest(folder.out, ["events.jsonl"], target, EVENTS_LIMIT);
  } catch {
    // only a picture of the past: what is hostile there is not worth a failure
  }
}

/** Reads a saved event log; lines that are none are left out. */
export function readEvents(file: string) {
  return readFileSync(file, "utf8")
    .split("\n")
    .map((line) => parseEvent(line))
    .filter((event) => event !== null);
}
