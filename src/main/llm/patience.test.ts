import { describe, expect, it } from "vitest";
import { Endpoint } from "../../shared/llm.ts";
import { gaveUpTooSoon, patience, REMEMBERED } from "./patience.ts";

const endpoint = Endpoint.parse({ name: "e", baseUrl: "http://h/v1", model: "m" }); // 300 s, 60 s
const times = (n: number, firstByteSeconds: number, longestGapSeconds = 0) =>
  Array.from({ length: n }, () => ({ firstByteSeconds, longestGapSeconds }));

describe("patience", () => {
  it.each([
    ["the endpoint's own, until enough is known", times(4, 1), 300, 60],
    ["never below its floors", times(5, 0.1), 20, 10],
    ["several times the longest first piece", times(5, 8), 40, 10],
    ["several times the longest silence", times(5, 1, 4), 20, 20],
    ["never above what the endpoint says", times(5, 100, 100), 300, 60],
    ["the slowest counts", [...times(8, 1), ...times(1, 12, 3)], 60, 15],
    ["until it is long ago", [...times(1, 12, 3), ...times(REMEMBERED, 1)], 20, 10],
  ])("%s", (_, heard, firstByteSeconds, idleSeconds) => {
    expect(patience(endpoint, heard)).toEqual({ firstByteSeconds, idleSeconds });
  });
});

describe("a stall came too soon", () => {
  const own = { firstByteSeconds: 300, idleSeconds: 60 };
  it.each([
    ["before a first piece, under a shorter patience", { ...own, firstByteSeconds: 20 }, null, 20, true],
    ["before a first piece, under the endpoint's own", own, null, 300, false],
    ["before a first piece, with another limit shorter", { ...own, idleSeconds: 10 }, null, 300, false],
    ["after it, under a shorter patience", { ...own, idleSeconds: 10 }, 3, 13, true],
    ["after it, under the endpoint's own", own, 3, 63, false],
    ["after it, with another limit shorter", { ...own, firstByteSeconds: 20 }, 3, 63, false],
    ["at the end of the total time", { ...own, idleSeconds: 10 }, 3, 900, false],
  ])("%s", (_, waited, firstByteSeconds, seconds, expected) => {
    expect(gaveUpTooSoon(endpoint, waited, { firstByteSeconds, seconds })).toBe(expected);
  });
});
