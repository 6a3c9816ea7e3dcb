/** Which files an interpreter needs, so that a sandbox shows exactly these. */
import { execFile } from "node:child_process";
import { realpathSync } from "node:fs";
import { dirname } from "node:path";
import { promisify } from "node:util";
import { z } from "zod";

const Facts = z.object({
  executable: z.string(),
  prefix: z.string(),
  basePrefix: z.string(),
  path: z.array(z.string()),
});

export interface Interpreter {
  /** What to execute; often a link of a virtual environment into somebody's home folder. */
  executable: string;
  /** Files and folders to show read-only: the real binary, the links on the way to it, standard library, packages. */
  files: string[];
}

const QUERY = `import json, sys
print(json.dumps({"executable": sys.executable, "prefix": sys.prefix, "basePrefix": sys.base_prefix, "path": sys.path}))`;

/** Asks the interpreter where its parts lie. Throws with the interpreter's own words when it does not start. */
export async function inspectInterpreter(python: string): Promise<Interpreter> {
  const { stdout } = await promisify(execFile)(python, ["-I", "-c", QUERY], { timeout: 30_000 });
  const facts = Facts.parse(JSON.parse(stdout));
  return interpreterFiles(facts, realpathSync);
}

/** Of a prefix only the libraries are shown: one such as /usr, or a folder with other things in it, holds more than Python. */
export function interpreterFiles(facts: z.infer<typeof Facts>, real: (path: string) => string): Interpreter {
  const files = new Set<string>();
  for (const prefix of [facts.basePrefix, facts.prefix])
    for (const part of ["lib", "lib64"]) files.add(`${prefix}/${part}`);
  files.add(`${facts.prefix}/pyvenv.cfg`);
  const executable = real(facts.executable);
  files.add(executable);
  files.add(facts.executable);
  files.add(`${real(dirname(facts.executable))}/${facts.executable.split("/").at(-1)}`);
  for (const entry of facts.path)
    if (/\/(site|dist)-packages$/.test(entry)) {
      files.add(entry);
    }
  return { executable: facts.executable, files: withoutNested([...files]) };
}

/**
 * A masked file at every path that it can be seen under: a folder that is shown through a link (lib64 → lib) shows the
 * file a second time. `real` resolves links; `mask` holds real paths.
 */
export function maskEverywhere(mask: string[], shown: string[], real: (path: string) => string): string[] {
  const everywhere = new Set(mask);
  for (const folder of shown) {
    const target = real(folder);
    if (target !== folder)
      for (const file of mask)
        if (file.startsWith(`${target}/`)) everywhere.add(folder + file.slice(target.length));
  }
  return [...everywhere];
}

/** As `realpath`, but of what does not exist the path itself. */
export function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

/** Drops what lies inside another entry: binding it twice would only cost a mount. */
export function withoutNested(paths: string[]): string[] {
  const sorted = [...new Set(paths)].sort();
  return sorted.filter((path) => !sorted.some((other) => other !== path && path.startsWith(`${other}/`)));
}
