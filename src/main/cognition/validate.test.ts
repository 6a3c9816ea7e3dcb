import { describe, expect, it } from "vitest";
import type { CognitionEntry } from "../../shared/cognition.ts";
import { entry } from "./testing.ts";
import { checkEntry, citationOf, sameness, validate } from "./validate.ts";

const paper = { arxiv: "2412.06464", title: "Gated Delta Networks", authors: "Yang et al.", year: 2024 };
const cited = { paper, citation: citationOf(paper) };

describe("checkEntry", () => {
  it("takes a good one", () => {
    expect(checkEntry(entry("good"), "number 1").problems).toEqual([]);
  });

  it.each<[string, unknown, string]>([
    ["id", { ...entry("x"), id: "Bad Id" }, "id"],
    ["no id", { ...entry("x"), id: undefined }, "id"],
    ["short scenario", { ...entry("x"), scenario: "too short" }, "scenario"],
    ["short algorithm", { ...entry("x"), algorithm: "" }, "algorithm"],
    ["no context", { ...entry("x"), context: undefined }, "context"],
    ["no tag", { ...entry("x"), tags: [] }, "tags"],
    ["wrong tag", { ...entry("x"), tags: ["Delta Rule"] }, "tags.0"],
    ["version in the number", { ...entry("x"), paper: { ...paper, arxiv: "2412.06464v2" } }, "paper.arxiv"],
    ["year unknown", { ...entry("x"), paper: { ...paper, year: null } }, "paper.year"],
    ["a year that is no number", { ...entry("x"), paper: { ...paper, year: Number.NaN } }, "paper.year"],
    ["not an object", "text", "the whole"],
    ["null", null, "the whole"],
  ])("names the field: %s", (_, value, field) => {
    const { entry: none, problems } = checkEntry(value, "number 7");
    expect(none).toBeNull();
    expect(problems.map((p) => p.field)).toContain(field);
    for (const p of problems) expect(p.fix).not.toBe("");
  });

  it("names the place of what has no id", () => {
    expect(checkEntry({}, "number 7").problems[0]!.entry).toBe("number 7");
  });
});

describe("validate", () => {
  it("takes entries that say different things", () => {
    expect(validate([entry("one"), entry("two"), entry("three", cited)])).toEqual([]);
  });

  it.each<[string, CognitionEntry[], { entry: string; field: string; message: RegExp }]>([
    [
      "an id twice",
      [entry("a"), entry("a", { scenario: "qa qb", algorithm: "qc qd" })],
      { entry: "a", field: "id", message: /two/ },
    ],
    [
      "a citation without number",
      [entry("a", { ...cited, citation: "Yang et al. (2024). Gated." })],
      { entry: "a", field: "citation", message: /2412\.06464/ },
    ],
    [
      "a citation without year",
      [entry("a", { ...cited, citation: "Yang et al. arXiv:2412.06464" })],
      { entry: "a", field: "citation", message: /2024/ },
    ],
    [
      "a numeral out of range",
      [entry("a", { context: "It costs 1e999 operations, which is a lot of operations." })],
      { entry: "a", field: "context", message: /1e999/ },
    ],
    [
      "a value that a program left",
      [entry("a", { algorithm: "The step is [object Object] times the gradient of it." })],
      { entry: "a", field: "algorithm", message: /object/ },
    ],
    [
      "four of one paper",
      ["a", "b", "c", "d"].map((id) => entry(id, cited)),
      { entry: "a", field: "paper", message: /a, b, c, d/ },
    ],
    [
      "one paper by two names",
      [entry("a", cited), entry("b", { paper: { ...paper, title: "Other" }, citation: cited.citation })],
      { entry: "b", field: "paper.title", message: /Gated/ },
    ],
    [
      "one paper of two years",
      [
        entry("a", cited),
        entry("b", { paper: { ...paper, year: 2025 }, citation: "Yang et al. (2025). arXiv:2412.06464" }),
      ],
      { entry: "b", field: "paper.year", message: /2024/ },
    ],
  ])("finds %s", (_, entries, expected) => {
    const problems = validate(entries);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatchObject({ entry: expected.entry, field: expected.field });
    expect(problems[0]!.message).toMatch(expected.message);
  });

  it("lets a scenario speak of NaN and infinity", () => {
    const scenario =
      "The loss is NaN after 300 steps, although scores at -\\infty are masked, and 1e-5 is added.";
    expect(validate([entry("a", { scenario })])).toEqual([]);
  });

  it("counts papers, not entries", () => {
    const two = [entry("a", cited), entry("b", cited), entry("c")];
    expect(validate(two, 2)).toEqual([]);
    expect(validate(two, 3)).toMatchObject([{ field: "papers", message: "2 papers, of at least 3" }]);
  });

  it.each(["scenario", "algorithm"] as const)("names both entries with the same %s", (field) => {
    const text =
      "Recall stays near chance once more pairs are written than a head has dimensions, while loss is fine.";
    const other = text.replace("near", "close to").replace("written", "stored");
    const problems = validate([entry("a", { [field]: text }), entry("b", { [field]: other })]);
    expect(problems).toMatchObject([{ entry: "a", field }]);
    expect(problems[0]!.message).toContain("b");
  });

  it("compares with others when they are given", () => {
    const [a, b] = [entry("a"), { ...entry("a"), id: "b" }];
    expect(sameness([a], [b]).map((s) => s.b)).toEqual(["b", "b"]);
    expect(sameness([a], [])).toEqual([]);
  });
});
