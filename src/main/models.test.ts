import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { modelsFile, readModels } from "./models.ts";
import { settingsOf } from "./wiring/models.ts";

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "cambrian-models-"));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

const endpoint = { name: "local", baseUrl: "http://127.0.0.1:8000/v1", model: "qwen3" };
const write = (value: unknown) => writeFileSync(modelsFile(home), JSON.stringify(value));

describe("models.json", () => {
  it("is optional in the data folder, and has to be there when it is named", () => {
    expect(readModels(home)).toBeNull();
    expect(() => readModels(home, join(home, "other.json"))).toThrow(/cannot be read/);
    write({ endpoints: [endpoint] });
    expect(readModels(home)?.endpoints[0]).toMatchObject({ ...endpoint, keyName: "CAMBRIAN_LLM_API_KEY" });
  });

  it.each([
    ["is no JSON", "{", /is not a models file/],
    ["names an endpoint twice", { endpoints: [endpoint, endpoint] }, /two endpoints are called "local"/],
    ["gives a role to nobody", { endpoints: [endpoint], roles: { judge: "big" } }, /no endpoint "big"/],
    [
      "chooses from nobody",
      { endpoints: [endpoint], researchers: [{ endpoint: "big" }] },
      /no endpoint "big"/,
    ],
    ["holds a key", { endpoints: [{ ...endpoint, apiKey: "sk-secret-1" }] }, /it holds a key/],
    [
      "takes the key for its name",
      { endpoints: [{ ...endpoint, keyName: "sk-secret-1" }] },
      /environment variable/,
    ],
  ])("that %s is refused, and no key is repeated", (_, value, says) => {
    if (typeof value === "string") writeFileSync(modelsFile(home), value);
    else write(value);
    let message = "";
    try {
      readModels(home);
    } catch (error) {
      message = (error as Error).message;
    }
    expect(message).toMatch(says);
    expect(message).not.toContain("sk-secret-1");
  });
});

describe("the models that play", () => {
  const host = (env: NodeJS.ProcessEnv) => ({ home, env });
  it("are the file's, behind the one that the environment or a flag names", () => {
    write({ endpoints: [endpoint], roles: { judge: "local" } });
    expect(settingsOf(host({}))?.endpoints.map((e) => e.name)).toEqual(["local"]);
    const env = { CAMBRIAN_LLM_BASE_URL: "http://127.0.0.1:9000/v1", CAMBRIAN_LLM_MODEL: "big" };
    const both = settingsOf(host(env))!;
    expect(both.endpoints.map((e) => e.model)).toEqual(["big", "qwen3"]);
    expect(both.roles).toEqual({ judge: "local" });
    expect(settingsOf(host(env), { model: "flagged" })!.endpoints[0]!.model).toBe("flagged");
  });

  it.each(["http://user:secret@127.0.0.1:8000/v1", "http://127.0.0.1:8000/v1?api_key=secret"])(
    "have no key in their address: %s",
    (baseUrl) => {
      write({ endpoints: [{ ...endpoint, baseUrl }] });
      let error: Error | null = null;
      try {
        settingsOf(host({}));
      } catch (thrown) {
        error = thrown as Error;
      }
      expect(error).toMatchObject({ kind: "usage", code: "bad_models" });
      expect(error!.message).not.toContain("secret");
    },
  );
});
