import { describe, expect, it } from "vitest";
import { type LlmAnswer, LlmError } from "../../interfaces.ts";
import { askRole, type Parsed, REPAIR_TURNS, unavailable } from "./ask.ts";
import { AnswerError } from "./errors.ts";
import { estimate } from "./fit.ts";
import { type FakeLlm, fakeLlm, inTurn, type Reply } from "./testing.ts";

const signal = new AbortController().signal;
const parse = (text: string): Parsed<{ word: string }> =>
  /^yes/i.test(text) ? { ok: true, word: text } : { ok: false, why: "the first word must be yes" };
const place = (turn: number) => ({ campaignId: null, experimentId: null, key: `0/judge/judge-0/${turn}` });
const ask = (llm: FakeLlm, user = "Is it so?") =>
  askRole(llm, { role: "judge", endpoint: "local", place, system: "Role: judge", user, parse }, signal);
const tooLong = (partial: Partial<LlmAnswer> | null): LlmError =>
  new LlmError(
    "length",
    "too long",
    "shorter",
    partial && {
      callId: "cut-1",
      text: "begun",
      reasoning: "",
      endpoint: "local",
      model: "m",
      tokens: 500,
      cost: 0.5,
      reused: false,
      ...partial,
    },
  );

describe("asking a role", () => {
  it("takes the first answer that can be read", async () => {
    const llm = fakeLlm(inTurn("yes"));
    const { value, turns, cost, tokens, callIds } = await ask(llm);
    expect({ value, turns, cost, tokens, callIds }).toEqual({
      value: { ok: true, word: "yes" },
      turns: 1,
      cost: 0.01,
      tokens: 100,
      callIds: ["call-0"],
    });
    expect(llm.marks).toEqual([{ callId: "call-0", verdict: "used", note: undefined }]);
    expect(llm.requests[0]).toMatchObject({
      system: "Role: judge",
      messages: [{ role: "user", content: "Is it so?" }],
    });
  });

  it("sends an unusable answer back with the exact reason, each turn at its own place", async () => {
    const llm = fakeLlm(inTurn("perhaps", "", "yes, it is"));
    const { turns, cost } = await ask(llm);
    expect(turns).toBe(3);
    expect(cost).toBeCloseTo(0.03);
    expect(llm.requests.map((r) => r.place.key)).toEqual([0, 1, 2].map((t) => `0/judge/judge-0/${t}`));
    expect(llm.requests[1]!.messages).toMatchObject([
      { role: "user", content: "Is it so?" },
      { role: "assistant", content: "perhaps" },
      { role: "user", content: expect.stringContaining("the first word must be yes") },
    ]);
    expect(llm.requests[2]!.messages[1]).toEqual({ role: "assistant", content: "(no answer)" });
    expect(llm.marks.map((m) => m.verdict)).toEqual(["repair", "repair", "used"]);
    expect(llm.marks[0]!.note).toBe("the first word must be yes");
  });

  it("gives up after its repair turns, and says all that a person needs", async () => {
    const llm = fakeLlm(inTurn("perhaps", "possibly", "maybe"));
    const error = await ask(llm).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(AnswerError);
    expect(error).toMatchObject({
      name: "AnswerError",
      role: "judge",
      model: "model-of-local",
      detail: "maybe",
      spent: { endpoint: "local", turns: 3, tokens: 300, callIds: ["call-0", "call-1", "call-2"] },
    });
    expect((error as Error).message).toMatch(
      /^The judge \(model-of-local\) gave no answer that could be used, after 2 requests to mend it: The first word must be yes\./,
    );
    expect(llm.requests).toHaveLength(1 + REPAIR_TURNS);
    expect(llm.marks.map((m) => m.verdict)).toEqual(["repair", "repair", "unusable"]);
  });

  it("asks for a shorter answer where one was too long, and counts what it cost", async () => {
    const llm = fakeLlm(inTurn(tooLong({}), tooLong(null), "yes"));
    const { turns, tokens } = await ask(llm);
    expect({ turns, tokens }).toEqual({ turns: 3, tokens: 600 });
    expect(llm.requests[1]!.messages[1]!.content).toBe("begun");
    expect(llm.requests[1]!.messages[2]!.content).toMatch(/much shorter/);
    expect(llm.marks.map((m) => [m.callId, m.verdict])).toEqual([
      ["cut-1", "repair"],
      ["call-2", "used"],
    ]);
  });

  it("shows a long answer again only as far as the window allows", async () => {
    const limits = { contextWindow: 4096, maxOutput: 2048 };
    const llm = fakeLlm(inTurn("no ".repeat(4000), "yes"), { limits });
    await ask(llm);
    const shown = llm.requests[1]!.messages.map((m) => m.content).join("");
    expect(estimate(shown) + limits.maxOutput).toBeLessThanOrEqual(limits.contextWindow);
    expect(llm.requests[1]!.messages[1]!.content).toContain("[cut]");
  });

  it.each(["unreachable", "open", "budget", "key", "filtered"] as const)(
    "passes on an error of kind %s",
    async (kind) => {
      const error = new LlmError(kind, "no", "do");
      const replies: Reply[] = ["perhaps", error];
      await expect(ask(fakeLlm(inTurn(...replies)))).rejects.toBe(error);
      expect(unavailable(error)).toBe(kind !== "filtered");
    },
  );

  it("says that a model can be had where the fault is its answer's, or ours", () => {
    expect(unavailable(tooLong(null))).toBe(false);
    expect(unavailable(new Error("a defect"))).toBe(false);
  });
});
