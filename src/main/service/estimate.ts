/**
 * What a campaign will take, before it is begun: experiments, time, money, disk. Pure. Three courses are reckoned through to
 * the budget's end, a cheap one, a middle one and a dear one; sorted, they are p10, p50 and p90.
 */

import type { CampaignForm, Estimate } from "../../shared/campaigns.ts";
import type { Budget } from "../../shared/domain.ts";
import type { Protocol, Rung } from "../../shared/protocol.ts";

/** What was measured of one earlier campaign under the same protocol on the same device. */
export interface History {
  /** Device seconds of each experiment's first rung, gates included. */
  screenSeconds: number[];
  /** Of each deeper rung that an experiment was promoted to. */
  promotionSeconds: number[];
  /** Share of the experiments that were turned down before they were trained. */
  rejectedShare: number;
}

/** A short training of the baseline, stretched to the whole first rung. */
export interface Calibration {
  gateSeconds: number;
  trainSeconds: number;
}

export interface EstimateFacts {
  device: "cpu" | "cuda";
  /** Trainings at the same time. */
  slots: number;
  history: readonly History[];
  calibration: Calibration | null;
  /** Rungs whose baseline is measured already, by name. */
  measured: readonly string[];
  /** Price of an experiment's requests to language models in the middle course; null: not known, 0: free. */
  costPerExperiment: number | null;
}

/**
 * Floating-point operations a second that training reaches, where nothing was measured. CPU, one thread: 11 s for 300 steps
 * of the cpu protocol's LM (32 × 128 tokens, width 64) were measured. GPU: a guess for plain PyTorch in single precision on
 * a recent card, not measured.
 */
export const RATE = { cpu: 3.5e10, cuda: 8e12 };
/** Seconds of start, gates and scoring of a job, where nothing was measured. */
const FIXED_SECONDS = { cpu: 5, cuda: 20 };
/** Candidates cost more than the baseline's mixer, up to the protocol's limit; courses in order. */
const CANDIDATE = [1, 1.15, 1.5] as const;
/** How far off the figures of a basis may be, as a factor; courses in order. */
const SPREAD = {
  history: [0.95, 1, 1.1],
  measured: [0.9, 1, 1.25],
  assumed: [0.5, 1, 3],
} as const;
/** Of all experiments, those turned down before training; of those that could be promoted by `beats`, how many are. */
const REJECTED = { grammar: 0.05, random: 0.05, llm: 0.2 };
const BEATS = [0.02, 0.06, 0.15] as const;
/** Ties are promoted with the top. */
const TIES = [1, 1.15, 1.5] as const;
/** Share of its slots that a campaign keeps busy. */
const BUSY = 0.95;

/** Tokens of one experiment with models in all roles: prompts with code and analyses, answers with code. */
export const TOKENS = { input: 45_000, output: 12_000 };
const TOKEN_SPREAD = [0.6, 1, 1.8] as const;
/** Seconds that the models of one experiment take together, and how many experiments they think about at once. */
const MIND_SECONDS = [60, 150, 400] as const;
const MINDS = 8;

/** Reckoned for, where no budget ends the campaign. */
const OPEN_ENDED_SECONDS = 24 * 3600;

/** Classes of a task: what the head tells apart. */
const classesOf = ({ kind, params }: Protocol["tasks"][string]): number =>
  kind === "lm" ? 256 : kind === "parity" ? 2 : Number(params.values ?? 32);

/** Weights of the model that every token goes through: four square maps of a mixer, the MLP, the head. */
export function weights({ model, tasks }: Protocol, task: string): number {
  const { hiddenSize: d, numLayers, mlpRatio } = model;
  return numLayers * (4 * d * d + 3 * d * Math.round(mlpRatio * d)) + d * classesOf(tasks[task]!);
}

/** Floating-point operations of training a rung's runs, without what the rung before it did: 6 a weight and token. */
export function rungFlops(protocol: Protocol, depth: number, seeds?: number): number {
  const before = depth === 0 ? null : protocol.rungs[depth - 1]!;
  return protocol.rungs[depth]!.runs.reduce((sum, run) => {
    const { batch, seqLen } = protocol.tasks[run.task]!;
    const earlier = before?.runs.find((r) => r.task === run.task);
    const tokens = batch * seqLen;
    const flops = 6 * weights(protocol, run.task) * tokens;
    const fresh = seeds ?? run.seeds;
    const resumed = Math.min(fresh, seeds ?? earlier?.seeds ?? 0);
    const steps = fresh * run.until - resumed * Math.min(run.until, earlier?.until ?? 0);
    return sum + flops * Math.max(0, steps);
  }, 0);
}

const mean = (xs: readonly number[]): number => xs.reduce((a, b) => a + b, 0) / xs.length;
const quantile = (sorted: readonly number[], q: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))]!;
const range = (values: readonly number[]) => {
  const [p10, p50, p90] = values.toSorted((a, b) => a - b) as [number, number, number];
  return { p10, p50, p90 };
};

/** Seconds on the device, by course. */
interface Seconds {
  basis: Estimate["basis"];
  gate: number;
  screen: readonly number[];
  /** Of a promotion to each rung, the first one left out. */
  promotions: readonly (readonly number[])[];
  /** Of the baseline's own measurements on each rung, one seed at its own size. */
  baseline: readonly number[];
  rejected: number;
}

function secondsOf({ protocol, researcher }: CampaignForm, facts: EstimateFacts): Seconds {
  const depths = protocol.rungs.map((_, depth) => depth);
  const flops = depths.map((depth) => rungFlops(protocol, depth));
  const one = depths.map((depth) => rungFlops(protocol, depth, 1));
  const screens = facts.history.flatMap((h) => h.screenSeconds);
  const deeper = facts.history.flatMap((h) => h.promotionSeconds);
  const stretched = (seconds: number, spread: readonly number[], more: readonly number[] = [1, 1, 1]) =>
    spread.map((s, i) => seconds * s * more[i]!);
  if (screens.length > 0) {
    const perFlop = mean(screens) / flops[0]!;
    const known = deeper.length > 0 ? mean(deeper) / (flops[1] ?? flops[0]!) : perFlop;
    return {
      basis: "history",
      gate: mean(screens) * 0.15,
      screen: stretched(mean(screens), SPREAD.history),
      promotions: flops.slice(1).map((f) => stretched(f * known, SPREAD.history)),
      baseline: one.map((f) => f * perFlop),
      rejected: mean(facts.history.map((h) => h.rejectedShare)),
    };
  }
  const { calibration: c } = facts;
  const basis = c ? "measured" : "assumed";
  const perFlop = c ? c.trainSeconds / flops[0]! : 1 / RATE[facts.device];
  const fixed = c ? c.gateSeconds : FIXED_SECONDS[facts.device];
  return {
    basis,
    gate: fixed,
    screen: stretched(fixed + flops[0]! * perFlop, SPREAD[basis], CANDIDATE),
    promotions: flops.slice(1).map((f) => stretched(fixed + f * perFlop, SPREAD[basis], CANDIDATE)),
    baseline: one.map((f) => fixed + f * perFlop),
    rejected: REJECTED[researcher],
  };
}

/** Measurements that a rung's baseline takes, in seconds of one seed at its own size. */
function baselineUnits({ baseline }: Protocol): number {
  // Only the mixer is widened: half of a block, about.
  const wide = baseline.widths.map((w) => baseline.widthSeeds * (1 + (w - 1) / 2));
  return baseline.seeds + wide.reduce((a, b) => a + b, 0);
}

/** Share of those on a rung that go on to the next. */
function promotedShare({ promote }: Rung, course: number): number {
  if (promote === null) return 0;
  return promote.rule === "beats" ? BEATS[course]! : Math.min(1, promote.fraction * TIES[course]!);
}

interface Course {
  experiments: number;
  wall: number;
  device: number;
  cost: number | null;
  disk: number;
  endedBy: string;
  parts: { name: string; seconds: number }[];
}

function courseOf(form: CampaignForm, facts: EstimateFacts, seconds: Seconds, course: number): Course {
  const { protocol, researcher, budget } = form;
  const models = researcher === "llm";
  /** Share of all experiments that is trained on each rung. */
  const reached = [1 - seconds.rejected];
  for (const rung of protocol.rungs.slice(0, -1)) reached.push(reached.at(-1)! * promotedShare(rung, course));
  const spread = SPREAD[seconds.basis][course]!;
  const units = baselineUnits(protocol);
  const baseline = protocol.rungs.reduce(
    (sum, { name }, depth) =>
      facts.measured.includes(name) ? sum : sum + units * seconds.baseline[depth]! * spread,
    0,
  );
  const first = seconds.rejected * seconds.gate * spread + reached[0]! * seconds.screen[course]!;
  const deeper = seconds.promotions.reduce((sum, p, i) => sum + reached[i + 1]! * p[course]!, 0);
  const perExperiment = first + deeper;
  const tokens = models ? (TOKENS.input + TOKENS.output) * TOKEN_SPREAD[course]! : 0;
  const cost =
    facts.costPerExperiment === null ? null : facts.costPerExperiment * (models ? TOKEN_SPREAD[course]! : 0);
  // Each experiment's share of the wall clock: of the device, or of the models where those are slower.
  const onDevice = perExperiment / (facts.slots * BUSY);
  const thinking = models ? MIND_SECONDS[course]! / MINDS : 0;
  const pace = Math.max(onDevice, thinking);
  const before = baseline / (facts.slots * BUSY);

  const { experiments: n, endedBy } = endOf(budget, { baseline, before, perExperiment, pace, tokens, cost });
  const bounded = (limit: number | null, value: number) => (limit === null ? value : Math.min(limit, value));
  return {
    experiments: n,
    wall: bounded(budget.wallSeconds, before + n * pace),
    device: bounded(budget.deviceSeconds, baseline + n * perExperiment),
    cost: cost === null ? null : bounded(budget.cost, n * cost),
    disk: n * diskMB(protocol, reached, models),
    endedBy,
    parts: [
      { name: "training of the first rung", seconds: n * first },
      { name: "confirmations", seconds: n * deeper },
      { name: "the baseline", seconds: baseline },
      { name: "the models' answers", seconds: thinking > onDevice ? n * thinking * facts.slots : 0 },
    ],
  };
}

/** How many experiments the first budget that is used up leaves room for. */
function endOf(
  budget: Budget,
  per: {
    baseline: number;
    before: number;
    perExperiment: number;
    pace: number;
    tokens: number;
    cost: number | null;
  },
): { experiments: number; endedBy: string } {
  const room = (limit: number | null, start: number, each: number | null) =>
    limit === null || !each ? Number.POSITIVE_INFINITY : Math.max(0, Math.floor((limit - start) / each));
  const limits: [string, number][] = [
    ["experiments", budget.experiments ?? Number.POSITIVE_INFINITY],
    ["wallSeconds", room(budget.wallSeconds, per.before, per.pace)],
    ["deviceSeconds", room(budget.deviceSeconds, per.baseline, per.perExperiment)],
    ["tokens", room(budget.tokens, 0, per.tokens)],
    ["cost", room(budget.cost, 0, per.cost)],
  ];
  const [endedBy, experiments] = limits.reduce((a, b) => (b[1] < a[1] ? b : a));
  if (Number.isFinite(experiments)) return { experiments, endedBy };
  return { experiments: room(OPEN_ENDED_SECONDS, per.before, per.pace), endedBy: "nothing" };
}

/** Megabytes that an experiment leaves: weights and moments of every kept run (16 bytes a weight), and its archive rows. */
function diskMB(protocol: Protocol, reached: readonly number[], models: boolean): number {
  const d = protocol.model.hiddenSize;
  const run = (task: string) => {
    const embedding = d * classesOf(protocol.tasks[task]!);
    return (16 * (weights(protocol, task) + embedding) + 64 * d * protocol.tasks[task]!.heldout) / 2 ** 20;
  };
  // Only the folder of the deepest rung is kept.
  const kept = reached.map((share, i) => share - (reached[i + 1] ?? share));
  const folders = protocol.rungs.reduce((sum, rung, depth) => {
    const size = rung.runs.reduce((mb, r) => mb + r.seeds * run(r.task), 0);
    return depth === protocol.rungs.length - 1 ? sum : sum + kept[depth]! * size;
  }, 0);
  return folders + (models ? 0.6 : 0.1);
}

const NOTES: Record<Estimate["basis"], string> = {
  history: "From the times of earlier campaigns under this protocol on this machine.",
  measured:
    "From a short training of the baseline on this machine; candidates may take up to twice its FLOPs.",
  assumed:
    "From the protocol's size and an assumed speed: it may be off by a factor of three. Measure it to know better.",
};

/** Below a millisecond. p10 ≤ p50 ≤ p90 in every range, and none shrinks when a budget grows. */
export function estimate(form: CampaignForm, facts: EstimateFacts): Estimate {
  const seconds = secondsOf(form, facts);
  const courses = [0, 1, 2].map((course) => courseOf(form, facts, seconds, course));
  const middle = courses[1]!;
  const of = (value: (course: Course) => number) => range(courses.map(value));
  const screens = facts.history.flatMap((h) => h.screenSeconds).toSorted((a, b) => a - b);
  const notes = [NOTES[seconds.basis]];
  if (middle.endedBy === "nothing") notes.push("No budget ends it: the figures are for 24 hours.");
  if (middle.experiments === 0) notes.push("The budget is used up before the first experiment is trained.");
  if (courses.some((c) => c.cost === null)) notes.push("The price of a model is not known.");
  return {
    experiments: of((c) => c.experiments),
    wallSeconds: of((c) => c.wall),
    deviceHours: of((c) => c.device / 3600),
    cost: courses.some((c) => c.cost === null) ? null : of((c) => c.cost!),
    diskMB: of((c) => c.disk),
    perExperiment:
      screens.length >= 5
        ? { p10: quantile(screens, 0.1), p50: quantile(screens, 0.5), p90: quantile(screens, 0.9) }
        : range(seconds.screen),
    dominates: middle.parts.reduce((a, b) => (b.seconds > a.seconds ? b : a)).name,
    endedBy: middle.endedBy,
    basis: seconds.basis,
    note: notes.join(" "),
  };
}
