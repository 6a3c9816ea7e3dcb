import { describe, expect, it } from "vitest";
import type { CampaignForm, Estimate } from "../../shared/campaigns.ts";
import type { Budget } from "../../shared/domain.ts";
import { LlmSettings } from "../../shared/llm.ts";
import { type EstimateFacts, estimate, rungFlops } from "./estimate.ts";
import { formOf } from "./presets.ts";

const models = LlmSettings.parse({
  endpoints: [{ name: "a", baseUrl: "http://127.0.0.1:1/v1", model: "m" }],
});
const NONE: Budget = { experiments: null, wallSeconds: null, deviceSeconds: null, tokens: null, cost: null };
const form = (budget: Partial<Budget>, preset = "cpu", llm: LlmSettings | null = null): CampaignForm => ({
  ...formOf(preset, llm, null, new Date(0)),
  budget: { ...NONE, ...budget },
});
const facts = (more: Partial<EstimateFacts> = {}): EstimateFacts => ({
  ...{ device: "cpu", slots: 2, history: [], calibration: null, measured: [], costPerExperiment: 0 },
  ...more,
});
const history = { screenSeconds: [20, 21, 22, 23, 30, 18], promotionSeconds: [100, 110], rejectedShare: 0.1 };

const ranges = (e: Estimate) => [
  e.experiments,
  e.wallSeconds,
  e.deviceHours,
  e.diskMB,
  e.perExperiment,
  ...(e.cost ? [e.cost] : []),
];

const BASES: [string, EstimateFacts][] = [
  ["assumed", facts()],
  ["measured", facts({ calibration: { gateSeconds: 3, trainSeconds: 17 } })],
  ["history", facts({ history: [history], calibration: { gateSeconds: 3, trainSeconds: 17 } })],
];

describe.each(BASES)("an estimate that is %s", (basis, given) => {
  it("says so, and orders its ranges", () => {
    for (const preset of ["smoke", "cpu", "gpu", "asi-arch"])
      for (const budget of [{ experiments: 40 }, { wallSeconds: 7200 }, { deviceSeconds: 9000 }, {}]) {
        const found = estimate(form(budget, preset), given);
        expect(found.basis).toBe(basis);
        for (const r of ranges(found)) {
          expect(r.p10).toBeLessThanOrEqual(r.p50);
          expect(r.p50).toBeLessThanOrEqual(r.p90);
          expect(r.p10).toBeGreaterThanOrEqual(0);
          expect(Number.isFinite(r.p90)).toBe(true);
        }
      }
  });

  it.each(["experiments", "wallSeconds", "deviceSeconds", "tokens", "cost"] as const)(
    "grows with the budget of %s, and names it",
    (kind) => {
      const unit = { experiments: 10, wallSeconds: 8000, deviceSeconds: 16_000, tokens: 600_000, cost: 2 }[
        kind
      ];
      const all = [1, 2, 4, 8].map((n) =>
        estimate(form({ [kind]: n * unit }, "cpu", models), { ...given, costPerExperiment: 0.2 }),
      );
      for (const [i, found] of all.entries()) {
        expect(found.endedBy).toBe(kind);
        const before = all[i - 1];
        if (!before) continue;
        for (const [j, range] of ranges(found).entries())
          for (const p of ["p10", "p50", "p90"] as const)
            expect(range[p]).toBeGreaterThanOrEqual(ranges(before)[j]![p]);
        expect(found.experiments.p50).toBeGreaterThan(before.experiments.p50);
      }
    },
  );
});

describe("an estimate", () => {
  it("ends with the budget that is used up first, which it never exceeds", () => {
    const both = estimate(form({ experiments: 1000, wallSeconds: 20_000 }), facts({ history: [history] }));
    expect(both.endedBy).toBe("wallSeconds");
    expect(both.wallSeconds.p90).toBeLessThanOrEqual(20_000);
    expect(both.experiments.p90).toBeLessThan(1000);
    const few = estimate(form({ experiments: 4, wallSeconds: 1e9 }), facts());
    expect(few).toMatchObject({ endedBy: "experiments", experiments: { p10: 4, p50: 4, p90: 4 } });
  });

  it("reckons for a day where nothing ends the campaign", () => {
    const open = estimate(form({}), facts());
    expect(open.endedBy).toBe("nothing");
    expect(open.wallSeconds.p90).toBeLessThanOrEqual(86_400);
    expect(open.note).toMatch(/24 hours/);
  });

  it("says what takes the time", () => {
    expect(estimate(form({ experiments: 2 }), facts()).dominates).toBe("the baseline");
    const measured = ["screen", "confirm", "verify"];
    const slow = { ...history, promotionSeconds: [4000] };
    const late = facts({ measured, history: [slow] });
    expect(estimate(form({ experiments: 200 }), late).dominates).toBe("confirmations");
    const flat = facts({ measured, history: [{ ...history, promotionSeconds: [5] }] });
    expect(estimate(form({ experiments: 200 }), flat).dominates).toBe("training of the first rung");
  });

  it("leaves out a baseline that is measured already", () => {
    const [without, kept] = [[], ["screen", "confirm", "verify"]].map((measured) =>
      estimate(form({ experiments: 20 }), facts({ measured })),
    );
    expect(kept!.wallSeconds.p50).toBeLessThan(without!.wallSeconds.p50);
  });

  it("costs nothing without models, and says where a price is not known", () => {
    expect(estimate(form({ experiments: 10 }), facts()).cost).toEqual({ p10: 0, p50: 0, p90: 0 });
    const unknown = estimate(form({ experiments: 10 }, "cpu", models), facts({ costPerExperiment: null }));
    expect(unknown.cost).toBeNull();
    expect(unknown.note).toMatch(/price/);
  });

  it("takes its seconds from what was measured", () => {
    const found = estimate(form({ experiments: 100 }), facts({ history: [history] }));
    expect(found.perExperiment.p50).toBeGreaterThan(17);
    expect(found.perExperiment.p50).toBeLessThan(31);
    // 90 screens of 22 s and their confirmations, on two slots, after the baseline.
    expect(found.deviceHours.p50 * 3600).toBeGreaterThan(90 * 22);
  });

  it("foresees the documented time of the cpu protocol's first rung: 11 s of LM and 5 s of recall", () => {
    const { p50 } = estimate(form({ experiments: 10 }), facts()).perExperiment;
    expect(p50).toBeGreaterThan(12);
    expect(p50).toBeLessThan(40);
  });
});

it("a resumed run costs only what is new", () => {
  const { protocol } = form({});
  const lmOnly = {
    ...protocol,
    rungs: protocol.rungs.map((r) => ({ ...r, runs: r.runs.filter((x) => x.task === "lm") })),
  };
  // screen: 1 × 300; confirm: 2 × 1200, of which one began at 300; verify: 5 × 1200, of which two are done.
  const [screen, confirm, verify] = [0, 1, 2].map((depth) => rungFlops(lmOnly, depth));
  expect(confirm! / screen!).toBeCloseTo(2100 / 300);
  expect(verify! / screen!).toBeCloseTo(3600 / 300);
});
