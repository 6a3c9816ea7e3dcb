import { describe, expect, it } from "vitest";
import { type Experiment, Proposal } from "../../../shared/domain.ts";
import type { Failure, FailureKind } from "../../../shared/job.ts";
import { LlmSettings } from "../../../shared/llm.ts";
import { type Agents, LlmError } from "../../interfaces.ts";
import { archived, campaign, signal } from "../grammar/testing.ts";
import { createAgents } from "../index.ts";
import { llmEngineer } from "./engineer.ts";
import { AnswerError } from "./errors.ts";
import { fakeLlm, inTurn, type Reply, tagged } from "./testing.ts";

const settings = LlmSettings.parse({
  endpoints: [{ name: "main", baseUrl: "http://127.0.0.1:1/v1", model: "m" }],
});
const cognition = { entries: [], entry: () => null, retrieve: async () => [] };

const CODE =
  "import torch\nfrom torch import nn\n\n\nclass Mixer(nn.Module):\n    def forward(self, x):\n        return x.exp()\n";
const FIXED = CODE.replace("x.exp()", "x.sigmoid()");
const RENAMED = `# the same\n${CODE.replace("return x", "y = x\n        return y")}`;

const failed = (more: Partial<Experiment> = {}): Experiment =>
  archived(
    3,
    Proposal.parse({ name: "Gate", motivation: "A gate by exponentials.", code: CODE, parentId: null }),
    0,
    {
      genome: null,
      ...more,
    },
  );

const mended = { code: "built in", genome: { op: "x" }, what: "simplified" };
const fallback: Agents = {
  ...createAgents("grammar"),
  engineer: { repair: async () => mended },
};

function repair(replies: Reply[], kind: FailureKind = "numerical", experiment = failed()) {
  const llm = fakeLlm(inTurn(...replies));
  const engineer = llmEngineer({ llm, settings, cognition, fallback });
  const failure: Failure = { kind, message: "Its output is NaN.", detail: "Traceback: line 7, in forward" };
  const context = { campaign: campaign(), experiment, failure, attempt: experiment.repairs };
  return { llm, result: engineer.repair(context, signal) };
}

const answer = (code: string, motivation = "Replaced exp by a sigmoid. It overflowed.") =>
  tagged({ name: "Gate", motivation, code });

describe("the engineer", () => {
  it("gives the model's version, and says what was changed", async () => {
    const { llm, result } = repair([answer(FIXED)]);
    expect(await result).toEqual({
      code: FIXED.trimEnd(),
      genome: null,
      what: "Replaced exp by a sigmoid.",
      by: "llm:model-of-main",
    });
    const [request] = llm.requests;
    expect(request!.place.key).toBe("3/repair.v1/engineer/0");
    expect(request!.system.split("\n")[0]).toBe("Role: engineer");
    const text = request!.messages[0]!.content;
    for (const shown of [
      "numerical",
      "Its output is NaN.",
      "line 7, in forward",
      "x.exp()",
      "A gate by exponentials.",
      "No gate was reached.",
    ])
      expect(text).toContain(shown);
  });

  it("tells what earlier repairs were", async () => {
    const experiment = failed({ repairs: 1, provenance: { repairs: ["Clamped the gate."] } });
    const { llm, result } = repair([answer(FIXED)], "numerical", experiment);
    await result;
    expect(llm.requests[0]!.place.key).toBe("3/repair.v2/engineer/0");
    expect(llm.requests[0]!.messages[0]!.content).toContain("Clamped the gate.");
  });

  it("mends nothing where the program comes back as it was", async () => {
    expect(await repair([answer(CODE, "There is no defect.")], "anomaly").result).toBeNull();
    expect(await repair([answer(`# checked\n${CODE}`, "No defect.")], "anomaly").result).toBeNull();
    expect(await repair([answer(RENAMED)], "anomaly").result).not.toBeNull();
    const { llm, result } = repair([answer(CODE, "No defect.")], "anomaly");
    await result;
    expect(llm.requests[0]!.messages[0]!.content).toContain("give it back as it is");
  });

  it("asks again with the reason when there is no program", async () => {
    const { llm, result } = repair(["I would use a sigmoid.", answer(FIXED)]);
    expect((await result)?.code).toBe(FIXED.trimEnd());
    expect(llm.requests[1]!.messages.at(-1)!.content).toContain("could not be used");
  });

  it("fails with a readable reason when no answer can be used", async () => {
    const error = await repair(["no"]).result.catch((e: unknown) => e);
    expect(error).toBeInstanceOf(AnswerError);
    expect((error as Error).message).toContain("engineer");
  });

  it("leaves trees to the built-in engineer, and all where no model can be had", async () => {
    const tree = repair([answer(FIXED)], "numerical", failed({ genome: { op: "x" } }));
    expect(await tree.result).toEqual(mended);
    expect(tree.llm.requests).toEqual([]);
    expect(await repair([new LlmError("key", "401", "set the key")]).result).toEqual(mended);
  });
});
