/** The running campaign as the live screen shows it: pure functions of a snapshot. */
import { type Experiment, isEnd } from "../../shared/domain.ts";
import type { LiveState, LiveTask } from "../../shared/live.ts";
import type { Card } from "../../shared/views.ts";
import type { CampaignSnapshot } from "../program.ts";
import { type Positions, shown } from "./progress.ts";

const DEVICE_STEPS = new Set(["gate", "train", "score"]);

/** What is to be done next with an open record. */
const stepOf = (e: Experiment): string => (e.failure ? "repair" : e.status);

/** `b1.5/0/2`: width, rung, seed. */
export function baselineName(task: string): string | null {
  const found = /^b([\d.]+)\/\d+\/(\d+)$/.exec(task);
  return found ? `Baseline ${found[1]}×, seed ${found[2]}` : null;
}

export function liveTasks(snapshot: CampaignSnapshot, positions: Positions): LiveTask[] {
  const { experiments, promotions, campaign } = snapshot;
  return Object.entries(snapshot.tasks).flatMap(([key, since]): LiveTask[] => {
    const trained = shown(positions.get(key));
    const baseline = baselineName(key);
    if (baseline !== null)
      return [
        {
          experimentId: null,
          index: null,
          name: baseline,
          step: "baseline",
          lane: "device",
          since,
          ...trained,
        },
      ];
    if (key.startsWith("e")) {
      const e = experiments[Number(key.slice(1))];
      if (!e) return [];
      const step = stepOf(e);
      const lane = DEVICE_STEPS.has(step) ? "device" : "mind";
      return [{ experimentId: e.id, index: e.index, name: e.name, step, lane, since, ...trained }];
    }
    const [id, rung] = key.slice(1).split("/");
    const e = experiments.find((x) => x.id === id);
    const promotion = promotions.find((p) => p.experimentId === id && p.rung === Number(rung));
    if (!e || !promotion) return [];
    const on = campaign.protocol.rungs[promotion.rung]?.name ?? `rung ${rung}`;
    const lane = promotion.status === "analyse" ? "mind" : "device";
    const step = `${promotion.status} on ${on}`;
    return [{ experimentId: e.id, index: e.index, name: e.name, step, lane, since, ...trained }];
  });
}

/** Ids of the best, deepest rung first, then by fitness. */
export function ranking(experiments: readonly Experiment[], most: number): string[] {
  return experiments
    .filter((e) => e.status === "archived" && e.scores.length > 0)
    .sort((a, b) => b.scores.length - a.scores.length || b.scores.at(-1)!.fitness - a.scores.at(-1)!.fitness)
    .slice(0, most)
    .map((e) => e.id);
}

export function liveState(
  snapshot: CampaignSnapshot,
  more: {
    archive: string;
    ending: LiveState["ending"];
    positions: Positions;
    leaderboard: Card[];
    heartbeat: string;
  },
): LiveState {
  const { campaign, experiments, promotions, totals, tasks } = snapshot;
  const stages: Record<string, number> = {};
  let archived = 0;
  let waiting = 0;
  for (const e of experiments) {
    if (e.status === "archived") archived++;
    if (isEnd(e.status)) continue;
    const step = stepOf(e);
    stages[step] = (stages[step] ?? 0) + 1;
    if (step === "train" && !(`e${e.index}` in tasks)) waiting++;
  }
  const done = promotions.filter((p) => p.status === "done" || p.status === "failed").length;
  return {
    archive: more.archive,
    campaign,
    heartbeat: more.heartbeat,
    ending: more.ending,
    tasks: liveTasks(snapshot, more.positions),
    stages,
    waiting,
    counts: {
      proposed: totals.proposed,
      archived,
      rejected: totals.rejected,
      failed: totals.failed,
      trained: totals.trained,
    },
    promotions: { open: promotions.length - done, done },
    leaderboard: more.leaderboard,
    discoveries: snapshot.discoveries,
    baseline: snapshot.baseline,
    proxy: snapshot.proxy,
    activity: snapshot.activity,
    endpoints: snapshot.endpoints,
    deviceBusy: totals.deviceBusyFraction,
    slots: snapshot.slots,
  };
}
