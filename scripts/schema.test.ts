import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { schemaFile, trainerSchema } from "./schema.ts";

it("trainer/schema.json is what the contract says (else: npx node scripts/schema.ts)", () => {
  expect(readFileSync(schemaFile, "utf8")).toBe(trainerSchema());
});

it("defines every shared type, with references that resolve within the document", () => {
  const text = trainerSchema();
  const { $defs } = JSON.parse(text) as { $defs: Record<string, Record<string, unknown>> };
  expect(Object.keys($defs)).toEqual(["Protocol", "JobSpec", "JobEvent", "JobResult"]);
  const references = [...text.matchAll(/"\$ref": "#\/\$defs\/(\w+)"/g)].map((m) => m[1]!);
  expect(references).toContain("Protocol");
  for (const name of references) expect($defs).toHaveProperty(name);
  expect(text.match(/"\$ref"/g)).toHaveLength(references.length);
});
