/** What is compared: each field's value of each experiment, and which fields tell them apart. */
import { componentLabel } from "../../../shared/components.ts";
import type { RungScore } from "../../../shared/domain.ts";
import { half95 } from "../../../shared/interval.ts";
import type { ExperimentView, Standing } from "../../../shared/views.ts";
import { count, duration, time } from "../../ui/format.ts";
import { best, gainOf, type Measured, scoreOn } from "./comparison.ts";

export type Value =
  | { kind: "figure"; value: number | null; sd?: number | null; n?: number; decimals?: number }
  | { kind: "gain"; gain: { value: number; se: number; low: number; high: number } | null; known: boolean }
  | { kind: "count"; value: number | null }
  | { kind: "standing"; standing: Standing }
  | { kind: "text"; text: string }
  /** Of which each is compared by itself: those that not all have are marked. */
  | { kind: "list"; items: string[] };

export interface Row {
  name: string;
  values: Value[];
  /** Place of the value that is better than all others beyond noise. */
  best: number | null;
  /** Whether all values are the same. */
  same: boolean;
}

interface Field {
  name: string;
  of: (view: ExperimentView, score: RungScore | null) => Value;
  /** More is better, with its noise; only for fields that have one. */
  measured?: (score: RungScore) => Measured;
}

const text = (value: string | number | null | undefined): Value => ({
  kind: "text",
  text: value === null || value === undefined || value === "" ? "–" : String(value),
});
const spread = (s: { mean: number; sd: number; n: number } | undefined): Value => ({
  kind: "figure",
  value: s?.mean ?? null,
  sd: s?.sd,
  n: s?.n,
});
function gain(measured: Measured | null): Value {
  if (!measured) return { kind: "gain", gain: null, known: false };
  const half = half95(measured.se, measured.freedom);
  const known = Number.isFinite(half);
  const { value, se } = measured;
  return {
    kind: "gain",
    known,
    gain: { value, se, low: value - (known ? half : 0), high: value + (known ? half : 0) },
  };
}

const FIELDS: readonly Field[] = [
  { name: "Standing", of: (v) => ({ kind: "standing", standing: v.card.standing }) },
  {
    name: "Gain on loss",
    of: (_, s) => gain(s && gainOf(s, "loss")),
    measured: (s) => gainOf(s, "loss"),
  },
  {
    name: "Gain on benchmark",
    of: (_, s) => gain(s && gainOf(s, "benchmark")),
    measured: (s) => gainOf(s, "benchmark"),
  },
  // The noise of a loss is at most that of its gain, which has the baseline's in it.
  {
    name: "Loss",
    of: (_, s) => spread(s?.loss),
    measured: (s) => ({ ...gainOf(s, "loss"), value: -s.loss.mean }),
  },
  {
    name: "Benchmark",
    of: (_, s) => spread(s?.benchmark),
    measured: (s) => ({ ...gainOf(s, "benchmark"), value: s.benchmark.mean }),
  },
  { name: "Fitness", of: (_, s) => ({ kind: "figure", value: s?.fitness ?? null }) },
  { name: "Fitness as in the paper", of: (_, s) => ({ kind: "figure", value: s?.fitnessPaper ?? null }) },
  {
    name: "Judge",
    of: (v) => ({ kind: "figure", value: v.experiment.judgement?.score ?? null, decimals: 1 }),
  },
  { name: "Parameters", of: (v) => ({ kind: "count", value: v.card.params }) },
  { name: "Parameters of the mixer", of: (v) => ({ kind: "count", value: v.card.mixerParams }) },
  { name: "FLOPs a token", of: (v) => ({ kind: "count", value: v.card.flopsPerToken }) },
  { name: "Novelty", of: (v) => ({ kind: "figure", value: v.card.novelty, decimals: 2 }) },
  { name: "Components", of: (v) => ({ kind: "list", items: v.card.components.map(componentLabel) }) },
  { name: "Deepest rung", of: (v) => text(v.card.rung) },
  { name: "Parent", of: (v) => text(v.parent?.name) },
  { name: "Repairs", of: (v) => text(v.experiment.repairs) },
  { name: "Researcher", of: (v) => text(v.card.researcher) },
  { name: "Failure", of: (v) => text(v.experiment.failure?.message) },
  { name: "Tags", of: (v) => ({ kind: "list", items: v.card.tags }) },
  { name: "Campaign", of: (v) => text(v.campaign.name) },
  { name: "Protocol", of: (v) => text(v.campaign.protocol.name) },
  { name: "Time on the device", of: (v) => text(duration(v.card.seconds)) },
  { name: "Made", of: (v) => text(time(v.card.createdAt)) },
];

/** Scores of the tasks that any of them has, after the benchmark that is their mean. */
function fieldsFor(scores: readonly (RungScore | null)[]): Field[] {
  const tasks = [...new Set(scores.flatMap((s) => Object.keys(s?.tasks ?? {})))];
  const each = tasks.map(
    (task): Field => ({ name: `Score on ${task}`, of: (_, s) => spread(s?.tasks[task]?.score) }),
  );
  const after = FIELDS.findIndex((f) => f.name === "Benchmark") + 1;
  return FIELDS.toSpliced(after, 0, ...each);
}

/**
 * All rows, those that differ first.
 * @param rung on which figures are compared; null: each on its deepest, and none is called the best
 */
export function rowsOf(views: readonly ExperimentView[], rung: string | null): Row[] {
  const scores = views.map((v) => scoreOn(v, rung));
  const rows = fieldsFor(scores).map(({ name, of, measured }): Row => {
    const values = views.map((v, i) => of(v, scores[i]!));
    const told = new Set(values.map(asShown));
    return {
      name,
      values,
      best: rung !== null && measured ? best(scores.map((s) => s && measured(s))) : null,
      same: told.size <= 1,
    };
  });
  return [...rows.filter((r) => !r.same), ...rows.filter((r) => r.same)];
}

/** Counts that read the same are the same: a handful of parameters tells nobody anything. */
const asShown = (value: Value): string =>
  JSON.stringify(value.kind === "count" ? { ...value, value: count(value.value) } : value);

/** Items of a row's lists that not all of them have. */
export function telling(values: readonly Value[]): ReadonlySet<string> {
  const lists = values.flatMap((v) => (v.kind === "list" ? [new Set(v.items)] : []));
  return new Set(lists.flatMap((l) => [...l]).filter((item) => !lists.every((l) => l.has(item))));
}
