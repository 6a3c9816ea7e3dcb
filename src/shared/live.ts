/** What goes on right now: the running campaign, its terminals and devices, and the state of the machine. */
import { z } from "zod";
import { BaselinePoint, Campaign, ProxyValidity } from "./domain.ts";
import { Card } from "./views.ts";

/** One thing that goes on in a running campaign. */
export const LiveTask = z.object({
  experimentId: z.string().nullable(),
  index: z.number().int().nullable(),
  name: z.string(),
  /** A step, "baseline", or a promotion: "train on confirm". */
  step: z.string(),
  lane: z.enum(["mind", "device"]),
  since: z.string(),
  /** Of a training. */
  run: z.string().nullable(),
  position: z.object({ step: z.number(), until: z.number() }).nullable(),
  loss: z.number().nullable(),
  secondsLeft: z.number().nullable(),
});
export type LiveTask = z.infer<typeof LiveTask>;

export const LiveState = z.object({
  archive: z.string(),
  campaign: Campaign,
  /** Renewed every second while the campaign's process is alive. */
  heartbeat: z.string(),
  /** An order that was given and is being carried out. */
  ending: z.enum(["step", "now", "stop"]).nullable(),
  tasks: z.array(LiveTask),
  /** Experiments that are about to do each step, or are doing it. */
  stages: z.record(z.string(), z.number().int()),
  /** Gated, and waiting for the device. */
  waiting: z.number().int(),
  counts: z.object({
    proposed: z.number(),
    archived: z.number(),
    rejected: z.number(),
    failed: z.number(),
    trained: z.number(),
  }),
  promotions: z.object({ open: z.number(), done: z.number() }),
  /** Deepest rung first, then by fitness. */
  leaderboard: z.array(Card),
  discoveries: z.array(z.string()),
  baseline: z.array(BaselinePoint),
  proxy: ProxyValidity,
  activity: z.string().nullable(),
  endpoints: z.array(
    z.object({
      name: z.string(),
      model: z.string(),
      breaker: z.string(),
      until: z.string().nullable(),
      reason: z.string().nullable(),
    }),
  ),
  /** Share of the device's time in use since the start, and slots. */
  deviceBusy: z.number(),
  slots: z.number().int(),
});
export type LiveState = z.infer<typeof LiveState>;

/** Something that an agent or a gate did, as a message. */
export const FeedItem = z.object({
  at: z.string(),
  experimentId: z.string().nullable(),
  index: z.number().int().nullable(),
  name: z.string(),
  /** Researcher, Engineer, Analyst, Judge, Gate, Trainer, Campaign. */
  who: z.string(),
  tone: z.enum(["plain", "good", "bad"]),
  text: z.string(),
});
export type FeedItem = z.infer<typeof FeedItem>;

/** An answer that a model is giving right now. */
export const Speech = z.object({
  experimentId: z.string().nullable(),
  role: z.string(),
  model: z.string(),
  since: z.string(),
  /** The last part of what came so far. */
  text: z.string(),
  characters: z.number().int(),
});
export type Speech = z.infer<typeof Speech>;

/** New points of a training curve. */
export const CurvePoints = z.object({
  experimentId: z.string().nullable(),
  name: z.string(),
  run: z.string(),
  steps: z.array(z.number()),
  losses: z.array(z.number().nullable()),
});
export type CurvePoints = z.infer<typeof CurvePoints>;

export const DeviceSample = z.object({
  at: z.string(),
  /** Shares in [0, 1]. */
  cpu: z.number(),
  memory: z.object({ used: z.number(), total: z.number() }),
  gpus: z.array(
    z.object({
      name: z.string(),
      utilisation: z.number().nullable(),
      memory: z.object({ used: z.number(), total: z.number() }).nullable(),
      watts: z.number().nullable(),
      celsius: z.number().nullable(),
    }),
  ),
});
export type DeviceSample = z.infer<typeof DeviceSample>;

/** A terminal that can be looked at: of a job, or of the set-up. */
export const TerminalInfo = z.object({
  id: z.string(),
  title: z.string(),
  live: z.boolean(),
  since: z.string(),
});
export type TerminalInfo = z.infer<typeof TerminalInfo>;

export const Notice = z.object({
  at: z.string(),
  kind: z.enum(["best", "finished", "failed", "budget"]),
  title: z.string(),
  body: z.string(),
  /** Route to what it speaks of. */
  route: z.string(),
});
export type Notice = z.infer<typeof Notice>;

export const HealthCheck = z.object({
  name: z.string(),
  ok: z.boolean(),
  detail: z.string(),
  fix: z.string().nullable(),
  /** What a button can do about it. */
  action: z.enum(["set up", "choose interpreter", "install sandbox"]).nullable(),
});
export type HealthCheck = z.infer<typeof HealthCheck>;

export const SetupState = z.object({
  state: z.enum(["idle", "running", "done", "failed", "cancelled"]),
  phase: z.string().nullable(),
  message: z.string(),
  download: z.object({ name: z.string(), bytes: z.number(), total: z.number().nullable() }).nullable(),
  error: z.object({ code: z.string(), message: z.string(), fix: z.string() }).nullable(),
  since: z.string().nullable(),
});
export type SetupState = z.infer<typeof SetupState>;
