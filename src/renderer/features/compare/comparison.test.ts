import { describe, expect, it } from "vitest";
import type { ExperimentView } from "../../../shared/views.ts";
import { best, difference, type Measured, sharedRungs } from "./comparison.ts";

const measured = (value: number, se = 0.01, freedom = 4): Measured => ({ value, se, freedom });

describe("the difference of two gains", () => {
  it("is within noise until it leaves the joint interval", () => {
    // t(4) = 2.776, √2 · 0.01 · 2.776 = 0.0393
    expect(difference(measured(0.039), measured(0)).verdict).toBe("within noise");
    expect(difference(measured(0.04), measured(0)).verdict).toBe("better");
    expect(difference(measured(0), measured(0.04)).verdict).toBe("worse");
    expect(difference(measured(0.04), measured(0)).half).toBeCloseTo(0.0393, 4);
  });

  it("rests on the fewer degrees of freedom, and says so where there are none", () => {
    expect(difference(measured(0.05), measured(0, 0.01, 1)).verdict).toBe("within noise");
    expect(difference(measured(5), measured(0, 0.01, 0)).verdict).toBe("noise unknown");
    expect(difference(measured(5), measured(0, 0)).verdict).toBe("noise unknown");
  });
});

it("the best is better than every other beyond noise, or there is none", () => {
  expect(best([measured(0), measured(0.1), null, measured(0.02)])).toBe(1);
  expect(best([measured(0), measured(0.1), measured(0.09)])).toBeNull();
  expect(best([measured(0.1), null])).toBeNull();
});

describe("the rungs on which experiments compare", () => {
  const view = (protocolHash: string, ...rungs: string[]) =>
    ({
      campaign: { protocolHash },
      experiment: { scores: rungs.map((rung) => ({ rung })) },
    }) as ExperimentView;

  it("are those that all have reached", () => {
    expect(sharedRungs([view("p", "screen", "confirm"), view("p", "screen"), view("p")]).shared).toEqual([
      "screen",
    ]);
    expect(sharedRungs([view("p", "screen", "confirm"), view("p", "screen", "confirm")]).shared).toEqual([
      "screen",
      "confirm",
    ]);
  });

  it("are none across protocols, and that is said", () => {
    expect(sharedRungs([view("p", "screen"), view("q", "screen")]).why).toMatch(/different protocols/);
    expect(sharedRungs([view("p"), view("q")]).why).toMatch(/score/);
    expect(sharedRungs([view("p", "screen"), view("p", "screen")]).why).toBeNull();
  });
});
