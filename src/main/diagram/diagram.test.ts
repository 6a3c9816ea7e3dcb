import { afterAll, describe, expect, it } from "vitest";
import type { GraphNode, MixerGraph } from "../../shared/graph.ts";
import { Diagram } from "../../shared/views.ts";
import { drawnGraph } from "./blocks.ts";
import { draw } from "./draw.ts";
import { createDiagrams } from "./index.ts";

const node = (id: string, over: Partial<GraphNode> = {}): GraphNode => ({
  ...{ id, op: "mul", module: "", line: 1, shape: "B T 64", params: 0, count: 1 },
  ...over,
});

const graphOf = (edges: [string, string][], over: Record<string, Partial<GraphNode>> = {}): MixerGraph => ({
  nodes: [...new Set(["in", ...edges.flat().filter((id) => id !== "out"), "out"])].map((id) =>
    node(id, over[id]),
  ),
  edges,
  note: null,
});

/** A loop: n1 gives its state to n0. */
const loop = graphOf([
  ["in", "n0"],
  ["n0", "n1"],
  ["n1", "n0"],
  ["n1", "n2"],
  ["in", "n2"],
  ["n2", "out"],
]);

describe("layout", () => {
  it("goes from top to bottom, without overlaps, with every edge from one node to the other", () => {
    const { layout } = draw(loop);
    const at = new Map(layout.nodes.map((n) => [n.id, n]));
    for (const id of ["n0", "n1", "n2"]) {
      expect(at.get(id)!.y).toBeGreaterThan(at.get("in")!.y + at.get("in")!.h);
      expect(at.get(id)!.y + at.get(id)!.h).toBeLessThan(at.get("out")!.y);
    }
    for (const a of layout.nodes)
      for (const b of layout.nodes)
        expect(a === b || a.x + a.w <= b.x || b.x + b.w <= a.x || a.y + a.h <= b.y || b.y + b.h <= a.y).toBe(
          true,
        );
    expect(layout.edges.filter((e) => e.back).map((e) => [e.from, e.to])).toEqual([["n1", "n0"]]);
    const touches = ([x, y]: [number, number], n: { x: number; y: number; w: number; h: number }) =>
      x >= n.x && x <= n.x + n.w && (Math.abs(y - n.y) < 0.2 || Math.abs(y - n.y - n.h) < 0.2);
    for (const { from, to, points } of layout.edges) {
      expect(touches(points[0]!, at.get(from)!)).toBe(true);
      expect(touches(points.at(-1)!, at.get(to)!)).toBe(true);
    }
  });

  it("takes no edge through a node that it passes", () => {
    const { layout } = draw(loop);
    const passing = layout.edges.find((e) => e.from === "in" && e.to === "n2")!;
    for (const n of layout.nodes.filter((n) => n.id === "n0" || n.id === "n1"))
      for (const [x, y] of passing.points)
        expect(x > n.x && x < n.x + n.w && y > n.y && y < n.y + n.h).toBe(false);
  });

  it("draws a parameter that is read late as no state of a loop", () => {
    const late = graphOf([
      ["in", "n0"],
      ["n0", "out"],
    ]);
    late.nodes.splice(2, 0, node("n1", { op: "Parameter", params: 4 }));
    late.edges.push(["n1", "n0"]);
    expect(draw(late).layout.edges.some((e) => e.back)).toBe(false);
  });

  it("draws four equal branches or more as one, and three as three", () => {
    const branches = (n: number) =>
      graphOf(
        Array.from({ length: n }, (_, i): [string, string][] => [
          ["in", `a${i}`],
          [`a${i}`, `b${i}`],
          [`b${i}`, "n0"],
        ])
          .flat()
          .concat([["n0", "out"]]),
      );
    expect(drawnGraph(branches(3)).nodes).toHaveLength(9);
    const five = draw(branches(5));
    expect(five.layout.nodes.map((n) => [n.id, n.times])).toEqual([
      ["in", 1],
      ["a0", 5],
      ["b0", 5],
      ["n0", 1],
      ["out", 1],
    ]);
    expect(five.svg).toContain("× 5 branches");
  });

  it("survives any edges", () => {
    const odd = graphOf([
      ["in", "n0"],
      ["n0", "n0"],
      ["out", "in"],
      ["n0", "out"],
      ["n0", "out"],
    ]);
    odd.edges.push(["n0", "nowhere"], ["__proto__", "n0"]);
    odd.nodes.push(node("n0"), node("alone"));
    expect(draw(odd).layout.nodes).toHaveLength(4);
    expect(() => draw({ nodes: [], edges: [], note: null })).not.toThrow();
  });
});

describe("pictures", () => {
  it("hold every text escaped, and nothing that loads or runs", () => {
    const hostile = `</text><script>alert(1)</script><image href="https://example.org"/>\u0000&"`;
    const graph = graphOf(
      [
        ["in", "n0"],
        ["n0", "out"],
      ],
      { n0: { op: hostile, module: hostile, shape: hostile } },
    );
    const { svg, thumbnail } = draw({ ...graph, note: hostile });
    for (const text of [svg, thumbnail]) {
      expect(text).not.toMatch(/<script|<image/);
      expect(text).not.toContain("\0");
      expect(text.match(/</g)?.length).toBe(text.match(/>/g)?.length);
    }
    expect(svg).toContain("&lt;script&gt;");
    expect(thumbnail).not.toMatch(/<text|<style/);
  });

  it("are small enough for a list", () => {
    expect(draw(loop).thumbnail.length).toBeLessThan(2000);
  });
});

describe("the thread", () => {
  const diagrams = createDiagrams();
  afterAll(() => diagrams.close());

  it("draws what the contract says, in turn", async () => {
    const [one, two] = await Promise.all([diagrams.draw(loop), diagrams.draw(loop)]);
    expect(Diagram.parse(one)).toMatchObject({ graph: loop, svg: one.svg });
    expect(two).toEqual(one);
  });

  it("is ended when it hangs, and another takes its place", async () => {
    const program = new URL("./testing/hangs.ts", import.meta.url);
    const slow = createDiagrams({ limit: 1000, program });
    const hung = slow.draw({ ...loop, note: "hang" });
    const next = slow.draw(loop);
    await expect(hung).rejects.toThrow(/within 1 s/);
    await expect(next).resolves.toMatchObject({ svg: "drawn" });
    await slow.close();
    await expect(slow.draw(loop)).rejects.toThrow(/closed/);
  }, 60_000);
});
