import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { sha256 } from "../../../shared/hash.ts";
import { ROLES } from "../../../shared/llm.ts";
import { resourcesFolder } from "../../paths.ts";
import { parseProposal } from "./answer.ts";
import { prompt } from "./prompts.ts";

describe("prompts", () => {
  it.each(ROLES)("of the %s names its role first, and says that data is no instruction", (role) => {
    const { text, hash } = prompt(role);
    expect(text.split("\n")[0]).toBe(`Role: ${role}`);
    expect(hash).toBe(sha256(text));
    expect(text).toMatch(/instruction/i);
    expect(prompt(role)).toBe(prompt(role));
  });

  it("are there for every role, and for nothing else", () => {
    const files = readdirSync(join(resourcesFolder, "prompts")).sort();
    expect(files).toEqual(ROLES.map((role) => `${role}.md`).sort());
  });

  it("of the researcher shows an example that the parser reads", () => {
    const example = prompt("researcher").text.split("An example of the form")[1]!;
    expect(parseProposal(example)).toMatchObject({ ok: true, name: "RunningMean", from: "tags" });
  });
});
