import { describe, expect, it } from "vitest";
import { type Experiment, Judgement } from "../../../shared/domain.ts";
import { LlmSettings } from "../../../shared/llm.ts";
import { LlmError } from "../../interfaces.ts";
import { archived, campaign, context } from "../grammar/testing.ts";
import { createAgents } from "../index.ts";
import { createLlmAgents } from "./index.ts";
import { fakeLlm, inTurn } from "./testing.ts";

const signal = new AbortController().signal;
const endpoint = (name: string) => ({ name, baseUrl: "http://127.0.0.1:1/v1", model: name });
const settings = LlmSettings.parse({ endpoints: [endpoint("a"), endpoint("b")], roles: { judge: "b" } });
const cognition = { entries: [], entry: () => null, retrieve: async () => [] };
const down = () => fakeLlm(inTurn(new LlmError("unreachable", "No server there.", "Start one.")));
const fallback = createAgents("grammar");

describe("the agents of the models", () => {
  it("play every role, at the pace of models", () => {
    const agents = createLlmAgents({ llm: down(), settings, cognition, fallback });
    expect(agents.researcher.name).toBe("llm");
    expect(agents.paced).toBe(true);
    expect(agents.novelty.compare).toBeTypeOf("function");
    expect(agents.checker).toBeDefined();
  });

  it("give way to the built-in ones in every role where no model can be had", async () => {
    const llm = down();
    const agents = createLlmAgents({ llm, settings, cognition, fallback });
    const c = campaign(1, 100);
    const proposal = await agents.researcher.propose(context(c, 0, []), signal);
    const experiment: Experiment = archived(0, proposal, 0.05);
    const score = experiment.scores[0]!;
    const earlier = archived(
      1,
      { ...proposal, motivation: `${proposal.motivation} And a gate.`, code: "import torch", genome: null },
      0,
    );
    const fresh = { ...proposal, code: "import math", genome: null };
    const at = { campaign: c, index: 2, attempt: 0, visible: [earlier] };
    // These two have nobody to stand in for them: the engine notes it and goes on.
    await expect(agents.novelty.compare!(at, fresh, null, signal)).rejects.toThrow("No server there.");
    await expect(agents.checker!.check({ campaign: c, experiment }, signal)).rejects.toThrow(
      "No server there.",
    );
    const judgement = await agents.judge.judge({ campaign: c, experiment, visible: [] }, signal);
    expect(Judgement.safeParse(judgement).success).toBe(true);
    expect(judgement.by).toBe("heuristic");
    const baseline = { loss: { mean: 2.2, sd: 0.01, n: 5 }, benchmark: { mean: 0.4, sd: 0.01, n: 5 } };
    const report = await agents.analyst.analyse(
      { campaign: c, experiment, score, parent: null, siblings: [], baseline },
      signal,
    );
    expect(report.text).toContain("No server there.");
    const failure = { kind: "numerical" as const, message: "NaN", detail: "" };
    await agents.engineer.repair({ campaign: c, experiment, failure, attempt: 0 }, signal);
    const asked = new Set(llm.requests.map((r) => `${r.role} at ${r.endpoint}`));
    for (const wanted of ["researcher at a", "novelty at a", "checker at a", "judge at b", "analyst at a"])
      expect(asked).toContain(wanted);
    for (const r of llm.requests) expect(r.system.split("\n")[0]).toBe(`Role: ${r.role}`);
  });
});
