import { describe, expect, it } from "vitest";
import type { Diagram } from "../../../shared/views.ts";
import { withTag } from "../../ui/tags.ts";
import { changedLines } from "./changes.ts";
import { curve, labelOf } from "./drawing.ts";
import { gainOf } from "./gain.ts";
import { linesWith, plainText } from "./log-text.ts";
import { originOf } from "./provenance.ts";
import { reportsOf } from "./reports.ts";
import { neighboursOf } from "./use-neighbours.ts";
import { walk } from "./walk.ts";
import { fit, opening, shown, zoomed } from "./zoom.ts";

describe("a gain", () => {
  it.each([
    [0.04, 0.01, 8, "beyond noise"],
    [0.04, 0.02, 8, "within noise"],
    [-0.2, 0.02, 8, "worse beyond noise"],
    [0.04, 0.01, 0, "noise not known"],
    [0.04, 0, 8, "noise not known"],
  ])("of %s ± %s with %i degrees of freedom is %s", (value, se, freedom, words) =>
    expect(gainOf(value, se, freedom)?.words).toBe(words),
  );
  it("that is no number is none", () => expect(gainOf(Number.NaN, 0.1, 8)).toBeNull());
});

describe("a log", () => {
  it("loses colours, titles and what was written over", () =>
    expect(plainText("\u001b[32mok\u001b[0m\r\n\u001b]0;title\u0007step 1\rstep 2\r\nend\u0000")).toBe(
      "ok\nstep 2\nend",
    ));
  it("is searched in whatever case", () => {
    expect(linesWith("Loss 3\nstep\nloss 2", "LOSS")).toEqual([1, 3]);
    expect(linesWith("a", "  ")).toEqual([]);
  });
});

describe("lines that changed", () => {
  it("are counted", () =>
    expect(changedLines("a\nb\nc\n", "a\nB\nc\nd\n")).toEqual({ added: 2, removed: 1 }));
});

describe("walking a diagram", () => {
  // in → a, b → out, and a state that goes back from b to a; far lies right of b.
  const box = (id: string, x: number, y: number) => ({ id, x, y, w: 10, h: 10 });
  const edge = (from: string, to: string, back = false) => ({ from, to, back, points: [] });
  const layout: Diagram["layout"] = {
    width: 100,
    height: 100,
    nodes: [box("in", 20, 0), box("a", 0, 20), box("b", 40, 20), box("far", 80, 22), box("out", 20, 40)],
    edges: [edge("in", "a"), edge("in", "b"), edge("a", "out"), edge("b", "out"), edge("out", "in", true)],
  };
  it.each([
    ["in", "ArrowDown", "a"],
    ["a", "ArrowDown", "out"],
    ["out", "ArrowUp", "a"],
    ["a", "ArrowRight", "b"],
    ["b", "ArrowRight", "far"],
    ["b", "ArrowLeft", "a"],
    ["out", "ArrowDown", "out"],
    ["in", "ArrowUp", "in"],
    ["b", "Home", "in"],
    ["b", "End", "out"],
    ["gone", "ArrowDown", "in"],
    ["far", "ArrowUp", "in"],
  ])("from %s, %s leads to %s", (from, key, to) => expect(walk(layout, from, key)).toBe(to));
});

describe("zoom", () => {
  const window = { width: 400, height: 300 };
  it("fits the whole, and does not enlarge it", () => {
    expect(fit({ width: 100, height: 50 }, window)).toEqual({ scale: 1, x: 150, y: 125 });
    const whole = fit({ width: 400, height: 2680 }, window);
    expect(whole.scale).toBeCloseTo(0.1);
  });
  it("begins at the top of what is too tall to read", () =>
    expect(opening({ width: 100, height: 3000 }, window)).toEqual({ scale: 0.7, x: 165, y: 16 }));
  it("keeps the point under the pointer", () => {
    const before = { scale: 1, x: 10, y: 20 };
    const after = zoomed(before, 2, { x: 110, y: 70 });
    const point = (v: typeof before) => [(110 - v.x) / v.scale, (70 - v.y) / v.scale];
    expect(after.scale).toBe(2);
    expect(point(after)).toEqual(point(before));
    expect(zoomed(before, 1000, { x: 0, y: 0 }).scale).toBe(4);
  });
  it("brings a node into view, and else stays", () => {
    const view = { scale: 1, x: 0, y: 0 };
    expect(shown(view, { x: 50, y: 500, w: 40, h: 20 }, window)).toEqual({ scale: 1, x: 0, y: -236 });
    expect(shown(view, { x: 50, y: 50, w: 40, h: 20 }, window)).toBe(view);
  });
});

describe("provenance", () => {
  it("names what the motivation cites before what it resembles, each once", () => {
    const drewOn = {
      cited: [{ label: "P", kind: "parent", id: "1" }],
      overlap: [
        { label: "P", kind: "parent", id: "1", share: 0.5 },
        { label: "K1", kind: "cognition", id: "gla", share: 0.3 },
      ],
      own: false,
    };
    const origin = originOf({ researcher: "llm:m", provenance: { how: "llm", llm: { model: "m" }, drewOn } });
    expect(origin.drewOn.map((s) => [s.label, s.share])).toEqual([
      ["P", null],
      ["K1", 0.3],
    ]);
    expect(origin.facts).toContainEqual({ name: "Model", value: "m" });
  });
  it("takes whatever an archive holds", () => {
    const provenance = {
      how: 3,
      drewOn: "x",
      llm: null,
      path: [0, 1],
      notes: [1, {}],
      anomalies: [{ message: "slow" }, null],
    };
    const origin = originOf({ researcher: "r", provenance });
    expect(origin.facts).toContainEqual({ name: "Place", value: "0 › 1" });
    expect(origin.notes).toEqual(["1", "slow"]);
  });
});

describe("a node of the diagram", () => {
  const node = {
    id: "n1",
    op: "Linear",
    module: "heads.q_proj",
    line: 3,
    shape: "B T 64",
    params: 9,
    count: 1,
  };
  it("with weights names its module, and its shape below", () =>
    expect(labelOf(node, 1)).toEqual({ op: "Linear", beside: "q_proj", below: "(B, T, 64)" }));
  it("says how often it runs, and for how many branches it stands", () =>
    expect(labelOf({ ...node, op: "mul", module: "", params: 0, count: 8 }, 4).beside).toBe(
      "(B, T, 64)  × 4 branches, × 8",
    ));
  it("is reached by a straight line from above, else by a bow", () =>
    expect(
      curve([
        [0, 0],
        [0, 10],
        [8, 30],
      ]),
    ).toBe("M0 0V10C0 20 8 20 8 30"));
});

it("an analysis is read report by report", () => {
  expect(reportsOf("First.\n\n<!-- rung: confirm -->\nSecond.\n")).toEqual([
    { rung: null, text: "First." },
    { rung: "confirm", text: "Second." },
  ]);
  expect(reportsOf(null)).toEqual([]);
});

it("neighbours are the nearest by index, across gaps", () => {
  const cards = [9, 2, 4, 12].map((index) => ({ id: `e${index}`, index, name: "" }));
  const { previous, next } = neighboursOf(cards, 5);
  expect([previous?.index, next?.index]).toEqual([4, 9]);
  expect(neighboursOf(cards, 12).next).toBeNull();
});

it("a tag is added once, without needless spaces", () => {
  expect(withTag(["a"], "  look   again ")).toEqual(["a", "look again"]);
  expect(withTag(["a"], "a")).toBeNull();
  expect(withTag(["a"], " ")).toBeNull();
});
