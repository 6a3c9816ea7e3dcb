/** The checker reads the code after the gates: it may send a candidate back once, and reject none. */
import { describe, expect, it } from "vitest";
import type { Agents, Checker, Engineer } from "../interfaces.ts";
import { AnswerError } from "./testing/paced.ts";
import { bench } from "./testing/steps.ts";

const pass: Checker = { check: async () => ({ ok: true, findings: "", by: "llm:c" }) };
const fail: Checker = {
  check: async () => ({ ok: false, findings: "\nThe mask is missing.\nSee line 3.", by: "llm:c" }),
};
const mends = (code: string | null): Engineer => ({
  repair: async () => (code === null ? null : { code, genome: null, what: "mended it" }),
});
const finding = {
  ...{ name: "checker", ok: false, warning: true, value: null, limit: null, kind: null },
  detail: "\nThe mask is missing.\nSee line 3.",
};

const gated = async (agents: Partial<Agents>, more: Parameters<typeof bench>[0] = {}) => {
  const b = bench({ agents, ...more });
  const { e } = await b.walk(b.at("gate", "mixer"), "checker" in agents ? "check" : "train");
  return { ...b, e };
};

describe("the check step", () => {
  it("is passed over where nobody reads the code", async () => {
    const { e, trainer } = await gated({});
    expect(e.status).toBe("train");
    expect(trainer.warm.size).toBe(1);
  });

  it("lets a sound candidate go on, its process waiting", async () => {
    const b = await gated({ checker: pass });
    expect(b.e.status).toBe("check");
    const { e, last } = await b.walk(b.e, "train");
    expect(last.event).toEqual({ type: "checked", data: { ok: true, by: "llm:c" } });
    expect(e).toMatchObject({ failure: null, gates: [{ name: "shape" }] });
    expect(b.trainer.warm.size).toBe(1);
  });

  it("lets the process go where too many wait", async () => {
    expect((await gated({ checker: pass }, { mayWait: false })).trainer.warm.size).toBe(0);
    expect((await gated({}, { mayWait: false })).trainer.warm.size).toBe(1);
  });

  it("sends a finding to the engineer, without the process", async () => {
    const b = await gated({ checker: fail, engineer: mends("mixer mended") });
    const { e, events, last } = await b.walk(b.e, "gate");
    expect(events).toEqual(["broke", "repaired"]);
    expect(last.version).toEqual({
      version: 1,
      code: "mixer mended",
      why: "The checker found: The mask is missing. mended it",
    });
    expect(e).toMatchObject({ code: "mixer mended", repairs: 1, gates: [], failure: null });
    expect(e.provenance.anomalies).toEqual([
      {
        what: "checker",
        version: 0,
        message: "The checker found: The mask is missing.",
        repaired: true,
        outcome: "Repaired as version 1.",
      },
    ]);
    expect(b.trainer.warm.size).toBe(0);
  });

  it("tells the engineer all that was found", async () => {
    let told: unknown;
    const engineer: Engineer = {
      repair: async ({ failure }) => {
        told = failure;
        return null;
      },
    };
    const b = await gated({ checker: fail, engineer });
    await b.walk(b.e, "train");
    expect(told).toEqual({
      kind: "anomaly",
      message: "The checker found: The mask is missing.",
      detail: finding.detail,
    });
  });

  it("keeps the finding as a warning where the engineer sees no defect", async () => {
    const b = await gated({ checker: fail, engineer: mends(null) });
    const { e, events } = await b.walk(b.e, "train");
    expect(events).toEqual(["broke", "kept"]);
    expect(e).toMatchObject({ code: "mixer", failure: null, repairs: 0 });
    expect(e.gates.at(-1)).toEqual(finding);
    expect((await b.walk(e)).e.status).toBe("archived");
  });

  it("sends back once: a second finding is kept as a warning", async () => {
    const b = await gated({ checker: fail, engineer: mends("mixer mended") });
    const { e, events } = await b.walk(b.e);
    expect(events.slice(0, 4)).toEqual(["broke", "repaired", "gated", "checked"]);
    expect(e).toMatchObject({ status: "archived", repairs: 1, code: "mixer mended" });
    expect(e.gates.at(-1)).toEqual(finding);
    expect(e.provenance).not.toHaveProperty("before");
  });

  it("sends nothing back where no repairs are left", async () => {
    const b = await gated({ checker: fail, engineer: mends("unused") }, { search: { repairs: 0 } });
    const { e, events } = await b.walk(b.e, "train");
    expect(events).toEqual(["checked"]);
    expect(e.gates.at(-1)).toEqual(finding);
    expect(b.trainer.warm.size).toBe(1);
  });

  it.each(["mixer bad-gate", "mixer bad-train", "mixer leaks"])(
    "rejects nothing that passed the gates: %s is given up for what it was to mend",
    async (code) => {
      const b = await gated({ checker: fail, engineer: mends(code) });
      const { e, events } = await b.walk(b.e);
      expect(events).toContain("restored");
      expect(e).toMatchObject({ status: "archived", code: "mixer", repairs: 0, failure: null });
      expect(e.gates.map((g) => g.name)).toEqual(["shape", "checker"]);
    },
  );

  it.each([new AnswerError("It began with neither PASS nor FAIL."), new TypeError("odd")])(
    "that throws is noted and stops nothing: %s",
    async (error) => {
      const check = () => Promise.reject(error);
      const b = await gated({ checker: { check } });
      const { e, last } = await b.walk(b.e, "train");
      expect(last.event).toMatchObject({ type: "checked", data: { ok: null } });
      expect(e.failure).toBeNull();
      expect(e.provenance.notes).toEqual([`The checker gave no answer: ${error.message}`]);
    },
  );

  it("goes on where a campaign is resumed without a checker", async () => {
    const b = bench();
    expect((await b.walk(b.at("check", "mixer"), "train")).e.failure).toBeNull();
  });

  it("is interrupted like any other step", async () => {
    const b = await gated({ checker: { check: () => new Promise(() => {}) } });
    setImmediate(() => b.abort.abort(new Error("paused")));
    await expect(b.walk(b.e)).rejects.toThrow("paused");
  });
});
