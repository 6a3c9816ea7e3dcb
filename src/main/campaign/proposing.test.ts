/** A proposal on its way to the gate: fingerprint, comparison of ideas, exact comparison, and who is to blame for no answer. */
import { describe, expect, it } from "vitest";
import { LlmError, type Novelty, type ProposeContext, type Researcher } from "../interfaces.ts";
import { AnswerError } from "./testing/paced.ts";
import { archived, scored } from "./testing/records.ts";
import { bench } from "./testing/steps.ts";
import { inTurn } from "./turns.ts";

const proposal = { motivation: "why", genome: null, parentId: null, referenceIds: [], provenance: {} };
const says = (...codes: string[]): Researcher & { contexts: ProposeContext[] } => {
  const contexts: ProposeContext[] = [];
  return {
    name: "llm",
    contexts,
    propose: async (context) => {
      contexts.push(context);
      const code = codes[contexts.length - 1]!;
      return { ...proposal, name: `m-${code}`, code, by: `llm:${code}` };
    },
  };
};
type Compare = NonNullable<Novelty["compare"]>;
const novel: Novelty["check"] = async () => ({ novel: true });
const novelty = (compare?: Compare, check = novel): Novelty => ({ check, ...(compare && { compare }) });
const repeat = (repeats: string) => ({ novel: false as const, repeats, reason: `the idea of ${repeats}` });

describe("a proposal", () => {
  it("keeps who made it", async () => {
    const b = bench({ agents: { researcher: says("a") } });
    const { e } = await b.walk(b.opened, "novelty");
    expect(e).toMatchObject({ researcher: "llm:a", code: "a" });
    expect(e).not.toHaveProperty("by");
    expect(e.provenance).toEqual({});
  });

  it("is compared with what it may see, and with what it computes", async () => {
    const seen: Parameters<Compare>[] = [];
    const compare: Compare = async (...given) => {
      seen.push(given);
      return { novel: true };
    };
    const experiments = [archived(0, [scored(0)]), archived(1, [scored(0)])];
    const b = bench({ agents: { researcher: says("a"), novelty: novelty(compare) }, experiments });
    const { gate } = b.trainer;
    const jobs: unknown[] = [];
    b.trainer.gate = (job, o) => {
      jobs.push({ runs: job.runs, gates: job.gates, device: job.device });
      expect(job.id.startsWith(`${b.opened.id}-f0`)).toBe(true);
      return gate(job, o);
    };
    const opened = { ...b.opened, sees: { experiments: 1, promotions: 0 } };
    const { e, events } = await b.walk(opened, "novelty");
    expect(jobs).toEqual([{ runs: [], gates: false, device: "cpu" }]);
    expect(e.provenance.outputHash).toMatch(/^[0-9a-f]{64}$/);
    const [context, given, fingerprint] = seen[0]!;
    expect(context.visible.map((v) => v.index)).toEqual([0]);
    expect(context).toMatchObject({ index: 2, attempt: 0 });
    expect(given).toMatchObject({ name: "m-a", code: "a" });
    expect(fingerprint).toBe(e.provenance.outputHash);
    expect(events).toEqual(["proposed"]);
    expect(b.trainer.warm.size).toBe(0);
  });

  it("goes back with what it repeated, and is given up after so many", async () => {
    const compare: Compare = async ({ attempt }) => (attempt < 2 ? repeat(`x${attempt}`) : { novel: true });
    const researcher = says("a", "b", "c");
    const b = bench({ agents: { researcher, novelty: novelty(compare) } });
    const { e, events } = await b.walk(b.opened, "gate");
    expect(events).toEqual(["repeat", "repeat", "proposed", "novel"]);
    expect(e).toMatchObject({ code: "c", researcher: "llm:c" });
    expect(researcher.contexts.map((c) => [c.attempt, c.repeats.map((r) => r.name)])).toEqual([
      [0, []],
      [1, ["x0"]],
      [2, ["x0", "x1"]],
    ]);
    const strict = bench({
      agents: { researcher: says("a", "b"), novelty: novelty(async () => repeat("x")) },
      search: { noveltyRetries: 1 },
    });
    const given = await strict.walk(strict.opened);
    expect(given.events).toEqual(["repeat", "rejected"]);
    expect(given.e).toMatchObject({
      status: "rejected",
      code: "b",
      failure: {
        kind: "duplicate",
        message: "Repeats x: the idea of x",
        detail: "2 proposals were repeats: x, x.",
      },
    });
    expect(given.last.version).toMatchObject({ code: "b" });
  });

  it("counts repeats of either kind together", async () => {
    const compare: Compare = async ({ attempt }) => (attempt === 0 ? repeat("x") : { novel: true });
    const check: Novelty["check"] = async (p) => (p.code === "b" ? repeat("y") : { novel: true });
    const b = bench({
      agents: { researcher: says("a", "b", "c"), novelty: novelty(compare, check) },
      search: { noveltyRetries: 1 },
    });
    expect((await b.walk(b.opened)).e).toMatchObject({ status: "rejected", code: "b" });
  });

  it.each([
    { how: "rejected", gate: async () => ({ ok: false, fingerprint: "f" }) },
    { how: "without an output", gate: async () => ({ ok: true, fingerprint: null }) },
    { how: "thrown", gate: () => Promise.reject(new Error("no sandbox")) },
  ])("whose output cannot be had ($how) goes on without", async ({ gate }) => {
    let given: string | null = "unset";
    const compare: Compare = async (_, __, fingerprint) => {
      given = fingerprint;
      return { novel: true };
    };
    const b = bench({ agents: { researcher: says("a"), novelty: novelty(compare) } });
    b.trainer.gate = gate as never;
    const forgotten: string[] = [];
    b.trainer.forget = (id) => void forgotten.push(id);
    const { e } = await b.walk(b.opened, "novelty");
    expect(given).toBeNull();
    expect(e).toMatchObject({ status: "novelty", failure: null });
    expect(e.provenance).not.toHaveProperty("outputHash");
    expect(forgotten.some((id) => id.startsWith(`${b.opened.id}-f0`))).toBe(true);
  });

  it("is not given up because nobody could compare it", async () => {
    const compare = () => Promise.reject(new AnswerError("It began with neither NOVEL nor REPEAT."));
    const b = bench({ agents: { researcher: says("a"), novelty: novelty(compare) } });
    const { e } = await b.walk(b.opened, "gate");
    expect(e.provenance.notes).toEqual([
      "Not compared with other ideas: It began with neither NOVEL nor REPEAT.",
    ]);
    expect(e.provenance).toHaveProperty("outputHash");
  });
});

describe("the exact comparison", () => {
  const known = (change: Parameters<typeof archived>[2]) => [
    archived(0, [scored(0)], { provenance: { outputHash: "h" }, ...change }),
  ];
  const check = (experiments: ReturnType<typeof known>, outputHash?: string, sees = 1) => {
    const b = bench({ agents: { novelty: novelty() }, experiments });
    const provenance = outputHash ? { outputHash } : {};
    return b.walk(b.at("novelty", "new", { provenance, sees: { experiments: sees, promotions: 0 } }), "gate");
  };
  const words = "Computes the same function as m0.";
  const first = async (...given: Parameters<typeof check>) => {
    const { results } = await check(...given).catch((error) => ({ results: [{ event: { data: error } }] }));
    return results[0]!.event.data;
  };

  it("finds what computes the same", async () => {
    expect(await first(known({}), "h")).toMatchObject({ reason: words });
    // Under way, as it was proposed.
    expect(await first(known({ status: "train" }), "h", 0)).toMatchObject({ reason: words });
  });

  it("goes by what was measured only", async () => {
    expect(await first(known({}), "other")).toEqual({});
    expect(await first(known({}))).toEqual({});
    expect(await first(known({ provenance: {} }), "h")).toEqual({});
    const failure = { kind: "internal" as const, message: "", detail: "" };
    expect(await first(known({ status: "failed", failure }), "h")).toEqual({});
  });
});

describe("an agent without an answer", () => {
  const noAnswer = new AnswerError("The researcher (llm:x) named no program, after 2 repairs.");
  const noModel = new LlmError("key", "The server refused the key.", "Set CAMBRIAN_LLM_API_KEY.");

  it.each([
    { error: noAnswer, detail: "the raw answer" },
    { error: noModel, detail: "Set CAMBRIAN_LLM_API_KEY." },
  ])("ends its experiment with a reason that a person can read: $error", async ({ error, detail }) => {
    const researcher = { name: "llm", propose: () => Promise.reject(error) };
    const b = bench({ agents: { researcher } });
    const { e, last } = await b.walk(b.opened);
    expect(e).toMatchObject({
      status: "failed",
      failure: { kind: "answer", message: error.message, detail },
    });
    expect(last.event).toMatchObject({ type: "failed", data: { step: "propose", kind: "answer" } });
  });

  it("answers for what was spent, where the researcher's model is chosen", async () => {
    const spent = { endpoint: "big", model: "x", cost: 0.2, tokens: 900, turns: 3, callIds: ["a"] };
    const researcher = { name: "llm", propose: () => Promise.reject(Object.assign(noAnswer, { spent })) };
    const b = bench({ agents: { researcher } });
    expect((await b.walk(b.opened)).e.provenance.llm).toEqual(spent);
  });

  it("is told from our own fault", async () => {
    const researcher = { name: "llm", propose: () => Promise.reject(new Error("odd")) };
    const b = bench({ agents: { researcher } });
    expect((await b.walk(b.opened)).e.failure).toMatchObject({
      kind: "internal",
      message: "The propose step threw: odd",
    });
  });

  it("leaves a failure as it was where it was to repair it", async () => {
    const engineer = { repair: () => Promise.reject(noAnswer) };
    const b = bench({ agents: { engineer } });
    const gates = await b.walk(b.at("gate", "x bad-gate"));
    expect(gates.e).toMatchObject({
      status: "rejected",
      failure: {
        kind: "interface",
        message: "Wrong shape.",
        detail: `The engineer gave no answer: ${noAnswer.message}`,
      },
    });
    const training = await b.walk(b.at("gate", "x bad-train"));
    expect(training.e).toMatchObject({ status: "failed", failure: { kind: "divergence" } });
  });

  it("at the judge leaves the result as it was measured, and says so", async () => {
    const judge = { judge: () => Promise.reject(noModel) };
    const b = bench({ agents: { judge } });
    const { e } = await b.walk(b.at("gate", "x"));
    expect(e).toMatchObject({ status: "archived", failure: null, judgement: null });
    expect(e.provenance.notes).toEqual([`Not judged: ${noModel.message}`]);
    expect(e.scores[0]!.parts.judge).toBeNull();
  });
});

describe("calls in turn", () => {
  it.each([1, 2, 3])(
    "are no more than %i at a time, in order, and a failure holds up nobody",
    async (width) => {
      const turn = inTurn(width);
      const began: number[] = [];
      let now = 0;
      let most = 0;
      const call = (i: number) => async () => {
        began.push(i);
        most = Math.max(most, ++now);
        await new Promise((r) => setImmediate(r));
        now--;
        if (i === 1) throw new Error("odd");
        return i;
      };
      const results = await Promise.allSettled([0, 1, 2, 3, 4].map((i) => turn(call(i))));
      expect(results.filter((r) => r.status === "rejected")).toHaveLength(1);
      expect(began).toEqual([0, 1, 2, 3, 4]);
      expect(most).toBe(width);
      expect(await turn(call(5))).toBe(5);
    },
  );
});
