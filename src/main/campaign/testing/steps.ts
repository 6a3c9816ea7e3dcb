/** One experiment taken through its steps by hand, with scripted agents: for tests of single branches. */
import type { BaselinePoint, Experiment, Promotion, SearchSettings, Status } from "../../../shared/domain.ts";
import { isEnd } from "../../../shared/domain.ts";
import { codeHash } from "../../../shared/hash.ts";
import type { Agents } from "../../interfaces.ts";
import { baselineCells, measureCell, mergePoint } from "../baseline.ts";
import type { StepContext } from "../context.ts";
import { obsoleteJobs } from "../jobs.ts";
import { othersOf } from "../opening.ts";
import { runPromotion } from "../promotionSteps.ts";
import { openExperiment, type StepResult } from "../record.ts";
import { runStep } from "../steps.ts";
import { inTurn } from "../turns.ts";
import { delays, fakeAgents, fakeTrainer, testCampaign } from "./fakes.ts";

interface Setting {
  agents?: Partial<Agents>;
  search?: Partial<SearchSettings>;
  /** Earlier experiments. */
  experiments?: readonly Experiment[];
  mayWait?: boolean;
}

export function bench({ agents = {}, search, experiments = [], mayWait = true }: Setting = {}) {
  const delay = delays(0);
  const folders = new Set<string>();
  const trainer = fakeTrainer(delay, folders);
  const campaign = testCampaign({ search });
  const abort = new AbortController();
  const records = { experiments, promotions: [], decided: 0 };
  const context: StepContext = {
    campaign,
    records,
    baseline: [],
    agents: { ...fakeAgents(delay), ...agents },
    trainer,
    threads: 1,
    agentSeconds: 5,
    signal: abort.signal,
    onJob: () => {},
    fingerprints: inTurn(1),
    othersOf: (e) => othersOf({ ...records, campaign, running: new Set() }, e, 0, { by: "lag" }) ?? [],
    timed: null,
    mayWait: () => mayWait,
  };
  const measured = async (rungs: readonly number[]) => {
    let points: BaselinePoint[] = [];
    for (const cell of rungs.flatMap((rung) => baselineCells(campaign.protocol, rung))) {
      const { point } = await measureCell(campaign, cell, "baseline", fakeTrainer(delay), 1, {});
      points = mergePoint(points, point);
    }
    return points;
  };
  const index = experiments.length;
  const opened = openExperiment(campaign, index, "fake", { experiments: index, promotions: 0 }).experiment;
  const sweep = (e: Experiment, p: Promotion | null) => {
    for (const job of obsoleteJobs(campaign.protocol, e, p)) trainer.forget(job);
  };
  return {
    context,
    campaign,
    trainer,
    folders,
    abort,
    opened,
    /** An experiment with this code, about to do a step. */
    at: (status: Status, code: string, change: Partial<Experiment> = {}): Experiment => ({
      ...opened,
      ...{ status, code, codeHash: codeHash(code), name: `m${index}`, ...change },
    }),
    /** Does steps until the status is `until`, or the end; stored as the scheduler would, with the folders swept. */
    async walk(from: Experiment, until?: Status) {
      const c = { ...context, baseline: await measured([0]) };
      const results: StepResult[] = [];
      let e = from;
      while (!isEnd(e.status) && (e.status !== until || e.failure !== null)) {
        const result = await runStep(structuredClone(e), c);
        // As it is when it was stored.
        e = structuredClone(result.experiment);
        results.push(result);
        sweep(e, null);
      }
      return { e, results, events: results.map((r) => r.event.type), last: results.at(-1)! };
    },
    /** Takes a promotion to the second rung to its end. */
    async promote(from: Experiment) {
      const c = { ...context, baseline: await measured([0, 1]) };
      let e = from;
      let p: Promotion = {
        ...{
          experimentId: e.id,
          campaignId: campaign.id,
          rung: 1,
          decidedAt: 0,
          status: "train",
          failure: null,
        },
      };
      while (p.status !== "done" && p.status !== "failed") {
        const result = await runPromotion(e, p, c);
        e = result.experiment;
        p = result.promotion;
        sweep(e, p);
      }
      return { e, p };
    },
  };
}
