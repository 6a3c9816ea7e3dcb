/** System prompts: one file for each role, named in the archive by its hash. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { sha256 } from "../../../shared/hash.ts";
import type { Role } from "../../../shared/llm.ts";
import { resourcesFolder } from "../../paths.ts";

export interface Prompt {
  text: string;
  hash: string;
}

const read = new Map<Role, Prompt>();

/** The system prompt of a role. Read once. @throws Error when the file is absent or its first line is not `Role: <role>` */
export function prompt(role: Role): Prompt {
  const known = read.get(role);
  if (known) return known;
  const file = join(resourcesFolder, "prompts", `${role}.md`);
  const text = readFileSync(file, "utf8").replaceAll("\r\n", "\n").trimEnd();
  const first = text.split("\n", 1)[0];
  if (first !== `Role: ${role}`)
    throw new Error(`${file} begins with "${first}" instead of "Role: ${role}". Restore the file.`);
  const found = { text, hash: sha256(text) };
  read.set(role, found);
  return found;
}
