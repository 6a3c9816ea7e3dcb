import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { TreeData } from "../../../shared/views.ts";
import { fit, nearest, showing, zoomed } from "./camera.ts";
import { coloursFor, mix } from "./colours.ts";
import { alikeOf } from "./draw.ts";
import { CROWDED, layoutOf, MODES } from "./layout.ts";
import { ancestry, bestAt, lineageOf, preorder, walk } from "./model.ts";

/** Any forest: each row's parent is an earlier row, or none. */
const forest = fc
  .array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 300 })
  .map((draws) => draws.map((d, row) => (row === 0 || d < 0.03 ? -1 : Math.floor(d * row * 0.999))));

/** A shape as searches have it: few parents have most children. */
const crowd = [-1, ...new Array<number>(213).fill(0), ...Array.from({ length: 60 }, (_, i) => i + 1)];

describe("a lineage", () => {
  it("holds every row once, after its parent", () => {
    fc.assert(
      fc.property(forest, (parents) => {
        const order = preorder(lineageOf({ parents }));
        expect([...order].sort((a, b) => a - b)).toEqual(parents.map((_, i) => i));
        const place = new Map(order.map((row, i) => [row, i]));
        for (const [row, parent] of parents.entries())
          if (parent >= 0) expect(place.get(parent)).toBeLessThan(place.get(row)!);
      }),
    );
  });

  it("shows a row whose parent is missing or later as a root", () =>
    expect(lineageOf({ parents: [5, -1, 2, 99] }).roots).toEqual([0, 1, 2, 3]));

  it("leads to the root", () => expect(ancestry({ parents: [-1, 0, 1, 1] }, 3)).toEqual([3, 1, 0]));

  it("is walked by arrows, within what is shown", () => {
    const lineage = lineageOf({ parents: [-1, 0, 0, 1, 0] });
    expect(walk(lineage, 3, "left", 5)).toBe(1);
    expect(walk(lineage, 0, "right", 5)).toBe(1);
    expect(walk(lineage, 1, "down", 5)).toBe(2);
    expect(walk(lineage, 2, "down", 5)).toBe(4);
    expect(walk(lineage, 2, "down", 3)).toBe(2);
    expect(walk(lineage, 3, "right", 5)).toBe(3);
    expect(walk(lineage, 0, "left", 5)).toBe(0);
  });

  it("has a running best at each time", () => {
    expect(bestAt([1, 4, 9], 0)).toBeNull();
    expect(bestAt([1, 4, 9], 5)).toBe(4);
    expect(bestAt([1, 4, 9], 100)).toBe(9);
  });
});

describe.each(MODES)("the %s layout", (mode) => {
  it("gives every row a place of its own, inside the bounds", () => {
    fc.assert(
      fc.property(forest, (parents) => {
        const { x, y, bounds } = layoutOf(lineageOf({ parents }), mode);
        const places = new Set<string>();
        for (let i = 0; i < x.length; i++) {
          expect(Number.isFinite(x[i]!) && Number.isFinite(y[i]!)).toBe(true);
          expect(
            x[i]! >= bounds.left && x[i]! <= bounds.right && y[i]! >= bounds.top && y[i]! <= bounds.bottom,
          ).toBe(true);
          places.add(`${x[i]!.toFixed(2)} ${y[i]!.toFixed(2)}`);
        }
        expect(places.size).toBe(x.length);
      }),
      { numRuns: 40 },
    );
  });

  it("keeps neighbours of a crowded parent apart, and packs its leaves", () => {
    const { x, y, fan } = layoutOf(lineageOf({ parents: crowd }), mode);
    const packed = [...fan].filter((f) => f === 0).length;
    expect(packed).toBe(153);
    let closest = Number.POSITIVE_INFINITY;
    for (let i = 0; i < x.length; i++)
      for (let j = 0; j < i; j++) closest = Math.min(closest, Math.hypot(x[i]! - x[j]!, y[i]! - y[j]!));
    expect(closest).toBeGreaterThan(3);
  });

  it("of nothing is nothing", () => expect(layoutOf(lineageOf({ parents: [] }), mode).x.length).toBe(0));
});

it("packs only where it is crowded", () => {
  const few = [-1, ...new Array<number>(CROWDED).fill(0)];
  expect([...layoutOf(lineageOf({ parents: few }), "tidy").fan].every((f) => f === -1)).toBe(true);
});

it("says what the ring around an empty middle is", () => {
  const middle = (parents: number[], mode: (typeof MODES)[number]) =>
    layoutOf(lineageOf({ parents }), mode).middle;
  expect([middle([-1, -1, 0], "radial"), middle([-1, 0], "radial"), middle([-1, -1], "tidy")]).toEqual([
    ...["2 roots", "", ""],
  ]);
});

describe("drawing", () => {
  it("goes through the rows of one colour after the other", () =>
    expect(alikeOf(["red", null, "red"])).toEqual([
      { colour: "red", rows: [0, 2] },
      { colour: null, rows: [1] },
    ]));
});

describe("the camera", () => {
  const { x, y, bounds } = layoutOf(lineageOf({ parents: crowd }), "radial");

  it("fits everything", () => {
    const { zoom, dx, dy } = fit(bounds, 800, 600);
    for (let i = 0; i < x.length; i++) {
      expect(x[i]! * zoom + dx).toBeGreaterThanOrEqual(0);
      expect(x[i]! * zoom + dx).toBeLessThanOrEqual(800);
      expect(y[i]! * zoom + dy).toBeGreaterThanOrEqual(0);
      expect(y[i]! * zoom + dy).toBeLessThanOrEqual(600);
    }
  });

  it("zooms about the pointer, and not without end", () => {
    const before = { zoom: 1, dx: 10, dy: 20 };
    const after = zoomed(before, 2, 100, 50);
    expect([(100 - after.dx) / after.zoom, (50 - after.dy) / after.zoom]).toEqual([90, 30]);
    expect(zoomed(before, 1e9, 0, 0).zoom).toBeLessThan(100);
    expect(zoomed(before, 0, 0, 0).zoom).toBeGreaterThan(0);
  });

  it("finds what is under the pointer, and only what is shown", () => {
    const camera = fit(bounds, 800, 600);
    const at = (i: number) => [x[i]! * camera.zoom + camera.dx, y[i]! * camera.zoom + camera.dy] as const;
    expect(nearest({ x, y }, camera, ...at(17), x.length)).toBe(17);
    expect(nearest({ x, y }, camera, -500, -500, x.length)).toBe(-1);
    expect(nearest({ x, y }, camera, ...at(17), 0)).toBe(-1);
  });

  it("moves to show what is outside, and not otherwise", () => {
    const camera = { zoom: 1, dx: 0, dy: 0 };
    expect(showing(camera, 400, 300, 800, 600)).toEqual(camera);
    expect(showing(camera, 1000, 300, 800, 600).dx).toBe(-260);
  });
});

describe("colours", () => {
  const data = {
    gain: [0.1, -0.1, null, 0],
    fitness: [0.2, 0.4, null, 0.3],
    time: [0, 1, 2, 3],
    component: ["a", "b", "a", ""],
    standings: ["candidate", "failed", "rejected", "discovery"],
  } as unknown as TreeData;
  const css = (token: string) => token;

  it("say whether a gain is better or worse, and nothing where none was measured", () => {
    const { of } = coloursFor(data, "gain", "viridis", css);
    expect(of[2]).toBeNull();
    expect(of[3]).toBe("#c9c6c0");
    expect(of[0]).toBe("#08519c");
    expect(of[1]).toBe("#a63603");
  });

  it("follow the palette", () => {
    expect(coloursFor(data, "fitness", "viridis", css).of.slice(0, 2)).toEqual(["#440154", "#fde725"]);
    expect(coloursFor(data, "fitness", "cividis", css).of[1]).toBe("#fee838");
  });

  it("name components by how many there are", () => {
    const { of, legend } = coloursFor(data, "component", "viridis", css);
    expect(of).toEqual(["--series-1", "--series-2", "--series-1", "--line-strong"]);
    expect(legend.names?.map((n) => n.name)).toEqual(["a", "b", "other"]);
  });

  it("lie between the stops", () => expect(mix(["#000000", "#ffffff"], 0.5)).toBe("#808080"));
});
