import { describe, expect, it } from "vitest";
import { Endpoint } from "../../../shared/llm.ts";
import { endpointProblems } from "./endpoint.ts";

const good = Endpoint.parse({ name: "local", baseUrl: "http://127.0.0.1:8000/v1", model: "qwen3" });

describe("an endpoint as it was typed in", () => {
  it("is in order with the defaults", () => expect(endpointProblems(good, ["other"])).toEqual({}));

  it.each([
    ["name", ""],
    ["name", "other"],
    ["baseUrl", "not an address"],
    ["baseUrl", "file:///etc/passwd"],
    ["model", ""],
    ["keyName", "sk-abc-123"],
    ["contextWindow", 100],
    ["maxOutput", 40_000],
    ["temperature", 3],
    ["concurrency", Number.NaN],
    ["price", { input: -1, output: 0 }],
  ])("with %s = %o is refused at that field", (field, value) => {
    const problems = endpointProblems({ ...good, [field]: value } as Endpoint, ["other"]);
    expect(Object.keys(problems)).toEqual([field]);
    expect(problems[field]).toMatch(/\.$/);
  });
});
