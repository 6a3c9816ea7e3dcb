import { expect, it } from "vitest";
import { LlmSettings } from "../../shared/llm.ts";
import { withRole } from "./role-select.tsx";

const models = LlmSettings.parse({
  endpoints: ["a", "b"].map((name) => ({ name, baseUrl: "http://127.0.0.1:1/v1", model: name })),
  researchers: [{ endpoint: "a" }],
});

it("a researcher that is chosen is the only one; another role leaves the researchers as they are", () => {
  expect(withRole(models, "researcher", "b")).toMatchObject({ roles: { researcher: "b" }, researchers: [] });
  expect(withRole(models, "judge", "b")).toMatchObject({
    ...{ roles: { judge: "b" }, researchers: [{ endpoint: "a" }] },
  });
});
