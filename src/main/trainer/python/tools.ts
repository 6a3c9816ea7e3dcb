/** Tools that the tests need, in a folder of their own: an interpreter that the user gave stays as it is. */
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { askPython } from "./check.ts";
import type { EnsureOptions } from "./environment.ts";
import { SetupError } from "./errors.ts";
import { hash, installEnv, installError, pipInstall, pipOf } from "./install.ts";
import { lock } from "./lock.ts";
import { runTool } from "./tool.ts";

export interface ToolsOptions extends EnsureOptions {
  python: string;
  /** A requirements file of pure tools; they are installed beside the environment, which stays as it is. */
  requirements: string;
}

/** Folder to put on PYTHONPATH for the tools of `requirements` (the tests' pytest and ruff). Needs the interpreter's pip. */
export async function ensureTools(options: ToolsOptions): Promise<string> {
  const env = options.env ?? process.env;
  const folder = join(options.home, "python");
  const version = (await askPython(options.python, "base", env, options.signal)).version;
  const target = join(folder, `tools-${hash(readFileSync(options.requirements, "utf8"), version)}`);
  if (existsSync(target)) return target;
  mkdirSync(folder, { recursive: true });
  const release = await lock(join(folder, "build.lock"), {
    limit: options.limit ?? 3600,
    signal: options.signal,
  });
  try {
    if (existsSync(target)) return target;
    const partial = `${target}.tmp`;
    rmSync(partial, { recursive: true, force: true });
    mkdirSync(join(partial, "tmp"), { recursive: true });
    const log = join(folder, "tools.log");
    writeFileSync(log, "");
    const pipVersion = await pipOf(options.python, env, options.signal);
    if (pipVersion === "0") throw new SetupError("install_failed", `${options.python} has no pip.`);
    const args = ["-I", "-m", "pip", ...pipInstall(pipVersion), "--only-binary", ":all:"];
    const run = await runTool(options.python, [...args, "--target", partial, "-r", options.requirements], {
      env: installEnv(env, join(partial, "tmp")),
      signal: options.signal,
      limit: options.limit ?? 600,
      stall: options.stall ?? 120,
      grows: partial,
      log,
    });
    if (run.code !== 0) throw installError(run.output, log);
    rmSync(join(partial, "tmp"), { recursive: true, force: true });
    renameSync(partial, target);
    return target;
  } finally {
    release();
  }
}
