/** Asks an interpreter what it can do, by running it. */
import { mkdirSync, readFileSync, realpathSync, renameSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { PythonEnvironment } from "../../interfaces.ts";
import { SetupError } from "./errors.ts";
import { runTool } from "./tool.ts";

const SCRIPT = join(dirname(fileURLToPath(import.meta.url)), "check.py");

/** What check.py prints. */
export interface PythonFacts {
  version: string;
  executable: string;
  platform: string;
  machine: string;
  venv: boolean;
  ensurepip: boolean;
  versions?: Record<string, string>;
  missing?: Record<string, string>;
  cuda?: boolean;
  /** Folder that the packages lie in. */
  site?: string;
  device?: string;
  /** Of the question "list": torch as its metadata says, and where the packages belong. */
  torch?: string | null;
  prefix?: string;
}

/** Python's own variables never reach the interpreters that are asked: the sandbox runs them without. */
export function pythonEnv(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const out = Object.fromEntries(Object.entries(env).filter(([name]) => !/^PYTHON/.test(name)));
  return { ...out, PYTHONDONTWRITEBYTECODE: "1", PYTHONIOENCODING: "utf-8" };
}

/** Rejects with an Error that holds what the interpreter printed, when it cannot be run or does not answer. */
export async function askPython(
  python: string,
  question: "base" | "list" | "imports" | "verify",
  env: NodeJS.ProcessEnv,
  signal?: AbortSignal,
): Promise<PythonFacts> {
  const limit = question === "base" || question === "list" ? 20 : 180;
  const run = await runTool(python, ["-I", SCRIPT, question], { env: pythonEnv(env), signal, limit });
  const answer = run.stdout.trim().split("\n").pop() ?? "";
  if (run.code !== 0 || !answer.startsWith("{")) {
    const tail = run.output.trim().split("\n").slice(-6).join("\n");
    throw new Error(`${python} ended with code ${run.code}${tail ? `:\n${tail}` : " and no output"}`);
  }
  return JSON.parse(answer);
}

/**
 * Whether an interpreter has all that the trainer needs, by importing it (2–3 s).
 * @throws SetupError broken_existing with what is missing, python_too_old, cancelled
 */
export async function checkPython(
  python: string,
  env: NodeJS.ProcessEnv = process.env,
  signal?: AbortSignal,
): Promise<PythonEnvironment> {
  return environmentOf(python, await factsOf(python, env, signal));
}

async function factsOf(python: string, env: NodeJS.ProcessEnv, signal?: AbortSignal): Promise<PythonFacts> {
  let facts: PythonFacts;
  try {
    facts = await askPython(python, "imports", env, signal);
  } catch (error) {
    if (error instanceof SetupError && error.code === "cancelled") throw error;
    throw new SetupError("broken_existing", (error as Error).message);
  }
  if (!atLeast(facts.version, 3, 10)) {
    throw new SetupError("python_too_old", `(${python} is Python ${facts.version})`);
  }
  const missing = Object.entries(facts.missing ?? {});
  if (missing.length) {
    const list = missing.map(([name, why]) => `${name} (${why})`).join(", ");
    throw new SetupError("broken_existing", `${python} cannot import ${list}.`);
  }
  return facts;
}

function environmentOf(python: string, facts: PythonFacts): PythonEnvironment {
  return {
    python,
    origin: "existing",
    version: facts.version,
    torch: facts.versions!.torch!,
    cuda: facts.cuda!,
  };
}

/** checkPython, remembered in `file` for as long as neither the interpreter nor its folder of packages changes. */
export async function checkPythonOnce(
  python: string,
  file: string,
  env: NodeJS.ProcessEnv,
  signal?: AbortSignal,
): Promise<PythonEnvironment> {
  try {
    const known = JSON.parse(readFileSync(file, "utf8"));
    if (known.stamp === stamp(python, known.site, env)) return known.environment;
  } catch {
    // Nothing remembered, or not readable: ask again.
  }
  const facts = await factsOf(python, env, signal);
  const environment = environmentOf(python, facts);
  try {
    mkdirSync(dirname(file), { recursive: true });
    const remembered = { stamp: stamp(python, facts.site!, env), site: facts.site, environment };
    writeFileSync(`${file}.${process.pid}`, JSON.stringify(remembered));
    renameSync(`${file}.${process.pid}`, file);
  } catch {
    // A data folder that cannot be written costs a check each time, nothing more.
  }
  return environment;
}

/** Installing or removing a package changes the folder's time; so does nothing else. GPU nodes decide about CUDA. */
function stamp(python: string, site: string, env: NodeJS.ProcessEnv): string {
  const real = realpathSync(python);
  return [python, real, statSync(real).mtimeMs, statSync(site).mtimeMs, env.CUDA_VISIBLE_DEVICES ?? ""].join(
    "|",
  );
}

export function atLeast(version: string, major: number, minor: number): boolean {
  const [a = 0, b = 0] = version.split(".").map(Number);
  return a > major || (a === major && b >= minor);
}
