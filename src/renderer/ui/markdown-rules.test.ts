import { describe, expect, it } from "vitest";
import { headingLevel, isOpenable } from "./markdown-rules.ts";

describe("links of unknown origin", () => {
  it.each([
    ["https://arxiv.org/abs/2412.06464", true],
    ["http://arxiv.org", false],
    ["javascript:alert(1)", false],
    ["file:///etc/passwd", false],
    ["//evil.example", false],
    ["#/settings", false],
    ["https://arxiv.org@evil.example/", false],
    [undefined, false],
  ])("%s may be opened: %s", (href, may) => expect(isOpenable(href)).toBe(may));
});

it("headings lie below the page's own", () => {
  expect([1, 2, 3, 6].map((level) => headingLevel(level, 3))).toEqual([3, 4, 5, 6]);
});
