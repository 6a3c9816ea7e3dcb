import { describe, expect, it } from "vitest";
import { campaign, experiment, rungScore } from "../hosts/cli/fixtures.ts";
import { feedItem, gainInWords } from "./feed.ts";

const at = "2026-01-01T00:00:00Z";
const gate = (name: string, ok: boolean) => ({
  ...{ name, ok, value: 1, limit: 0, detail: "", warning: false, kind: null },
});
const e = experiment(0, {
  name: "GatedScan",
  motivation: "A gate (Qin et al. 2023) forgets what is old. It costs little.",
  gates: [gate("shape", true), gate("causality", false)],
  scores: [rungScore("screen", 0.041, 0.009, 0.6), rungScore("confirm", -0.1, 0.009, 0.4)],
});

describe("an event in plain words", () => {
  it.each([
    [
      "proposed",
      { name: "GatedScan" },
      "Researcher",
      "plain",
      "proposes GatedScan, because: A gate (Qin et al. 2023) forgets what is old.",
    ],
    [
      "rejected",
      { step: "gate", kind: "leak", message: "The past changed\nby 0.3." },
      "Gate",
      "bad",
      "rejected by gate causality: The past changed by 0.3.",
    ],
    [
      "broke",
      { step: "train", kind: "numerical", message: "The loss is not a number." },
      "Trainer",
      "bad",
      "stopped by train: The loss is not a number. The engineer takes it.",
    ],
    [
      "repaired",
      { version: 1, what: "Clamped the decay.", kind: "numerical" },
      "Engineer",
      "plain",
      "repaired: clamped the decay.",
    ],
    ["archived", { name: "GatedScan", fitness: 0.6 }, "Analyst", "good", "archived: gain +0.041 ± 0.009"],
    ["promoted", { rung: 1 }, "Analyst", "bad", "confirm is done: gain −0.100 ± 0.009"],
    ["promote", { rung: 1, decidedAt: 4 }, "Campaign", "plain", "goes on to confirm."],
    ["judged", { score: null, fitness: 0.5 }, "Judge", "plain", "gave no judgement."],
  ])("%s", (type, data, who, tone, text) => {
    expect(feedItem({ type, at, data }, e, campaign)).toEqual({
      ...{ at, experimentId: e.id, index: 0, name: "GatedScan" },
      ...{ who, tone, text },
    });
  });

  it("says of a gain whether it is noise", () => {
    expect(gainInWords(rungScore("screen", 0.01, 0.009, 0.4))).toBe("gain +0.010 ± 0.009 (within noise)");
    expect(gainInWords(rungScore("screen", 0.01, 0, 0.4))).toBe("gain +0.010 ± 0.000 (noise unknown)");
  });

  it("of the campaign itself has its name", () => {
    const item = feedItem({ type: "finished", at, data: { reason: "All done." } }, null, campaign);
    expect(item).toMatchObject({ experimentId: null, name: "Test", text: "finished: All done." });
  });

  it("says nothing of readings, and of what a newer version may store", () => {
    for (const type of ["progress", "opened", "novel", "from-the-future"])
      expect(feedItem({ type, at, data: {} }, e, campaign)).toBeNull();
  });

  it("stays one line of a length that can be read, whatever a model wrote", () => {
    const data = { step: "check", kind: "anomaly", message: `${"a\n".repeat(5000)}` };
    const { text } = feedItem({ type: "broke", at, data }, e, campaign)!;
    expect(text.length).toBeLessThan(320);
    expect(text).not.toContain("\n");
  });
});
