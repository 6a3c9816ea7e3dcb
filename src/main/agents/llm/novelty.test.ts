import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Experiment, Proposal } from "../../../shared/domain.ts";
import { LlmSettings } from "../../../shared/llm.ts";
import { LlmError } from "../../interfaces.ts";
import { archived, campaign, signal, uuid } from "../grammar/testing.ts";
import { createAgents } from "../index.ts";
import { llmNovelty, parseNovelty, shortId } from "./novelty.ts";
import { type FakeOptions, fakeLlm, inTurn, type Reply } from "./testing.ts";

const settings = LlmSettings.parse({
  endpoints: [{ name: "main", baseUrl: "http://127.0.0.1:1/v1", model: "m" }],
});
const cognition = { entries: [], entry: () => null, retrieve: async () => [] };

const proposal = (
  name: string,
  motivation: string,
  code = `class Mixer:\n    def f(self): return "${name}"`,
) => Proposal.parse({ name, motivation, code, parentId: null });
const experiment = (
  n: number,
  name: string,
  motivation: string,
  more: Partial<Experiment> = {},
): Experiment =>
  archived(n, proposal(name, motivation), 0, {
    id: `${String(n).repeat(8)}-0000-4000-8000-000000000000`,
    ...more,
  });

const visible = [
  experiment(1, "DecayGate", "A decay gate on each head forgets old associations of the delta rule."),
  experiment(2, "LongConv", "Long convolutions by FFT replace recurrence."),
  experiment(3, "Silent", ""),
];
const idea = proposal(
  "New",
  "Each head forgets old associations by a decay gate, then the delta rule writes.",
);

function compare(
  replies: Reply[],
  p = idea,
  seen: readonly Experiment[] = visible,
  fingerprint: string | null = null,
  options: FakeOptions = {},
) {
  const llm = fakeLlm(inTurn(...replies), options);
  const novelty = llmNovelty({ llm, settings, cognition, fallback: createAgents("grammar") });
  const context = { campaign: campaign(), index: 7, attempt: 1, visible: seen };
  return { llm, verdict: novelty.compare!(context, p, fingerprint, signal) };
}

describe("novelty", () => {
  it("takes a model's NOVEL", async () => {
    const { llm, verdict } = compare(["NOVEL\nIt erases by key."]);
    expect(await verdict).toEqual({ novel: true });
    expect(llm.requests).toHaveLength(1);
    const [request] = llm.requests;
    expect(request!.role).toBe("novelty");
    expect(request!.place.key).toBe("7/novelty.1/novelty/0");
    expect(request!.system.split("\n")[0]).toBe("Role: novelty");
    const text = request!.messages[0]!.content;
    for (const shown of ["11111111", idea.motivation, visible[0]!.motivation]) expect(text).toContain(shown);
    expect(text).not.toContain("33333333"); // it has no motivation to compare with
  });

  it("sends a repeat back with what it repeats, and why", async () => {
    const { verdict } = compare(["REPEAT 11111111\nBoth decay by head."]);
    expect(await verdict).toEqual({
      novel: false,
      repeats: "DecayGate",
      reason: "Both decay by head.",
    });
  });

  it("asks again when the id was not shown", async () => {
    const { llm, verdict } = compare(["REPEAT deadbeef", "REPEAT 22222222\nSame convolution."], {
      ...idea,
      motivation: "Long convolutions by FFT and a decay gate.",
    });
    expect(await verdict).toMatchObject({ novel: false, repeats: "LongConv" });
    expect(llm.requests[1]!.place.key).toBe("7/novelty.1/novelty/1");
    expect(llm.requests[1]!.messages.at(-1)!.content).toContain("11111111");
    expect(llm.marks.map((m) => m.verdict)).toEqual(["repair", "used"]);
  });

  it("says that no verdict can be had, and the engine lets the exact checks stand with a note", async () => {
    const down = new LlmError("unreachable", "no connection", "start it");
    await expect(compare([down]).verdict).rejects.toBe(down);
    const useless = compare(["I think so"]);
    await expect(useless.verdict).rejects.toThrow("no answer that could be used");
    expect(useless.llm.requests).toHaveLength(3);
    expect(useless.llm.marks.at(-1)!.verdict).toBe("unusable");
  });

  it("spends nothing where code or outputs are equal, or nothing is alike", async () => {
    const code = compare(
      [],
      proposal("Copy", "Something else.", visible[1]!.code.replace("f(self)", "g(self)")),
    );
    expect(await code.verdict).toMatchObject({ novel: false, repeats: "LongConv" });
    const same = compare([], idea, [{ ...visible[1]!, fingerprint: "abc" }], "abc");
    expect(await same.verdict).toEqual({
      novel: false,
      repeats: "LongConv",
      reason: expect.stringContaining("computes the same function"),
    });
    const hashed = compare([], idea, [{ ...visible[1]!, provenance: { outputHash: "abc" } }], "abc");
    expect(await hashed.verdict).toMatchObject({ novel: false });
    const unlike = compare([], proposal("Odd", "Quantum chromodynamics."));
    expect(await unlike.verdict).toEqual({ novel: true });
    expect(await compare([], idea, []).verdict).toEqual({ novel: true });
    for (const c of [code, same, hashed, unlike]) expect(c.llm.requests).toEqual([]);
  });

  it("compares by embeddings where there are some, and shows five", async () => {
    const many = Array.from({ length: 8 }, (_, i) => experiment(i + 1, `E${i + 1}`, `Idea number ${i + 1}.`));
    const embed = (text: string) => {
      const n = Number(text.match(/number (\d)/)?.[1] ?? 1);
      return [Math.cos(n / 5), Math.sin(n / 5)];
    };
    const { llm, verdict } = compare(["NOVEL"], proposal("P", "Wholly other words."), many, null, { embed });
    await verdict;
    const text = llm.requests[0]!.messages[0]!.content;
    const shown = many.filter((e) => text.includes(shortId(e, many))).map((e) => e.name);
    expect(shown).toEqual(["E1", "E2", "E3", "E4", "E5"]);
  });

  it("passes an abort on", async () => {
    const llm = fakeLlm(inTurn("NOVEL"));
    const novelty = llmNovelty({ llm, settings, cognition, fallback: createAgents("grammar") });
    const context = { campaign: campaign(), index: 0, attempt: 0, visible };
    const stop = AbortSignal.abort(new Error("paused"));
    await expect(novelty.compare!(context, idea, null, stop)).rejects.toThrow("paused");
  });
});

describe("a verdict on novelty", () => {
  it.each([
    ["NOVEL", null],
    ["**NOVEL**: a new gate", null],
    ["<think>REPEAT 22222222</think>\nNOVEL", null],
    ["REPEAT 22222222", "LongConv"],
    ["REPEAT `22222222`.", "LongConv"],
    ["REPEAT <22222222>", "LongConv"],
    ["REPEAT 22222222-0000-4000-8000-000000000000", "LongConv"],
    ["REPEAT LongConv", "LongConv"],
    ["REPEAT: E2, the convolution", "LongConv"],
    ["REPEAT experiment 22222222 (not 11111111)", "LongConv"],
  ])("%s", (text, name) => {
    const read = parseNovelty(text, "", visible);
    expect(read.ok && (read.repeats?.name ?? null)).toBe(name);
  });

  it.each(["REPEAT", "REPEAT 2222", "REPEAT 222222222", "REPEAT LongConv2", "maybe", ""])(
    "not %j",
    (text) => {
      expect(parseNovelty(text, "", visible).ok).toBe(false);
    },
  );

  it("names whole ids where their beginnings are equal", () => {
    const [a, b] = [archived(0, idea, 0), archived(1, idea, 0)];
    expect([a.id, b.id]).toEqual([uuid(0), uuid(1)]);
    expect(shortId(a, [a, b])).toBe(a.id);
    expect(shortId(a, [a])).toBe(a.id.slice(0, 8));
    const read = parseNovelty(`REPEAT ${b.id}`, "", [a, b]);
    expect(read.ok && read.repeats?.id).toBe(b.id);
  });

  it("comes from any text without an error", () => {
    const word = fc.constantFrom("REPEAT ", "NOVEL", "11111111", "\n", "<think>", "E1", "`", "(", "*");
    const text = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.array(word).map((w) => w.join("")),
    );
    fc.assert(
      fc.property(text, text, (answer, reasoning) => {
        const read = parseNovelty(answer, reasoning, visible);
        expect(read.ok || read.why.length > 0).toBe(true);
      }),
    );
  });
});
