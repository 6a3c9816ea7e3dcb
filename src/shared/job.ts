/**
 * The run folder: the only place where the program and the trainer meet.
 *
 *   <job>/in/            read-only inside the sandbox (seen as /job/in)
 *     spec.json          JobSpec, below
 *     mixer.py           the candidate
 *     ckpt/<run>.safetensors   checkpoints to continue from, when spec.runs[].resume is true
 *     go                 appears when training may begin (spec.waitForGo)
 *     heldout/<run>.safetensors   held-out inputs (int64 "tokens", (N, T)); never their targets
 *     heldout.json       appears last, when all held-out files lie there
 *   <job>/out/           the only place the sandbox can write (seen as /job/out)
 *     events.jsonl       JobEvent, one a line, appended
 *     <run>/checkpoint.safetensors   model + optimiser + rng + step; written, fsynced, renamed
 *     <run>/model.safetensors        the weights that infer uses
 *     <run>/hidden.safetensors       "hidden" (N, T, D): final hidden states, before the head
 *   <job>/kept/          copies that the program took out of reach of the sandbox before it released the held-out data
 *   <job>/result.json    JobResult, written by the trusted scorer, fsynced, renamed
 *
 * One sandboxed process goes the whole way, so that torch is imported once:
 *   import → construct → gates → `graph` → `gated` → wait for in/go → train every run → `trained` → wait for in/heldout.json
 *   → infer every run → `inferred` → exit 0.  A failure writes an `error` event and exits 1.
 */
import { z } from "zod";
import { MixerGraph } from "./graph.ts";
import { Protocol } from "./protocol.ts";

/** What went wrong, as the engineer classifies it. */
export const FailureKind = z.enum([
  "interface", // does not import, construct, or return what the signature says
  "numerical", // NaN or infinity, in values or gradients
  "leak", // the future, the batch, the total length or an earlier call shows in the output
  "slow", // super-linear, a Python loop over time, or over the time limit
  "size", // parameters or FLOPs beyond the limit against the baseline
  "memory",
  "disk",
  "timeout",
  "divergence",
  "output", // endless terminal output
  "sandbox", // the process was killed, or did what the sandbox forbids
  "duplicate",
  "anomaly", // it ran, but stands out: far slower than its peers, or a loss too good to believe
  "answer", // a language model gave no answer that could be used
  "internal", // our own fault
]);
export type FailureKind = z.infer<typeof FailureKind>;

export const Failure = z.object({
  kind: FailureKind,
  /** One sentence for a person: what happened. */
  message: z.string(),
  /** Traceback, gate verdict or log tail: the exact error, for repair. */
  detail: z.string().default(""),
});
export type Failure = z.infer<typeof Failure>;

export const GateVerdict = z.object({
  name: z.string(),
  ok: z.boolean(),
  /** The measured number; null where the check could not be reached. */
  value: z.number().nullable(),
  limit: z.number().nullable(),
  detail: z.string(),
  /** Reported, never a reason to reject (for example: buffers changed by eval calls). */
  warning: z.boolean().default(false),
  /** What a failed verdict means. */
  kind: FailureKind.nullable().default(null),
});
export type GateVerdict = z.infer<typeof GateVerdict>;

export const JobRun = z.object({
  /** `<task>-s<seed>` */
  id: z.string().regex(/^[a-z][a-z0-9_]*-s\d+$/),
  task: z.string(),
  seed: z.number().int().min(0),
  /** Train up to this step of the task's schedule. */
  until: z.number().int().min(1),
  resume: z.boolean().default(false),
});
export type JobRun = z.infer<typeof JobRun>;

export const JobSpec = z.object({
  job: z.string(),
  protocol: Protocol,
  device: z.enum(["cpu", "cuda"]),
  threads: z.number().int().min(1),
  /** Keywords for the mixer's constructor beyond hidden_size, num_heads and layer_idx (the widened baseline). */
  mixerKwargs: z.record(z.string(), z.union([z.number(), z.string(), z.boolean()])).default({}),
  gates: z.boolean(),
  waitForGo: z.boolean(),
  runs: z.array(JobRun),
  /** Least time between two checkpoints; the worker waits longer where writing one takes more than 2 % of that. */
  checkpointSeconds: z.number().positive().default(3),
});
export type JobSpec = z.infer<typeof JobSpec>;

const event = <T extends string, S extends z.ZodRawShape>(type: T, shape: S) =>
  z.object({ t: z.number(), type: z.literal(type), ...shape });

/** Lines of events.jsonl. Written by the sandbox, so only ever shown or used to resume: no score comes from them. */
export const JobEvent = z.discriminatedUnion("type", [
  event("started", { torch: z.string(), device: z.string(), threads: z.number() }),
  event("gate", { gate: GateVerdict }),
  /** Before `gated`, where it could be traced. */
  event("graph", { graph: MixerGraph }),
  event("gated", {
    ok: z.boolean(),
    /** Whole model, and its mixers alone. */
    params: z.number(),
    mixerParams: z.number(),
    flopsPerToken: z.number(),
    /** Hash of the mixer's rounded output under fixed weights and input: equal programs have equal fingerprints. */
    fingerprint: z.string().nullable(),
    seconds: z.number(),
  }),
  event("run_started", { run: z.string(), step: z.number(), until: z.number() }),
  event("step", {
    run: z.string(),
    step: z.number(),
    loss: z.number(),
    aux: z.number().nullable().default(null),
    lr: z.number(),
    tokensPerSecond: z.number(),
    memoryMB: z.number(),
  }),
  event("checkpoint", { run: z.string(), step: z.number() }),
  event("run_done", { run: z.string(), step: z.number(), seconds: z.number() }),
  event("trained", {}),
  event("inferred", {}),
  event("error", { failure: Failure, run: z.string().nullable().default(null) }),
]);
export type JobEvent = z.infer<typeof JobEvent>;

/** One training of one mixer with one seed, scored. `score` is in [0, 1], monotone in the log of the loss. */
export const RunScore = z.object({
  id: z.string(),
  task: z.string(),
  seed: z.number(),
  step: z.number(),
  loss: z.number(),
  accuracy: z.number(),
  score: z.number(),
  /** Largest relative change of a past hidden state when only the future differs (probe pairs). */
  probe: z.number(),
});
export type RunScore = z.infer<typeof RunScore>;

export const JobResult = z.object({
  job: z.string(),
  ok: z.boolean(),
  failure: Failure.nullable(),
  runs: z.array(RunScore),
  protocolHash: z.string(),
  dataHash: z.string(),
});
export type JobResult = z.infer<typeof JobResult>;
