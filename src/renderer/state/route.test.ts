import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseRoute, to, toExperiment } from "./route.ts";

describe("addresses", () => {
  it("name a page, what it is about, and how it is looked at", () => {
    const { page, rest, query } = parseRoute(toExperiment("ab12", "9b1c", "code"));
    expect([page, rest, query.get("tab")]).toEqual(["experiment", ["ab12", "9b1c"], "code"]);
    expect(parseRoute("").page).toBe("home");
    expect(parseRoute("#/gallery").rest).toEqual([]);
  });

  it("take any text there and back", () => {
    const part = fc.string({ unit: "grapheme", minLength: 1 }).filter((s) => s.isWellFormed());
    fc.assert(
      fc.property(part, part, (page, rest) => {
        const route = parseRoute(to(page, rest));
        expect([route.page, ...route.rest]).toEqual([page, rest]);
      }),
    );
  });

  it("survive a broken escape", () => expect(parseRoute("#/gallery/%E0%A4").rest).toEqual(["%E0%A4"]));
});
