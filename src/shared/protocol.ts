/** A protocol: model size, data, tasks, steps, scoring. Data, validated here, hashed, stored with every run. */
import { z } from "zod";

export const TaskName = z.string().regex(/^[a-z][a-z0-9_]*$/);

/** One training task. `kind` picks the generator in trainer/tasks; `params` are its own settings. */
export const Task = z.object({
  kind: z.enum(["lm", "icr", "upd", "parity"]),
  seqLen: z.number().int().min(8).max(65536),
  batch: z.number().int().min(1).max(4096),
  /** Length of the learning-rate schedule; a rung may pause before it ends. */
  steps: z.number().int().min(1),
  lr: z.number().positive(),
  /** Held-out sequences that the score is taken from. */
  heldout: z.number().int().min(1),
  params: z.record(z.string(), z.union([z.number(), z.string(), z.boolean()])).default({}),
});
export type Task = z.infer<typeof Task>;

/** One depth of training. Candidates are compared only with others on the same rung. */
export const Rung = z.object({
  name: z.string().regex(/^[a-z][a-z0-9-]*$/),
  runs: z
    .array(z.object({ task: TaskName, until: z.number().int().min(1), seeds: z.number().int().min(1) }))
    .min(1),
  /**
   * Who goes on to the next rung. `top`: the best `fraction` and everything within `tieLoss` (LM loss) of the last of
   * them. `beats`: those that beat the baseline by `z` seed spreads. null: nobody (the last rung).
   */
  promote: z
    .discriminatedUnion("rule", [
      z.object({ rule: z.literal("top"), fraction: z.number().gt(0).max(1), tieLoss: z.number().min(0) }),
      z.object({ rule: z.literal("beats"), z: z.number().min(0) }),
    ])
    .nullable(),
});
export type Rung = z.infer<typeof Rung>;

export const Protocol = z.object({
  name: z.string().regex(/^[a-z][a-z0-9-]*$/),
  description: z.string(),
  model: z.object({
    hiddenSize: z.number().int().min(8),
    numHeads: z.number().int().min(1),
    numLayers: z.number().int().min(1),
    mlpRatio: z.number().min(0),
  }),
  optimiser: z.object({
    betas: z.tuple([z.number(), z.number()]),
    weightDecay: z.number().min(0),
    warmup: z.number().min(0).max(1),
    /** Final learning rate as a fraction of the peak (cosine). */
    minLr: z.number().min(0).max(1),
    clip: z.number().positive(),
  }),
  tasks: z.record(TaskName, Task),
  rungs: z.array(Rung).min(1),
  baseline: z.object({
    mixer: z.string(),
    seeds: z.number().int().min(1),
    /** Widened baselines, as multiples of the mixer's parameters, and the seeds each gets. */
    widths: z.array(z.number().gt(1)),
    widthSeeds: z.number().int().min(1),
  }),
  limits: z.object({
    /** Largest multiple of the baseline's mixer parameters, and of its FLOPs a token. */
    params: z.number().positive(),
    flops: z.number().positive(),
    memoryMB: z.number().positive(),
    gateSeconds: z.number().positive(),
    /** Wall clock of one job after its gates (training and inference), less the time in which it waited for a core. */
    runSeconds: z.number().positive(),
  }),
});
export type Protocol = z.infer<typeof Protocol>;
