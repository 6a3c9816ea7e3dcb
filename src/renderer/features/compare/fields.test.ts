import { expect, it } from "vitest";
import type { ExperimentView } from "../../../shared/views.ts";
import { rowsOf, telling } from "./fields.ts";

const view = (name: string, gain: number, params: number, rung = "screen") =>
  ({
    card: {
      name,
      standing: "candidate",
      params,
      mixerParams: 9,
      flopsPerToken: 5,
      novelty: null,
      components: [],
      tags: [],
      seconds: 1,
      createdAt: "2026-01-01T00:00:00Z",
      researcher: "grammar",
      rung,
    },
    parent: null,
    campaign: { name: "c", protocol: { name: "cpu" }, protocolHash: "p" },
    experiment: {
      repairs: 0,
      failure: null,
      judgement: null,
      scores: [
        {
          rung,
          loss: { mean: 2 - gain, sd: 0, n: 1 },
          benchmark: { mean: 0.4, sd: 0, n: 1 },
          tasks: { lm: { score: { mean: 0.5, sd: 0, n: 1 } } },
          gain,
          gainSe: 0.01,
          benchmarkGain: 0,
          benchmarkGainSe: 0.01,
          freedom: { loss: 4, benchmark: 4 },
          fitness: 0.5,
          fitnessPaper: 0.5,
        },
      ],
    },
  }) as unknown as ExperimentView;

it("puts what differs first, and marks the best where it is beyond noise", () => {
  const rows = rowsOf([view("a", 0.1, 20), view("b", 0.01, 20)], "screen");
  const differing = rows.filter((r) => !r.same).map((r) => r.name);
  expect(differing).toEqual(["Gain on loss", "Loss"]);
  expect(rows.slice(0, 2).map((r) => r.best)).toEqual([0, 0]);
  expect(rows.find((r) => r.name === "Score on lm")).toMatchObject({ same: true, best: null });
});

it("calls none the best within noise, or where each is on a rung of its own", () => {
  const near = [view("a", 0.02, 20), view("b", 0.01, 30)];
  expect(rowsOf(near, "screen").every((r) => r.best === null)).toBe(true);
  const far = [view("a", 0.1, 20), view("b", 0.01, 30, "confirm")];
  expect(rowsOf(far, null).every((r) => r.best === null)).toBe(true);
});

it("tells what a list has that not all have", () =>
  expect([
    ...telling([
      { kind: "list", items: ["a", "b"] },
      { kind: "list", items: ["b", "c"] },
    ]),
  ]).toEqual(["a", "c"]));
