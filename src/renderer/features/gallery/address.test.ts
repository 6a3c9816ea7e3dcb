import { describe, expect, it } from "vitest";
import { countChoices, EVERYTHING, readView, sortOf, type View, viewQuery } from "./address.ts";

const throughAddress = (view: View): View => {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(viewQuery(view))) if (value !== null) query.set(name, value);
  return readView(new URLSearchParams(query.toString()));
};

describe("the gallery's address", () => {
  const view: View = {
    filter: {
      ...EVERYTHING,
      text: 'gate & "decay" ?',
      standings: ["discovery", "candidate"],
      components: ["delta-rule"],
      params: [null, 40_000],
      starred: true,
      gain: "beyond",
    },
    sort: { by: "params", descending: false },
    layout: "table",
    beside: "ab12",
  };

  it("keeps a view", () => expect(throughAddress(view)).toEqual(view));

  it("says nothing of what is as usual", () =>
    expect(viewQuery(readView(new URLSearchParams()))).toEqual({
      f: null,
      sort: null,
      as: null,
      with: null,
    }));

  it("takes what it understands and leaves the rest", () => {
    const f = JSON.stringify({ standings: ["discovery"], gain: "huge", tags: 3, text: "conv", other: 1 });
    expect(readView(new URLSearchParams({ f, sort: "-beauty" }))).toMatchObject({
      filter: { ...EVERYTHING, standings: ["discovery"], text: "conv" },
      sort: null,
    });
    for (const broken of ["{", "null", "[1]", "7"])
      expect(readView(new URLSearchParams({ f: broken })).filter).toEqual(EVERYTHING);
  });

  it("counts the choices that narrow the list down", () => {
    expect(countChoices(EVERYTHING)).toBe(0);
    expect(countChoices(view.filter)).toBe(6);
  });

  it("sorts hits by relevance until another order is chosen", () => {
    expect(sortOf({ sort: null, filter: view.filter }).by).toBe("relevance");
    expect(sortOf({ sort: null, filter: EVERYTHING }).by).toBe("fitness");
    expect(sortOf(view)).toEqual({ by: "params", descending: false });
  });
});
