import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { exported, imported } from "../../../shared/campaign-file.ts";
import { CampaignForm } from "../../../shared/campaigns.ts";
import { changed, nearestDivisor, STEPS, stepOf, valueAt, wrongs } from "./form.ts";

const json = (file: string) => JSON.parse(readFileSync(new URL(file, import.meta.url), "utf8"));
const preset = json("../../../../resources/presets/cpu.json");
const form = CampaignForm.parse({
  preset: "cpu",
  name: "Night",
  archive: null,
  seed: 1,
  researcher: "grammar",
  protocol: json("../../../../trainer/protocols/cpu.json"),
  search: preset.search,
  budget: preset.budget,
  workers: null,
  models: null,
});

describe("a form", () => {
  it("of a preset can be started as it stands", () => expect(wrongs(form)).toEqual([]));

  it.each([
    ["name", "  ", "Goal"],
    ["seed", -1, "Goal"],
    ["seed", Number.NaN, "Goal"],
    ["budget.experiments", 0, "Budget"],
    ["budget.experiments", 2.5, "Budget"],
    ["budget.wallSeconds", -3, "Budget"],
    ["workers", 0, "Budget"],
    ["researcher", "llm", "Agents"],
    ["search.parentRanks", 51, "Search"],
    ["search.poolSize", Number.NaN, "Search"],
    ["protocol.model.numHeads", 3, "Baseline and data"],
    ["protocol.tasks.lm.steps", 100, "Baseline and data"],
    ["protocol.tasks.lm.lr", 0, "Baseline and data"],
  ])("with %s = %s is refused on the step %3$s", (field, value, step) => {
    const found = wrongs(changed(form, field, value));
    expect(found.map((w) => w.step)).toContain(step);
    for (const wrong of found) expect(wrong.message).toMatch(/\.$/);
  });

  it("without any limit is refused, and the message says what to set", () => {
    const endless = changed(form, "budget", { ...form.budget, experiments: null, wallSeconds: null });
    expect(wrongs(endless)[0]?.message).toMatch(/at least one limit/);
  });

  it("knows a step for each of its fields", () => {
    for (const field of Object.keys(form)) expect(STEPS).toContain(stepOf(field));
  });

  it("is changed in one place and nowhere else", () => {
    const next = changed(form, "protocol.rungs.1.runs.0.seeds", 7);
    expect(valueAt(next, "protocol.rungs.1.runs.0.seeds")).toBe(7);
    expect(
      changed(next, "protocol.rungs.1.runs.0.seeds", valueAt(form, "protocol.rungs.1.runs.0.seeds")),
    ).toEqual(form);
    expect(next.protocol.rungs[0]).toBe(form.protocol.rungs[0]);
  });
});

describe("the file of a form", () => {
  it("comes back as it was", () => expect(imported(exported(form))).toEqual({ form }));

  it.each([
    ["", /not JSON/],
    ["[]", /no campaign settings/],
    ["null", /no campaign settings/],
    [exported(changed(form, "seed", "x")), /seed/],
  ])("%#: is refused with a reason", (text, reason) =>
    expect(imported(text)).toEqual({ problem: expect.stringMatching(reason) }),
  );
});

it.each([
  [64, 3, 2],
  [64, 7, 8],
  [96, 5, 4],
])("the divisor of %i nearest to %i is %i", (size, wanted, found) =>
  expect(nearestDivisor(size, wanted)).toBe(found),
);
