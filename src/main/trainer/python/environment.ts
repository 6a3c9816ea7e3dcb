/**
 * The Python environment that candidates train in: the user's own (CAMBRIAN_PYTHON), or one that Cambrian builds.
 *
 *   <home>/python/env-<hash>/        a finished environment; its name is a hash of the requirements and the interpreter
 *   <home>/python/env-<hash>.tmp/    one being built: kept when a build is interrupted, and gone on with
 *   <home>/python/build.log          everything that the installer printed
 *
 * A finished environment has been verified by training with it, and was then renamed. Renaming breaks the paths written
 * into bin/activate and into the scripts beside it (bin/pip): use `python -m`, which reads none of them.
 */
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { isDiskFull } from "../../../shared/disk-full.ts";
import type { PythonEnvironment, SetupProgress } from "../../interfaces.ts";
import { trainerFolder } from "../../paths.ts";
import { askPython, checkPythonOnce } from "./check.ts";
import { SetupError } from "./errors.ts";
import { type BasePython, findBases, findOnPath, hasNvidiaGpu } from "./find.ts";
import { hash, installEnv, installError, installSteps, pipOf } from "./install.ts";
import { lock } from "./lock.ts";
import { progressOf } from "./progress.ts";
import { killGroup, runTool } from "./tool.ts";

export interface EnsureOptions {
  /** The data folder. */
  home: string;
  env?: NodeJS.ProcessEnv;
  onProgress?: (progress: SetupProgress) => void;
  /** Each line that the installer prints, but for those of its progress bar. */
  onLine?: (line: string) => void;
  signal?: AbortSignal;
  requirements?: string;
  /** Seconds without output and disk growth that count as a stall; seconds a whole build may take. */
  stall?: number;
  limit?: number;
  /** Where to look for interpreters to build from. */
  find?: typeof findBases;
}

const FINISHED = "cambrian.json";

/**
 * An interpreter that imports all that the trainer needs: CAMBRIAN_PYTHON when it is set, else the environment that was
 * built earlier, else one built now. Any number of processes may call it at once.
 * @throws SetupError, whose code is one of SETUP_PROBLEMS
 */
export async function ensurePython(options: EnsureOptions): Promise<PythonEnvironment> {
  const env = options.env ?? process.env;
  const folder = join(options.home, "python");
  const found = env.CAMBRIAN_PYTHON
    ? await checkPythonOnce(resolve(env.CAMBRIAN_PYTHON), join(folder, "existing.json"), env, options.signal)
    : await builtPython(folder, options, env);
  if (!found.cuda && env.CAMBRIAN_DEVICE !== "cpu" && (await hasNvidiaGpu(env, options.signal))) {
    throw new SetupError("gpu_fallback", `(${found.python}, torch ${found.torch})`);
  }
  return found;
}

/**
 * The interpreter that `ensurePython` would give, where it is there already: nothing is built. null where it would be.
 * @throws SetupError as ensurePython does
 */
export async function readyPython(options: EnsureOptions): Promise<PythonEnvironment | null> {
  const env = options.env ?? process.env;
  if (!env.CAMBRIAN_PYTHON) {
    const { known } = await wanted(join(options.home, "python"), options, env);
    if (!(await finished(known, env, options.signal))) return null;
  }
  return ensurePython(options);
}

/** Which environment this machine takes: `known` is the file that says where the finished one lies. */
async function wanted(folder: string, options: EnsureOptions, env: NodeJS.ProcessEnv) {
  const requirements = options.requirements ?? join(trainerFolder, "requirements.txt");
  const text = readFileSync(requirements, "utf8");
  const gpu = env.CAMBRIAN_DEVICE !== "cpu" && (await hasNvidiaGpu(env, options.signal));
  return { requirements, text, gpu, known: join(folder, `current-${hash(text, gpu ? "gpu" : "cpu")}.json`) };
}

async function builtPython(
  folder: string,
  options: EnsureOptions,
  env: NodeJS.ProcessEnv,
): Promise<PythonEnvironment> {
  const { requirements, text, gpu, known } = await wanted(folder, options, env);
  const ready = await finished(known, env, options.signal);
  if (ready) return ready;

  writable(() => mkdirSync(folder, { recursive: true }));
  const tell = (message: string) => options.onProgress?.({ phase: "find", message, download: null });
  const release = await lock(join(folder, "build.lock"), {
    limit: options.limit ?? 3600,
    signal: options.signal,
    onWait: () => tell("Waiting for another process that is building the Python environment"),
  }).catch((error) => {
    throw asDiskProblem(error);
  });
  try {
    const meanwhile = await finished(known, env, options.signal);
    if (meanwhile) return meanwhile;
    tell("Looking for a Python to build from");
    const bases = await (options.find ?? findBases)(env, options.signal);
    let first: unknown = null;
    for (const base of bases) {
      try {
        const name = `env-${hash(text, base.version, base.executable, base.machine, gpu ? "gpu" : "cpu")}`;
        const target = join(folder, name);
        const job = { base, target, requirements, gpu, log: join(folder, "build.log") };
        const made =
          (await finished(join(target, FINISHED), env, options.signal)) ?? (await build(job, options, env));
        writeFileSync(known, JSON.stringify(made));
        return made;
      } catch (error) {
        // Packages that are not offered for one version of Python may be for another.
        if (!(error instanceof SetupError && error.code === "no_matching_version")) throw error;
        first ??= error;
      }
    }
    throw first;
  } finally {
    release();
  }
}

interface BuildJob {
  base: BasePython;
  target: string;
  requirements: string;
  gpu: boolean;
  log: string;
}

async function build(
  job: BuildJob,
  options: EnsureOptions,
  env: NodeJS.ProcessEnv,
): Promise<PythonEnvironment> {
  const partial = `${job.target}.tmp`;
  const resumed = existsSync(partial);
  try {
    return await buildIn(partial, job, options, env);
  } catch (error) {
    // What an earlier, interrupted build left may be half a package that the installer takes for whole: once more, clean.
    const again =
      error instanceof SetupError && ["verify_failed", "install_failed"].includes(error.code) && resumed;
    if (!again) throw error;
    rmSync(partial, { recursive: true, force: true });
    return buildIn(partial, job, options, env);
  }
}

async function buildIn(
  partial: string,
  job: BuildJob,
  options: EnsureOptions,
  env: NodeJS.ProcessEnv,
): Promise<PythonEnvironment> {
  const { signal } = options;
  const temporary = join(partial, "tmp");
  const pidFile = join(partial, "installer.pid");
  endLeftover(pidFile, partial);
  writable(() => {
    mkdirSync(partial, { recursive: true });
    rmSync(temporary, { recursive: true, force: true });
    mkdirSync(temporary, { recursive: true });
    writeFileSync(job.log, "");
  });

  const deadline = Date.now() + (options.limit ?? 3600) * 1000;
  const progress = progressOf(temporary, options.onProgress);
  const run = (command: string, args: string[], stall: number) =>
    runTool(command, args, {
      env: installEnv(env, temporary),
      signal,
      limit: Math.max(1, (deadline - Date.now()) / 1000),
      stall,
      grows: partial,
      onLine(line) {
        progress.line(line);
        if (!/^Progress \d/.test(line)) options.onLine?.(line);
      },
      log: job.log,
      pidFile,
    });
  const stall = options.stall ?? 120;
  try {
    const python = interpreterOf(partial);
    progress.phase("create", `Creating an environment with Python ${job.base.version} (${job.base.path})`);
    let uv = findOnPath("uv", env);
    const pip = job.base.ensurepip;
    if (!(await answers(python, pip, env, signal))) {
      // Emptied here and not by venv, which would take the installer's pid and the downloads with it.
      rmSync(partial, { recursive: true, force: true });
      mkdirSync(temporary, { recursive: true });
      const args = ["-I", "-m", "venv", ...(pip ? [] : ["--without-pip"]), partial];
      const made = await run(job.base.path, args, stall);
      if (made.code !== 0) throw installError(made.output, job.log);
    }

    for (;;) {
      const pipVersion = pip ? await pipOf(python, env, signal) : "0";
      const steps = installSteps({
        python,
        requirements: job.requirements,
        uv,
        pipVersion,
        cpuOnly: process.platform === "linux" && !job.gpu,
      });
      let failed: SetupError | null = null;
      for (const step of steps) {
        progress.phase("install", `Installing ${step.what}`);
        const done = await run(step.command, step.args, stall);
        if (done.code !== 0) {
          failed = installError(done.output, job.log);
          break;
        }
      }
      if (!failed) break;
      // pip may know indexes and proxies that uv does not.
      if (!uv || !pip || failed.code === "disk_full") throw failed;
      uv = null;
    }
    progress.phase("verify", "Checking the environment with a forward and a backward pass");
    const verified = await verify(python, job, env, signal);
    rmSync(temporary, { recursive: true, force: true });
    rmSync(pidFile, { force: true });
    const environment: PythonEnvironment = {
      ...verified,
      python: interpreterOf(job.target),
      origin: "built",
    };
    writeFileSync(join(partial, FINISHED), JSON.stringify(environment));
    rmSync(job.target, { recursive: true, force: true });
    renameSync(partial, job.target);
    progress.phase("done", `Python ${environment.version} with torch ${environment.torch} is ready`);
    return environment;
  } catch (error) {
    throw asDiskProblem(error);
  } finally {
    progress.stop();
  }
}

/** Trains one step in the new environment. A GPU that torch cannot use is the caller's to judge. */
async function verify(python: string, job: BuildJob, env: NodeJS.ProcessEnv, signal?: AbortSignal) {
  try {
    const facts = await askPython(python, "verify", env, signal);
    const missing = Object.entries(facts.missing ?? {}).map(([name, why]) => `${name}: ${why}`);
    if (missing.length) throw new Error(missing.join("; "));
    if (job.gpu && !facts.cuda) throw new SetupError("gpu_fallback", `(torch ${facts.versions?.torch})`);
    return { version: facts.version, torch: facts.versions!.torch!, cuda: facts.cuda! };
  } catch (error) {
    if (error instanceof SetupError) throw error;
    throw new SetupError("verify_failed", (error as Error).message);
  }
}

/** The environment that a finished build described in `file`, if its interpreter still runs. */
async function finished(
  file: string,
  env: NodeJS.ProcessEnv,
  signal?: AbortSignal,
): Promise<PythonEnvironment | null> {
  try {
    const known = JSON.parse(readFileSync(file, "utf8")) as PythonEnvironment;
    if (!existsSync(join(dirname(dirname(known.python)), FINISHED))) return null;
    // The interpreter that it was built from may have been removed or replaced since.
    return (await askPython(known.python, "base", env, signal)).version === known.version ? known : null;
  } catch (error) {
    if (error instanceof SetupError && error.code === "cancelled") throw error;
    return null;
  }
}

/** Whether a partial environment is far enough to go on with: its interpreter runs, and its pip is whole. */
async function answers(
  python: string,
  pip: boolean,
  env: NodeJS.ProcessEnv,
  signal?: AbortSignal,
): Promise<boolean> {
  if (!existsSync(python)) return false;
  if (pip) return (await pipOf(python, env, signal)) !== "0";
  return askPython(python, "base", env, signal).then(
    () => true,
    () => false,
  );
}

const interpreterOf = (environment: string): string =>
  process.platform === "win32"
    ? join(environment, "Scripts", "python.exe")
    : join(environment, "bin", "python");

/** Ends an installer that outlived a killed builder, if the process is still that installer. */
function endLeftover(pidFile: string, partial: string): void {
  try {
    const pid = Number(readFileSync(pidFile, "utf8"));
    if (pid > 1 && readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(partial)) killGroup(pid, "SIGKILL");
  } catch {
    // No installer, or no /proc.
  }
}

/** Runs something that writes to the data folder, and names the cause when it cannot. */
function writable<T>(action: () => T): T {
  try {
    return action();
  } catch (error) {
    throw asDiskProblem(error);
  }
}

function asDiskProblem(error: unknown): unknown {
  const code = (error as { code?: string }).code;
  const message = (error as Error).message;
  if (isDiskFull(error)) return new SetupError("disk_full", message);
  if (
    code === "EACCES" ||
    code === "EROFS" ||
    code === "EPERM" ||
    code === "ENOTDIR" ||
    code === "EEXIST" ||
    code === "SQLITE_CANTOPEN"
  )
    return new SetupError("not_writable", message);
  return error;
}
