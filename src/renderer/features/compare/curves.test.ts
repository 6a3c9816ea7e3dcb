import { expect, it } from "vitest";
import { seriesOf, taskOf, tasksOf } from "./curves.ts";

const curve = (run: string, losses: (number | null)[], step = 10) => ({
  run,
  steps: losses.map((_, i) => i * step),
  losses,
});

it("seeds of a task are one line with its band, as far as all of them go", () => {
  const series = seriesOf(
    "a",
    [curve("lm-s0", [4, 2, 1]), curve("lm-s1", [2, 4]), curve("icr-s0", [9])],
    "lm",
  );
  expect(series).toEqual({ name: "a", x: [0, 10], y: [3, 3], band: { low: [2, 2], high: [4, 4] } });
});

it("one seed has no band, and a seed with other steps does not spoil the mean", () => {
  const series = seriesOf("a", [curve("lm-s0", [4, 2]), curve("lm-s1", [9, 9], 7)], "lm");
  expect(series).toEqual({ name: "a", x: [0, 10], y: [4, 2] });
});

it("a loss that is no number is a gap", () => {
  const { y, band } = seriesOf("a", [curve("lm-s0", [4, null]), curve("lm-s1", [2, 4])], "lm");
  expect(y).toEqual([3, null]);
  expect(band?.low[1]).toBeNaN();
});

it("runs are named by their task", () => {
  expect(taskOf("state_track-s12")).toBe("state_track");
  expect(tasksOf([curve("lm-s0", []), curve("icr-s0", []), curve("lm-s1", [])])).toEqual(["lm", "icr"]);
  expect(seriesOf("a", [], "lm")).toEqual({ name: "a", x: [], y: [] });
});
