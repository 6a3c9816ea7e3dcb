import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { canonicalJson, codeHash, sha256, uuidOf } from "./hash.ts";

describe("hashes", () => {
  it("know the standard's test vector", () => {
    expect(sha256("abc")).toBe("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  });

  it("do not depend on the order of keys", () => {
    expect(canonicalJson({ b: [1, { d: null, c: "x" }], a: undefined, A: true })).toBe(
      '{"A":true,"b":[1,{"c":"x","d":null}]}',
    );
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
        const turned = Object.fromEntries(Object.entries(value).reverse());
        expect(canonicalJson(turned)).toBe(canonicalJson(value));
        expect(canonicalJson(JSON.parse(canonicalJson(value)))).toBe(canonicalJson(value));
      }),
    );
  });

  it("refuse what has no JSON form", () => {
    for (const bad of [Number.NaN, Number.POSITIVE_INFINITY, () => 1, 1n]) {
      expect(() => canonicalJson({ bad })).toThrow(/JSON form/);
    }
  });

  it("make valid UUIDs that differ by key", () => {
    const ids = Array.from({ length: 500 }, (_, i) => uuidOf("campaign", i));
    expect(new Set(ids).size).toBe(500);
    for (const id of ids) expect(z.uuid().safeParse(id).success).toBe(true);
    expect(uuidOf("a", "b")).not.toBe(uuidOf("ab"));
    expect(codeHash("x")).not.toBe(codeHash("x "));
  });
});
