import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Proposal } from "../../../shared/domain.ts";
import { LlmSettings } from "../../../shared/llm.ts";
import { LlmError } from "../../interfaces.ts";
import { archived, campaign, rungScore, signal } from "../grammar/testing.ts";
import { createAgents } from "../index.ts";
import { combine, llmJudge, parseJudge, WEIGHTS, weighted } from "./judge.ts";
import { fakeLlm, type Reply } from "./testing.ts";

const cognition = { entries: [], entry: () => null, retrieve: async () => [] };
const proposal = (name: string) =>
  Proposal.parse({
    name,
    motivation: `The idea of ${name}. And more.`,
    code: "class Mixer: pass",
    parentId: null,
  });

const SECRET = {
  loss: 2.918273,
  benchmark: 0.475869,
  gain: 0.137913,
  benchmarkGain: 0.061728,
  fitness: 0.697531,
  analysis: "The recall collapsed at 31.7 of 99.",
};
const experiment = archived(5, proposal("Candidate"), 0, {
  analysis: SECRET.analysis,
  scores: [
    rungScore(SECRET.gain, {
      loss: { mean: SECRET.loss, sd: 0, n: 1 },
      benchmark: { mean: SECRET.benchmark, sd: 0, n: 1 },
      benchmarkGain: SECRET.benchmarkGain,
      fitness: SECRET.fitness,
    }),
  ],
  gates: [{ name: "flops", ok: true, value: 1.375, limit: 2, detail: "", warning: false, kind: null }],
});

const lines = (a: number, b: number, c: number, d: number) =>
  `innovation SCORE: ${a}\ncomplexity SCORE: ${b}\ncorrectness SCORE: ${c}\nefficiency SCORE: ${d}\nBecause.`;

function judge(samples: number, script: (key: string) => Reply) {
  const settings = LlmSettings.parse({
    endpoints: [{ name: "main", baseUrl: "http://127.0.0.1:1/v1", model: "m" }],
    judgeSamples: samples,
  });
  const llm = fakeLlm((request) => script(request.place.key));
  const role = llmJudge({ llm, settings, cognition, fallback: createAgents("grammar") });
  const visible = [archived(1, proposal("Earlier"), 0), experiment];
  return { llm, judgement: role.judge({ campaign: campaign(), experiment, visible }, signal) };
}

describe("the judge", () => {
  it("means several answers, by weights that add up to 1", async () => {
    const { llm, judgement } = judge(3, (key) =>
      key.includes("judge-0")
        ? lines(6, 4, 7, 5)
        : key.includes("judge-1")
          ? lines(8, 4, 7, 5)
          : lines(4, 4, 7, 5),
    );
    const found = await judgement;
    expect(Object.values(WEIGHTS).reduce((a, b) => a + b, 0)).toBeCloseTo(1, 12);
    expect(found.score).toBeCloseTo(0.35 * 6 + 0.25 * 4 + 0.15 * 7 + 0.25 * 5, 10);
    expect(found.sd).toBeCloseTo(0.7, 10);
    expect(found).toMatchObject({
      items: { innovation: 6, complexity: 4, correctness: 7, efficiency: 5 },
      samples: 3,
      by: "llm:model-of-main",
    });
    expect(found.note).toBe("Mean of 3 answers (5.40, 6.10, 4.70), standard deviation 0.70.");
    expect(llm.requests.map((r) => r.place.key).sort()).toEqual([
      "5/judge/judge-0/0",
      "5/judge/judge-1/0",
      "5/judge/judge-2/0",
    ]);
  });

  it("does not see what was measured after training", async () => {
    const { llm, judgement } = judge(1, () => lines(5, 5, 5, 5));
    await judgement;
    const [request] = llm.requests;
    const text = `${request!.system}\n${request!.messages.map((m) => m.content).join("\n")}`;
    for (const [what, value] of Object.entries(SECRET)) {
      for (const digits of typeof value === "number" ? [3, 4, 6] : [])
        expect(text, what).not.toContain((value as number).toFixed(digits));
      expect(text, what).not.toContain(String(value));
    }
    expect(text).not.toMatch(/31\.7|fitness/);
    for (const shown of [
      "class Mixer: pass",
      "1.375",
      "The idea of Candidate. And more.",
      "- Earlier: The idea of Earlier.",
    ])
      expect(text).toContain(shown);
    expect(text).not.toContain("- Candidate:");
  });

  it("leaves out what cannot be used, and says so", async () => {
    const { llm, judgement } = judge(3, (key) =>
      key.includes("judge-1")
        ? "good"
        : key.includes("judge-2")
          ? new LlmError("stalled", "It stalled.", "")
          : lines(6, 6, 6, 6),
    );
    const found = await judgement;
    expect(found).toMatchObject({ samples: 1, sd: 0, by: "llm:model-of-main" });
    expect(found.score).toBeCloseTo(6, 10);
    expect(found.note).toContain("2 answers left out");
    expect(found.note).toContain("It stalled.");
    expect(llm.requests.filter((r) => r.place.key.includes("judge-1"))).toHaveLength(3);
  });

  it("gives way to the built-in judge, labelled", async () => {
    const down = await judge(3, () => new LlmError("quota", "Nothing is left.", "")).judgement;
    expect(down.by).toBe("heuristic");
    expect(down.note).toMatch(/^In place of the model \(Nothing is left\.\): Rubric/);
    expect((await judge(2, () => "11 of 10!").judgement).by).toBe("heuristic");
  });

  it("passes an abort on", async () => {
    const settings = LlmSettings.parse({
      endpoints: [{ name: "main", baseUrl: "http://127.0.0.1:1/v1", model: "m" }],
    });
    const role = llmJudge({ llm: fakeLlm(() => ""), settings, cognition, fallback: createAgents("grammar") });
    const stop = AbortSignal.abort(new Error("paused"));
    await expect(role.judge({ campaign: campaign(), experiment, visible: [] }, stop)).rejects.toThrow(
      "paused",
    );
  });
});

describe("scores", () => {
  it("stay within 1 to 10 with their spread, whatever the samples", () => {
    const score = fc.double({ min: 1, max: 10, noNaN: true });
    const scores = fc.record({ innovation: score, complexity: score, correctness: score, efficiency: score });
    fc.assert(
      fc.property(fc.array(scores, { minLength: 1, maxLength: 9 }), (samples) => {
        const found = combine(samples);
        const sums = samples.map(weighted);
        expect(found.score).toBeGreaterThanOrEqual(Math.min(...sums) - 1e-9);
        expect(found.score).toBeLessThanOrEqual(Math.min(10, Math.max(...sums) + 1e-9));
        expect(found.sd).toBeGreaterThanOrEqual(0);
      }),
    );
  });

  it("come from any text without an error", () => {
    const word = fc.constantFrom(
      "innovation",
      "complexity",
      " SCORE: ",
      "7",
      "11",
      "\n",
      "**",
      ".5",
      "/10",
      "<think>",
    );
    const text = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.array(word).map((w) => w.join("")),
    );
    fc.assert(
      fc.property(text, text, (answer, reasoning) => {
        const read = parseJudge(answer, reasoning);
        if (read.ok) for (const v of Object.values(read.scores)) expect(v >= 1 && v <= 10).toBe(true);
        else expect(read.why).not.toBe("");
      }),
    );
  });
});
