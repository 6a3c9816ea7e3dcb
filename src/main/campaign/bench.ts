/**
 * How busy the device is kept: the conveyor beside a strictly serial loop, with a researcher whose answers take as long
 * as a training does. Both really train; the busy fraction is lease time over slots times wall time, in steady state:
 * from the end of the third experiment until the last one is proposed (after that there is nothing left to feed).
 */
import { randomUUID } from "node:crypto";
import type { Campaign } from "../../shared/domain.ts";
import { protocolHash } from "../../shared/hash.ts";
import type { Protocol } from "../../shared/protocol.ts";
import type { Agents, Archive, DeviceLease, Researcher, Trainer } from "../interfaces.ts";
import { busyFraction, type CampaignOptions, type DeviceReading } from "./handle.ts";
import { startCampaign } from "./scheduler.ts";

export interface Measured {
  deviceBusyFraction: number;
  experiments: number;
  wallSeconds: number;
}

export interface PipelineBench {
  pipeline: Measured;
  serial: Measured;
  trainingSeconds: number;
  slots: number;
}

const STEADY_FROM = 3;

export interface BenchParts {
  protocol: Protocol;
  device: Campaign["device"];
  tier: Campaign["tier"];
  trainer: Trainer;
  agents: Agents;
  newLease: (slots?: number) => DeviceLease;
  /** A new, empty archive. */
  newArchive: () => Archive;
  signal: AbortSignal;
  onNote: (line: string) => void;
}

/** The same researcher, whose answers take at least so long. */
const thinking = (researcher: Researcher, seconds: () => number): Researcher => ({
  name: researcher.name,
  async propose(context, signal) {
    const [proposal] = await Promise.all([
      researcher.propose(context, signal),
      sleep(seconds() * 1000, signal),
    ]);
    return proposal;
  },
});

const sleep = (ms: number, signal: AbortSignal) =>
  new Promise<void>((resolve, reject) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      reject(signal.reason);
    });
  });

function campaignOf(parts: BenchParts, experiments: number, lag: number): Campaign {
  return {
    id: randomUUID(),
    name: "bench pipeline",
    seed: 1,
    researcher: parts.agents.researcher.name,
    protocol: parts.protocol,
    protocolHash: protocolHash(parts.protocol),
    search: {
      poolSize: 50,
      parentRanks: 3,
      references: 2,
      coldStart: 4,
      updateEvery: 4,
      lag,
      promotionLag: lag,
      repairs: 2,
      noveltyRetries: 3,
      rungMinimum: 4,
      islands: 2,
      mode: "calibrated",
    },
    budget: { experiments, wallSeconds: null, deviceSeconds: null, tokens: null, cost: null },
    device: parts.device,
    tier: parts.tier,
    state: "running",
    reason: null,
    used: { wallSeconds: 0, deviceSeconds: 0, tokens: 0, cost: 0, refused: null },
    llm: null,
    createdAt: new Date().toISOString(),
    endedAt: null,
  };
}

async function measure(
  parts: BenchParts,
  experiments: number,
  settings: { lag: number; slots?: number; mind: number; buffer: number; think: () => number },
  onScored: (seconds: number) => void,
): Promise<Measured> {
  const lease = parts.newLease(settings.slots);
  const archive = parts.newArchive();
  let from: DeviceReading | null = null;
  let to: DeviceReading | null = null;
  const agents = { ...parts.agents, researcher: thinking(parts.agents.researcher, settings.think) };
  const options: CampaignOptions = {
    campaign: campaignOf(parts, experiments, settings.lag),
    archive,
    trainer: parts.trainer,
    lease,
    agents,
    mind: settings.mind,
    buffer: settings.buffer,
    onEvent: () => {
      const { experiments: all, meter } = handle.snapshot();
      const ended = all.filter(
        (e) => e.status === "archived" || e.status === "failed" || e.status === "rejected",
      );
      for (const e of ended) if (e.scores.length > 0) onScored(e.seconds);
      if (ended.length >= STEADY_FROM) from ??= meter;
      if (all.length === experiments && all.every((e) => e.status !== "propose")) to ??= meter;
    },
  };
  const handle = startCampaign(options);
  const abort = () => handle.stop();
  parts.signal.addEventListener("abort", abort);
  const campaign = await handle.done;
  parts.signal.removeEventListener("abort", abort);
  parts.signal.throwIfAborted();
  archive.close();
  if (campaign.reason === null || campaign.state !== "finished" || !from || !to) {
    throw new Error(`The bench's campaign did not finish: ${campaign.reason}`);
  }
  const busy = busyFraction(from, to);
  if (busy === null) throw new RangeError("Too few experiments for a steady state; ask for more.");
  return { deviceBusyFraction: busy, experiments, wallSeconds: campaign.used.wallSeconds };
}

/** Runs both, one after the other. The first scored candidates say how long a training takes, and so how long to think. */
export async function benchPipeline(parts: BenchParts, experiments: number): Promise<PipelineBench> {
  const seconds: number[] = [];
  const think = () => (seconds.length ? seconds.reduce((a, b) => a + b, 0) / seconds.length : 5);
  const note = (s: number) => {
    if (seconds.length < 8) seconds.push(s);
  };
  const slots = parts.newLease().slots;
  parts.onNote(`Pipeline: ${experiments} experiments on ${slots} slots.`);
  const pipeline = await measure(
    parts,
    experiments,
    { lag: 4 * slots, mind: 2 * slots + 2, buffer: slots, think },
    note,
  );
  parts.onNote(`Serial: one step after the other, on one slot, answers of ${think().toFixed(1)} s.`);
  const few = Math.max(STEADY_FROM + 3, Math.ceil(experiments / 3));
  const serial = await measure(parts, few, { lag: 0, slots: 1, mind: 1, buffer: 0, think }, () => {});
  return { pipeline, serial, trainingSeconds: think(), slots };
}
