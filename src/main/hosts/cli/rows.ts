/** The JSON that the command line prints: shapes that scripts go by. Pure functions of the domain's records. */
import type { Campaign, Experiment, ProxyValidity } from "../../../shared/domain.ts";
import type { CodeVersion, GateOutcome } from "../../interfaces.ts";
import type { CampaignSnapshot, Evaluation } from "../../program.ts";

/** One experiment; scores are those of the deepest rung it has reached. */
export interface ExperimentRow {
  id: string;
  name: string;
  status: string;
  rung: string | null;
  reason: string | null;
  parent: string | null;
  codeHash: string;
  params: number | null;
  loss: number | null;
  benchmark: number | null;
  fitness: number | null;
  fitnessPaper: number | null;
  gain: number | null;
  rawGain: number | null;
  seconds: number;
}

export function experimentRow(e: Experiment): ExperimentRow {
  const score = e.scores.at(-1);
  return {
    id: e.id,
    name: e.name,
    status: e.status,
    rung: score?.rung ?? null,
    reason: e.failure?.message ?? null,
    parent: e.parentId,
    codeHash: e.codeHash,
    params: e.params,
    loss: score?.loss.mean ?? null,
    benchmark: score?.benchmark.mean ?? null,
    fitness: score?.fitness ?? null,
    fitnessPaper: score?.fitnessPaper ?? null,
    gain: score?.gain ?? null,
    rawGain: score?.rawGain ?? null,
    seconds: e.seconds,
  };
}

export const campaignRow = (c: Campaign) => ({
  id: c.id,
  name: c.name,
  protocol: c.protocol.name,
  protocolHash: c.protocolHash,
  researcher: c.researcher,
  seed: c.seed,
  device: c.device,
  tier: c.tier,
  state: c.state,
  reason: c.reason,
  createdAt: c.createdAt,
  endedAt: c.endedAt,
});

export const proxyRow = ({ rho, low, high, n, rhoParams }: ProxyValidity) => ({
  rho,
  low,
  high,
  n,
  rhoParams,
});

/** `run`, `resume` and `demo`. */
export const campaignResult = (s: CampaignSnapshot, archive: string) => ({
  campaign: campaignRow(s.campaign),
  archive,
  experiments: s.experiments.map(experimentRow),
  totals: {
    proposed: s.totals.proposed,
    rejected: s.totals.rejected,
    failed: s.totals.failed,
    trained: s.totals.trained,
    wallSeconds: s.totals.wallSeconds,
    deviceBusyFraction: s.totals.deviceBusyFraction,
  },
  proxy: proxyRow(s.proxy),
});

/** `gate`. */
export const gateResult = (g: GateOutcome) => ({
  ok: g.ok,
  gates: g.gates.map(({ name, ok, value, limit, detail, warning }) => ({
    name,
    ok,
    value,
    limit,
    detail,
    warning,
  })),
  reason: g.failure?.message ?? null,
  params: g.params,
  flopsPerToken: g.flopsPerToken,
  tier: g.tier,
  seconds: g.seconds,
});

const meanSd = ({ mean, sd }: { mean: number; sd: number }) => ({ mean, sd });

/** `evaluate`: loss, benchmark and tasks are there only when it was scored. */
export const evaluationResult = (e: Evaluation) => ({
  status: e.status,
  reason: e.failure?.message ?? null,
  params: e.gate.params,
  flopsPerToken: e.gate.flopsPerToken,
  ...(e.score && {
    rung: e.score.rung,
    loss: meanSd(e.score.loss),
    benchmark: meanSd(e.score.benchmark),
    tasks: Object.fromEntries(
      Object.entries(e.score.tasks).map(([task, t]) => [
        task,
        { loss: meanSd(t.loss), score: meanSd(t.score) },
      ]),
    ),
  }),
  tier: e.gate.tier,
  seconds: e.seconds,
});

/** `show`. */
export const detailResult = (e: Experiment, versions: readonly CodeVersion[], log: string) => ({
  ...experimentRow(e),
  campaign: e.campaignId,
  index: e.index,
  researcher: e.researcher,
  references: e.referenceIds,
  provenance: e.provenance,
  sees: e.sees,
  cognition: e.cognition,
  motivation: e.motivation,
  repairs: e.repairs,
  failure: e.failure,
  mixerParams: e.mixerParams,
  flopsPerToken: e.flopsPerToken,
  gates: e.gates,
  scores: e.scores,
  judgement: e.judgement,
  analysis: e.analysis,
  tier: e.tier,
  versions: versions.map(({ version, why }) => ({ version, why })),
  code: e.code,
  log,
});
