import { describe, expect, it } from "vitest";
import { ShingleIndex, shinglesOf } from "./shingles.ts";

const program = (name: string, n = 12) =>
  Array.from({ length: n }, (_, i) => `${name}${i} = f(${name}${i})`).join("\n");

describe("novelty", () => {
  it("ignores comments, docstrings and layout, and nothing else", () => {
    const plain = shinglesOf("a = f(b, 1)\nc = g(a)\n");
    expect(shinglesOf('"""Doc."""\na = f( b,1 ) # why\n\n\nc = g(a)')).toEqual(plain);
    expect(shinglesOf("a = f(b, 2)\nc = g(a)\n")).not.toEqual(plain);
    expect(shinglesOf("a b c d e")).toHaveLength(2);
    expect(shinglesOf("a b")).toHaveLength(1);
    expect(shinglesOf("")).toHaveLength(1);
  });

  it("is 1 − the largest Jaccard similarity to an earlier experiment", () => {
    const index = new ShingleIndex();
    const [a, b] = [shinglesOf("a b c d e f"), shinglesOf("a b c d e x")];
    expect(index.compare(0, a)).toEqual({ novelty: 1, nearest: null });
    index.add("a", 0, a);
    index.add("far", 1, shinglesOf(program("y")));
    expect(index.compare(2, b)).toEqual({ novelty: 1 - 2 / 4, nearest: "a" }); // of abcd, bcde | cdef | cdex
    expect(index.compare(2, a)).toEqual({ novelty: 0, nearest: "a" });
  });

  it("looks at smaller indices only, and at the newest code of each", () => {
    const index = new ShingleIndex();
    const [x, y] = [shinglesOf(program("x")), shinglesOf(program("y"))];
    index.add("later", 5, x);
    expect(index.compare(5, x).nearest).toBeNull();
    expect(index.compare(6, x)).toEqual({ novelty: 0, nearest: "later" });
    index.add("later", 5, y);
    expect(index.compare(6, x).novelty).toBeGreaterThan(0.9);
    expect(index.compare(6, y)).toEqual({ novelty: 0, nearest: "later" });
  });
});
