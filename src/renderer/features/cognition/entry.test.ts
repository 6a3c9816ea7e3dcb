import { describe, expect, it } from "vitest";
import type { CognitionEntry } from "../../../shared/cognition.ts";
import { entryProblems, freeId, idFor } from "./entry.ts";

const good: CognitionEntry = {
  id: "gated-delta-2024",
  paper: { arxiv: "2412.06464", title: "Gated Delta Networks", authors: "Yang et al.", year: 2024 },
  scenario: "Recall is good, yet old associations are never forgotten and crowd the state.",
  algorithm: "S_t = a_t S_{t-1} (I - b_t k_t k_t^T) + b_t v_t k_t^T, with a scalar gate a_t.",
  context: "Joins the gate of Mamba2 with the delta rule of DeltaNet; costs one more projection.",
  tags: ["delta-rule"],
  citation: "Yang et al. (2024). Gated Delta Networks. arXiv:2412.06464",
};

describe("an entry as it was typed in", () => {
  it("is in order", () => expect(entryProblems(good)).toEqual({}));

  it.each([
    ["paper.arxiv", { ...good, paper: { ...good.paper, arxiv: "abc" } }],
    ["paper.title", { ...good, paper: { ...good.paper, title: "" } }],
    ["paper.year", { ...good, paper: { ...good.paper, year: 24 } }],
    ["scenario", { ...good, scenario: "short" }],
    ["tags", { ...good, tags: ["Not A Tag"] }],
    ["tags", { ...good, tags: [] }],
  ])("is refused at %s", (field, entry) => expect(Object.keys(entryProblems(entry))).toEqual([field]));

  it.each([
    [
      "Gated Delta Networks: Improving Mamba2 with the Delta Rule",
      2024,
      "gated-delta-networks-improving-mamba2-2024",
    ],
    ["Über Größe", 2020, "uber-gro-e-2020"],
    ["…", Number.NaN, "entry"],
  ])("%s has a readable id", (title, year, id) => {
    expect(idFor(title, year)).toBe(id);
    expect(entryProblems({ ...good, id })).toEqual({});
  });

  it("is not that of another", () => {
    expect(freeId("gated-2024", [])).toBe("gated-2024");
    expect(freeId("gated-2024", ["gated-2024", "gated-2024-2"])).toBe("gated-2024-3");
  });
});
