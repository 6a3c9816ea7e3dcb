import { describe, expect, it, vi } from "vitest";
import type { CognitionEntry } from "../../shared/cognition.ts";
import type { CognitionDesk, Program } from "../program.ts";
import { cognitionProcedures, type Usage } from "./cognition.ts";

const signal = new AbortController().signal;
const entry = (id: string, tags: string[]) => ({ id, tags }) as CognitionEntry;
const use: Usage[number] = {
  ...{ archive: "x", query: "recall is low", score: 0.4 },
  experiment: { id: "e", index: 1, name: "Gated", standing: "candidate", gain: 0.1, gainSe: 0.01 },
};

function made(more: Partial<CognitionDesk> = {}) {
  const entries = [entry("a", ["gate"]), entry("b", ["gate", "conv"]), entry("c", ["conv"])];
  const desk = {
    problems: () => ["x.json is left out"],
    list: (tag?: string) => entries.filter((e) => tag === undefined || e.tags.includes(tag)),
    own: () => ["b"],
    search: async () => [
      { id: "c", query: "q", score: 0.9, by: "bm25" as const },
      { id: "b", query: "q", score: 0.5, by: "bm25" as const },
    ],
    ...more,
  };
  const program = async () => ({ cognition: async () => desk }) as unknown as Program;
  return cognitionProcedures({ program }, async () => new Map([["b", [use, use]]]));
}

describe("the knowledge base", () => {
  it("is listed with what is the user's own, and how often each was used", async () => {
    const found = await made()["cognition.list"]({ text: " ", tag: null }, signal);
    expect(found.entries.map(({ id, own, used, score }) => [id, own, used, score])).toEqual([
      ["a", false, 0, null],
      ["b", true, 2, null],
      ["c", false, 0, null],
    ]);
    expect(found.problems).toEqual(["x.json is left out"]);
  });

  it("is searched, best first, within a tag", async () => {
    const p = made();
    const ids = async (tag: string | null) =>
      (await p["cognition.list"]({ text: "recall", tag }, signal)).entries.map((e) => e.id);
    expect(await ids(null)).toEqual(["c", "b"]);
    expect(await ids("gate")).toEqual(["b"]);
  });

  it("says where an entry was used", async () => {
    expect(await made()["cognition.usage"]({ id: "b" }, signal)).toEqual([use, use]);
    expect(await made()["cognition.usage"]({ id: "a" }, signal)).toEqual([]);
  });

  it("takes decisions about what waits, one by one", async () => {
    const accept = vi.fn(() => ({ done: ["n"], left: [] }));
    const reject = vi.fn(() => ({ done: [], left: [{ id: "n", reason: "it is gone" }] }));
    const p = made({ accept, reject });
    expect(await p["cognition.decide"]({ id: "n", accept: true }, signal)).toEqual({ done: ["n"], left: [] });
    expect(accept).toHaveBeenCalledWith(["n"]);
    expect((await p["cognition.decide"]({ id: "n", accept: false }, signal)).left).toHaveLength(1);
  });
});
