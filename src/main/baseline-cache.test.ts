import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { type KeptBaseline, keepBaselines, measuredWith, readBaselines } from "./baseline-cache.ts";
import { trainerFolder } from "./paths.ts";

const home = mkdtempSync(join(tmpdir(), "cambrian-cache-"));
afterAll(() => rmSync(home, { recursive: true, force: true }));

const key = { protocolHash: "p", device: "cpu, torch 1" };
const run = { id: "lm-s0", task: "lm", seed: 0, step: 40, loss: 2, accuracy: 0.5, score: 0.4, probe: 0 };
const point: KeptBaseline = {
  ...{ width: 1, mixerParams: 10, flopsPerToken: 20, rung: "screen", runs: [run] },
  curves: [{ run: "lm-s0", steps: [20, 40], losses: [3, null] }],
};

it("gives back what was kept, for the same protocol and machine only", () => {
  expect(readBaselines(home, key)).toEqual([]);
  keepBaselines(home, key, [point]);
  expect(readBaselines(home, key)).toEqual([point]);
  expect(readBaselines(home, { ...key, device: "cpu, torch 2" })).toEqual([]);
  expect(readBaselines(home, { ...key, protocolHash: "q" })).toEqual([]);
});

it("reads what was kept before there were curves", () => {
  const { curves, ...old } = point;
  keepBaselines(home, { ...key, device: "old" }, [old as KeptBaseline]);
  expect(readBaselines(home, { ...key, device: "old" })).toEqual([{ ...old, curves: [] }]);
});

it("measures again when the file is damaged", () => {
  const file = readdirSync(join(home, "baselines"))[0]!;
  writeFileSync(join(home, "baselines", file), '[{"width": "wide"}]');
  expect(readBaselines(home, key)).toEqual([]);
});

it("names the versions and the trainer's code", () => {
  const here = measuredWith("cpu", { version: "3.11.7", torch: "2.13.0" }, trainerFolder);
  expect(here).toMatch(/^cpu, Python 3\.11\.7, torch 2\.13\.0, trainer [0-9a-f]{12}$/);
  expect(measuredWith("cpu", { version: "3.11.7", torch: "2.14.0" }, trainerFolder)).not.toBe(here);
});
