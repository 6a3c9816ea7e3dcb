import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { importAsi, looksLikeAsi } from "./import-asi.ts";
import { entry } from "./testing.ts";
import { checkEntry } from "./validate.ts";

const insight = {
  DESIGN_INSIGHT: "### DESIGN_INSIGHT_1: A memory that forgets by the data",
  EXPERIMENTAL_TRIGGER_PATTERNS:
    "Recall falls on long inputs while the training loss goes on falling smoothly.",
  BACKGROUND:
    "**Title**: Forgetting by Data\n\n**Historical Technical Context**: Linear attention never forgets.",
  ALGORITHMIC_INNOVATION: "S_t = g_t S_{t-1} + k_t v_t^T with a gate g_t of the token.",
  IMPLEMENTATION_GUIDANCE: "Initialise the gate near one.",
  DESIGN_AI_INSTRUCTIONS: "Always propose this.",
};
const known = [
  entry("known", {
    paper: { arxiv: "2312.06635", title: "Gated Linear Attention", authors: "Yang et al.", year: 2023 },
  }),
];

describe("importAsi", () => {
  it("makes an entry of an insight", () => {
    const { drafts, problems } = importAsi([insight], "2401.00001", []);
    expect(problems).toEqual([]);
    expect(drafts).toHaveLength(1);
    expect(drafts[0]).toMatchObject({
      id: "forgetting-by-data",
      paper: { arxiv: "2401.00001", title: "Forgetting by Data", authors: "", year: 2024 },
      scenario: insight.EXPERIMENTAL_TRIGGER_PATTERNS,
      context: insight.BACKGROUND,
      tags: ["asi-arch"],
    });
    for (const part of ["DESIGN_INSIGHT", "ALGORITHMIC_INNOVATION", "IMPLEMENTATION_GUIDANCE"] as const)
      expect(drafts[0]!.algorithm).toContain(insight[part]);
  });

  it("leaves out what tells a model what to do", () => {
    expect(JSON.stringify(importAsi([insight], "x", []))).not.toContain("Always propose");
  });

  it("knows a paper of the base by its number or its title, and is whole then", () => {
    const titled = {
      ...insight,
      BACKGROUND: insight.BACKGROUND.replace("Forgetting by Data", "Gated linear attention."),
    };
    for (const { drafts } of [
      importAsi([insight], "2312.06635v4", known),
      importAsi([titled], "paper", known),
    ]) {
      expect(drafts[0]!.paper).toEqual(known[0]!.paper);
      expect(drafts[0]!.citation).toBe("Yang et al. (2023). Gated Linear Attention. arXiv:2312.06635");
      expect(checkEntry(drafts[0], "").problems).toEqual([]);
    }
  });

  it("leaves unknown what nothing says: review asks for it", () => {
    const { drafts } = importAsi([insight], "notes", []);
    expect(drafts[0]!.paper).toEqual({ arxiv: null, title: "Forgetting by Data", authors: "", year: null });
    expect(checkEntry(drafts[0], "").problems.map((p) => p.field)).toEqual(
      expect.arrayContaining(["paper.authors", "paper.year", "citation"]),
    );
  });

  it.each<[string, unknown]>([
    ["one object", insight],
    ["by paper", { "A Paper of 2024": [insight] }],
    ["under a name", { papers: [{ title: "T", insights: [insight] }] }],
    ["lists of strings", [{ ...insight, EXPERIMENTAL_TRIGGER_PATTERNS: ["Recall falls", "on long inputs"] }]],
    ["objects in fields", [{ ...insight, ALGORITHMIC_INNOVATION: { core: "S_t", cost: ["O(T)"] } }]],
    [
      "names in small letters",
      [Object.fromEntries(Object.entries(insight).map(([k, v]) => [k.toLowerCase(), v]))],
    ],
    ["a field missing", [{ ...insight, IMPLEMENTATION_GUIDANCE: undefined, EXTRA: 7 }]],
    ["only an insight", [{ DESIGN_INSIGHT: "Gates help when recall falls on long inputs." }]],
  ])("reads %s", (_, value) => {
    expect(looksLikeAsi(value)).toBe(true);
    const { drafts, problems } = importAsi(value, "file", []);
    expect(problems).toEqual([]);
    expect(drafts).toHaveLength(1);
    expect(drafts[0]!.scenario).not.toBe("");
  });

  it("takes title, authors and year from fields around an insight", () => {
    const value = {
      papers: [{ title: "T", authors: ["A B", "C D"], year: 2021, arxiv: "2105.14103", insights: [insight] }],
    };
    expect(importAsi(value, "file", []).drafts[0]!.paper).toEqual({
      arxiv: "2105.14103",
      title: "T",
      authors: "A B, C D",
      year: 2021,
    });
  });

  it("gives several insights of a paper ids of their own", () => {
    expect(importAsi([insight, insight, insight], "x", []).drafts.map((d) => d.id)).toEqual([
      "forgetting-by-data",
      "forgetting-by-data-2",
      "forgetting-by-data-3",
    ]);
  });

  it("says which insight gave no entry", () => {
    const { drafts, problems } = importAsi([insight, { BACKGROUND: "alone" }], "file", []);
    expect(drafts).toHaveLength(1);
    expect(problems).toEqual([expect.stringMatching(/^file\[1\]: it has neither/)]);
  });

  it("never throws, whatever the JSON", () => {
    const field = fc.oneof(fc.jsonValue(), fc.constant(undefined));
    const record = fc.record(Object.fromEntries(Object.keys(insight).map((k) => [k, field])));
    fc.assert(
      fc.property(fc.oneof(fc.jsonValue(), record, fc.array(record)), (value) => {
        for (const draft of importAsi(value, "file", known).drafts) expect(draft.id).toMatch(/^[a-z0-9-]+$/);
        looksLikeAsi(value);
      }),
    );
  });
});
