import { expect, it } from "vitest";
import { withEarlier } from "./record.ts";

it("proposals that were sent back count for the model that made them", () => {
  const of = (endpoint: string, cost?: number, tokens?: number) => ({
    llm: { endpoint, cost, tokens, turn: 1 },
  });
  expect(withEarlier(of("a", 2, 20), of("a", 1, 10))).toEqual({
    llm: { endpoint: "a", cost: 3, tokens: 30, turn: 1 },
  });
  expect(withEarlier(of("a", 2), of("b", 1))).toEqual({});
  expect([withEarlier(of("a", 2), {}), withEarlier({}, of("a", 1))]).toEqual([{}, {}]);
});
