import { describe, expect, it } from "vitest";
import { bytes, count, decimalsFor, duration, NONE, number, signed, time } from "./format.ts";

describe("figures", () => {
  it.each([
    [2.1873, 3, "2.187"],
    [-0.0004, 3, "0.000"],
    [-1.5, 1, "−1.5"],
    [null, 3, NONE],
    [Number.NaN, 3, "not a number"],
    [Number.POSITIVE_INFINITY, 3, "∞"],
  ])("%s with %i decimals is %s", (value, decimals, text) => expect(number(value, decimals)).toBe(text));

  it.each([
    [0.041, "+0.041"],
    [-0.041, "−0.041"],
    [0.0001, "0.000"],
    [null, NONE],
  ])("%s as a difference is %s", (value, text) => expect(signed(value)).toBe(text));

  it.each([
    [0, "0"],
    [999, "999"],
    [25_310, "25.3k"],
    [999_999, "1.00M"],
    [340e6, "340M"],
    [1.5e9, "1.50G"],
  ])("%s in short is %s", (value, text) => expect(count(value)).toBe(text));

  it.each([
    [0.012, 3],
    [0.25, 2],
    [12, 0],
    [0.00001, 4],
    [0, 3],
    [null, 3],
  ])("an uncertainty of %s deserves %i decimals", (value, decimals) =>
    expect(decimalsFor(value)).toBe(decimals),
  );

  it.each([
    [0.2, "under 1 s"],
    [59.6, "1 min"],
    [200, "3 min 20 s"],
    [11_520, "3 h 12 min"],
    [187_200, "2 d 4 h"],
  ])("%s s is %s", (value, text) => expect(duration(value)).toBe(text));

  it("sizes and times", () => {
    expect(bytes(1_234_567)).toBe("1.23 MB");
    expect(bytes(12)).toBe("12 B");
    const now = new Date(2026, 10, 25, 20, 0);
    expect(time(new Date(2026, 10, 25, 14, 3, 20).toISOString(), now)).toBe("14:03:20");
    expect(time(new Date(2026, 9, 2, 4, 3).toISOString(), now)).toBe("2 Oct 04:03");
    expect(time(new Date(2025, 9, 2, 4, 3).toISOString(), now)).toBe("2 Oct 2025 04:03");
  });
});
