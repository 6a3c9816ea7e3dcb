/**
 * Writes trainer/schema.json: what the trainer and the program share, as JSON Schema generated from the contract.
 * Run after a change of src/shared: `npx node scripts/schema.ts`.
 */
import { writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { z } from "zod";
import { JobEvent, JobResult, JobSpec } from "../src/shared/job.ts";
import { Protocol } from "../src/shared/protocol.ts";

export const schemaFile = new URL("../trainer/schema.json", import.meta.url);

/** One document; each contract type is a definition of its own, as it lies in a file (before defaults are filled in). */
export function trainerSchema(): string {
  const registry = z.registry<{ id: string }>();
  const types = { Protocol, JobSpec, JobEvent, JobResult };
  for (const [id, type] of Object.entries(types)) registry.add(type, { id });
  const { schemas } = z.toJSONSchema(registry, { io: "input", uri: (id) => `#/$defs/${id}` });
  const $defs = Object.fromEntries(
    Object.keys(types).map((id) => {
      const { $schema: _, $id: __, ...definition } = schemas[id]!;
      return [id, definition];
    }),
  );
  const document = {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    $comment: "Generated from src/shared by scripts/schema.ts; do not edit.",
    $defs,
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href)
  writeFileSync(schemaFile, trainerSchema());
