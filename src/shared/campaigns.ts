/** Campaigns as a person sets them up and sees them listed: the wizard's form, its estimate, and how each is doing. */
import { z } from "zod";
import { Budget, Campaign, SearchSettings } from "./domain.ts";
import { LlmSettings } from "./llm.ts";
import { Protocol } from "./protocol.ts";
import { Relative } from "./views.ts";

/** How a campaign is doing, for a list. */
export const CampaignRow = z.object({
  archive: z.string(),
  archiveName: z.string(),
  campaign: Campaign,
  /**
   * running: this program runs it now. elsewhere: another process holds the archive. interrupted: it was running when its
   * program ended; resuming loses nothing.
   */
  live: z.enum(["running", "elsewhere", "interrupted", "paused", "finished", "failed"]),
  experiments: z.number().int(),
  archived: z.number().int(),
  rejected: z.number().int(),
  failed: z.number().int(),
  discoveries: z.number().int(),
  best: Relative.nullable(),
  /** What was estimated when it was begun; null where nothing was. */
  estimate: z.unknown().nullable(),
});
export type CampaignRow = z.infer<typeof CampaignRow>;

/** All that the wizard sets; what the settings' export holds. */
export const CampaignForm = z.object({
  preset: z.string(),
  name: z.string().trim().min(1, "Give the campaign a name.").max(120),
  /** File to write; null: archive.sqlite in the data folder. */
  archive: z.string().max(4096).nullable(),
  seed: z.number().int().min(0),
  researcher: z.enum(["grammar", "random", "llm"]),
  protocol: Protocol,
  search: SearchSettings,
  budget: Budget,
  workers: z.number().int().min(1).max(256).nullable(),
  models: LlmSettings.nullable(),
});
export type CampaignForm = z.infer<typeof CampaignForm>;

/** A choice on the wizard's first page. */
export const PresetChoice = z.object({
  name: z.string(),
  title: z.string(),
  description: z.string(),
  /** Why it cannot be run here, and what to do; null when it can. */
  unavailable: z.string().nullable(),
  form: CampaignForm,
});
export type PresetChoice = z.infer<typeof PresetChoice>;

const Range = z.object({ p10: z.number(), p50: z.number(), p90: z.number() });
export const Estimate = z.object({
  experiments: Range,
  /** Until the end, in seconds of running time. */
  wallSeconds: Range,
  deviceHours: Range,
  /** In the currency of the prices; null where a price is not known. */
  cost: Range.nullable(),
  diskMB: Range,
  /** Seconds of one experiment on its first rung, and of one promotion. */
  perExperiment: Range,
  /** What takes most of the time: "training of the first rung", "confirmations", "the baseline". */
  dominates: z.string(),
  /** Which budget ends it: "experiments", "wallSeconds", … */
  endedBy: z.string(),
  /** measured: a short run on this machine. history: earlier campaigns under this protocol. assumed: from the protocol's size alone. */
  basis: z.enum(["measured", "history", "assumed"]),
  note: z.string(),
});
export type Estimate = z.infer<typeof Estimate>;
