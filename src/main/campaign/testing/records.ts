/** Records for table tests: an archived experiment with given gains. */
import type { Experiment, Promotion, RungScore } from "../../../shared/domain.ts";
import { uuidOf } from "../../../shared/hash.ts";
import { openExperiment } from "../record.ts";
import { testCampaign, testProtocol } from "./fakes.ts";

export const campaign = testCampaign();

export const scored = (rung: number, change: Partial<RungScore> = {}): RungScore => {
  const spread = { mean: 0, sd: 0, n: 1 };
  return {
    rung: testProtocol.rungs[rung]!.name,
    loss: spread,
    benchmark: spread,
    tasks: {},
    runs: [],
    fitness: 0.5,
    fitnessPaper: 0.5,
    parts: { loss: 0.5, benchmark: 0.5, judge: 0.5, lossPaper: 0.5, benchmarkPaper: 0.5 },
    gain: 0,
    gainSe: 0.01,
    rawGain: 0,
    benchmarkGain: 0,
    benchmarkGainSe: 0.01,
    freedom: { loss: 8, benchmark: 8 },
    z: { loss: 0, benchmark: 0 },
    seconds: 1,
    ...change,
  };
};

/** Experiment `index`, archived with these scores, shallowest rung first. */
export const archived = (
  index: number,
  scores: RungScore[],
  change: Partial<Experiment> = {},
): Experiment => ({
  ...openExperiment(campaign, index, "fake").experiment,
  status: "archived",
  code: `code ${index}`,
  name: `m${index}`,
  scores,
  mixerParams: 1000,
  ...change,
});

export const promotion = (
  index: number,
  rung: number,
  decidedAt: number,
  status: Promotion["status"] = "done",
): Promotion => ({
  experimentId: uuidOf(campaign.id, index),
  campaignId: campaign.id,
  rung,
  decidedAt,
  status,
  failure: null,
});
