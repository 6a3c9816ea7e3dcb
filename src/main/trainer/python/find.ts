/** Finds Python interpreters that an environment can be built from, and whether there is a GPU to train on. */
import { accessSync, constants, existsSync, readdirSync, realpathSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { askPython, atLeast, type PythonFacts } from "./check.ts";
import { SetupError } from "./errors.ts";
import { runTool } from "./tool.ts";

export interface BasePython extends PythonFacts {
  path: string;
}

const NAMES =
  process.platform === "win32"
    ? ["python3.exe", "python.exe"]
    : ["python3", "python3.13", "python3.12", "python3.11", "python3.14", "python3.10", "python"];

/** Paths that may be interpreters, the most likely first: the PATH's, then where installers put them. */
export function candidatePaths(env: NodeJS.ProcessEnv): string[] {
  const home = env.HOME ?? env.USERPROFILE ?? "";
  const versions = (folder: string) => {
    try {
      return readdirSync(folder)
        .sort((a, b) => b.localeCompare(a, "en", { numeric: true }))
        .map((v) => join(folder, v, "bin"));
    } catch {
      return [];
    }
  };
  const path = (env.PATH ?? "").split(delimiter).filter(Boolean);
  const usual = ["/usr/local/bin", "/usr/bin", "/opt/homebrew/bin", "/opt/conda/bin"];
  const managed = home
    ? [
        ...versions(join(home, ".pyenv", "versions")),
        ...versions(join(home, ".local", "share", "uv", "python")),
      ]
    : [];
  const found = (folders: string[]) =>
    NAMES.flatMap((name) => folders.map((f) => join(f, name))).filter((f) => existsSync(f));
  return [...new Set([...found(path), ...found(usual), ...found(managed)])];
}

/**
 * Interpreters to build from, the most likely first, one of each minor version.
 * @throws SetupError no_python, python_too_old, no_venv
 */
export async function findBases(env: NodeJS.ProcessEnv, signal?: AbortSignal): Promise<BasePython[]> {
  const asked = new Map<string, BasePython>();
  for (const path of candidatePaths(env)) {
    try {
      const facts = await askPython(path, "base", env, signal);
      // A shim or a link leads to the same interpreter as another name.
      const real = realpathSync(facts.executable);
      if (!asked.has(real)) asked.set(real, { ...facts, path: facts.executable });
    } catch (error) {
      if (error instanceof SetupError && error.code === "cancelled") throw error;
      // Not an interpreter after all, or one too old to read the question.
    }
  }
  return chooseBases([...asked.values()], findOnPath("uv", env) !== null);
}

/** The policy of findBases: fit ones in the order given, one a minor version; else the reason why there is none. */
export function chooseBases(found: readonly BasePython[], hasUv: boolean): BasePython[] {
  if (found.length === 0) throw new SetupError("no_python");
  const recent = found.filter((b) => atLeast(b.version, 3, 10));
  if (recent.length === 0) {
    throw new SetupError("python_too_old", `(${found.map((b) => `${b.path} is ${b.version}`).join(", ")})`);
  }
  // uv installs without pip, so it needs venv alone.
  const fit = recent.filter((b) => b.venv && (b.ensurepip || hasUv));
  if (fit.length === 0) throw new SetupError("no_venv", `(${recent.map((b) => b.path).join(", ")})`);
  const minor = (b: BasePython) => b.version.split(".").slice(0, 2).join(".");
  return fit.filter((b, i) => fit.findIndex((other) => minor(other) === minor(b)) === i);
}

export interface FoundPython {
  path: string;
  version: string;
  /** null where it has none. */
  torch: string | null;
}

/** Interpreters of this machine that can be chosen, each once; `first` (the ones in use) before the others. */
export async function listPythons(
  env: NodeJS.ProcessEnv,
  first: readonly string[],
  signal?: AbortSignal,
): Promise<FoundPython[]> {
  const paths = distinct([...first, ...candidatePaths(env)]);
  const asked = await Promise.all(
    paths.map((path) =>
      askPython(path, "list", env, signal).then(
        ({ version, torch = null, prefix = path }) => ({ path, version, torch, prefix }),
        () => null, // no interpreter after all
      ),
    ),
  );
  signal?.throwIfAborted();
  // A link in another folder is the same interpreter with the same packages; a virtual environment is not.
  const seen = new Set<string>();
  return asked.flatMap((found) => {
    if (found === null || seen.has(`${found.prefix} ${found.version}`)) return [];
    seen.add(`${found.prefix} ${found.version}`);
    return [{ path: found.path, version: found.version, torch: found.torch }];
  });
}

/** One name of each binary, the first. The link in a virtual environment is an interpreter of its own. */
function distinct(paths: readonly string[]): string[] {
  const byFile = new Map<string, string>();
  for (const path of paths.filter((p) => existsSync(p))) {
    const own = existsSync(join(dirname(path), "..", "pyvenv.cfg"));
    const file = own ? path : realpathSync(path);
    if (!byFile.has(file)) byFile.set(file, path);
  }
  return [...byFile.values()];
}

/** Absolute path of an executable on the PATH, or null. */
export function findOnPath(name: string, env: NodeJS.ProcessEnv): string | null {
  for (const folder of (env.PATH ?? "").split(delimiter).filter(Boolean)) {
    const file = join(folder, process.platform === "win32" ? `${name}.exe` : name);
    try {
      accessSync(file, constants.X_OK);
      return file;
    } catch {
      // Not here.
    }
  }
  return null;
}

/** The NVIDIA GPUs as their driver describes them: "NVIDIA H100, 81559 MiB, driver 580.65". */
export async function describeGpus(env: NodeJS.ProcessEnv, signal?: AbortSignal): Promise<string[]> {
  const smi = findOnPath("nvidia-smi", env);
  if (!smi) return [];
  const query = ["--query-gpu=name,memory.total,driver_version", "--format=csv,noheader"];
  const run = await runTool(smi, query, { env, signal, limit: 15 });
  if (run.code !== 0)
    throw new Error(`nvidia-smi ended with code ${run.code}: ${run.output.trim().slice(0, 300)}`);
  return run.stdout
    .trim()
    .split("\n")
    .filter(Boolean)
    .map((line) => line.replace(/, ([^,]*)$/, ", driver $1"));
}

/** Whether this machine has an NVIDIA GPU that its driver knows. */
export async function hasNvidiaGpu(env: NodeJS.ProcessEnv, signal?: AbortSignal): Promise<boolean> {
  const smi = findOnPath("nvidia-smi", env);
  if (!smi) return existsSync("/dev/nvidia0");
  try {
    const run = await runTool(smi, ["-L"], { env, signal, limit: 15 });
    return run.code === 0 && /^GPU \d+:/m.test(run.stdout);
  } catch {
    return existsSync("/dev/nvidia0");
  }
}
