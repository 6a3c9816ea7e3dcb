/** What a sandbox is asked for, and the command line that gives it, by tier. */
import { spawnSync } from "node:child_process";
import { existsSync, lstatSync, readdirSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import type { Tier } from "../../shared/domain.ts";
import type { Interpreter } from "./interpreter.ts";
import { bubblewrap } from "./sandbox-bubblewrap.ts";
import { landlock, unconfined } from "./sandbox-landlock.ts";

/** Bytes, unless said otherwise. A job's share of the machine. */
export interface SandboxLimits {
  /** Private memory (RLIMIT_DATA) and address space (RLIMIT_AS); null on CUDA, which maps far more than it uses. */
  data: number | null;
  addressSpace: number | null;
  /** One file. */
  file: number;
  openFiles: number;
  /** Processes and threads of one user; binds for ordinary users only, so the seccomp filter and the watchdog count too. */
  tasks: number;
  tmp: number;
  shm: number;
}

export interface SandboxSpec {
  interpreter: Interpreter;
  /** Folder of the Python package: the only program files shown. */
  trainerFolder: string;
  /** Run folder with in/ and out/. */
  job: string;
  /** Training data, read-only; null when the job has none. */
  data: string | null;
  /** Files to hide although they lie in a folder that is shown. */
  mask: string[];
  /** An empty file to show in place of each. */
  emptyFile: string;
  device: "cpu" | "cuda";
  threads: number;
  limits: SandboxLimits;
}

/** Paths as the sandboxed program sees them. */
export interface SandboxPaths {
  in: string;
  out: string;
  data: string;
  /** Parent of the Python package, for PYTHONPATH. */
  app: string;
}

export interface Command {
  file: string;
  args: string[];
  env: Record<string, string>;
  /** To be written before the start. */
  configFile?: { path: string; text: string };
}

/** What of the host's file system a sandbox needs to know; read once. */
export interface HostFacts {
  bwrap: string | null;
  /** bubblewrap 0.8 and later; before that the system-call filter alone forbids nested namespaces. */
  disableUserns: boolean;
  /** Target of each top-level library folder that is a link (/lib → usr/lib), null for a real folder, absent when missing. */
  libraryFolders: Record<string, string | null>;
  nvidia: string[];
}

export function hostFacts(): HostFacts {
  const libraryFolders: Record<string, string | null> = {};
  for (const folder of ["/lib", "/lib64", "/lib32"]) {
    if (!existsSync(folder)) continue;
    libraryFolders[folder] = lstatSync(folder).isSymbolicLink() ? readlinkSync(folder) : null;
  }
  const nvidia = existsSync("/dev/nvidiactl")
    ? readdirSync("/dev")
        .filter((name) => /^nvidia(\d+|ctl|-uvm|-uvm-tools|-modeset)$/.test(name))
        .map((name) => `/dev/${name}`)
    : [];
  const bwrap = findProgram("bwrap");
  const help = bwrap ? spawnSync(bwrap, ["--help"], { encoding: "utf8", timeout: 10_000 }).stdout : "";
  return { bwrap, disableUserns: help.includes("--disable-userns"), libraryFolders, nvidia };
}

function findProgram(name: string): string | null {
  for (const folder of (process.env.PATH ?? "/usr/bin:/bin").split(":"))
    if (folder.startsWith("/") && existsSync(join(folder, name))) return join(folder, name);
  return null;
}

export function sandboxPaths(
  tier: Tier,
  spec: Pick<SandboxSpec, "job" | "data" | "trainerFolder">,
): SandboxPaths {
  if (tier === "bubblewrap") return { in: "/job/in", out: "/job/out", data: "/job/data", app: "/app" };
  return {
    in: join(spec.job, "in"),
    out: join(spec.job, "out"),
    data: spec.data ?? "",
    app: join(spec.trainerFolder, ".."),
  };
}

/** Everything the sandboxed program finds in its environment. */
export function sandboxEnvironment(
  paths: SandboxPaths,
  tmp: string,
  threads: number,
): Record<string, string> {
  // Which of several GPUs are to be used is said by the person who started the program.
  const devices = Object.fromEntries(
    ["CUDA_VISIBLE_DEVICES", "CUDA_DEVICE_ORDER"].flatMap((name) => {
      const value = process.env[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
  return {
    PATH: "/usr/bin:/bin",
    HOME: tmp,
    TMPDIR: tmp,
    USER: "cambrian", // torch asks for a user name when it looks for its cache
    LANG: "C.UTF-8",
    TERM: "xterm-256color",
    PYTHONPATH: paths.app,
    PYTHONSAFEPATH: "1",
    PYTHONNOUSERSITE: "1",
    PYTHONDONTWRITEBYTECODE: "1",
    PYTHONUNBUFFERED: "1",
    PYTHONHASHSEED: "0",
    OMP_NUM_THREADS: String(threads),
    MKL_NUM_THREADS: String(threads),
    TRITON_CACHE_DIR: `${paths.out}/.cache/triton`,
    TORCHINDUCTOR_CACHE_DIR: `${paths.out}/.cache/inductor`,
    CUBLAS_WORKSPACE_CONFIG: ":4096:8", // deterministic matrix products
    ...devices,
  };
}

/** The command line that runs `program` (arguments of the interpreter) under the tier. */
export function sandboxCommand(tier: Tier, spec: SandboxSpec, program: string[], host: HostFacts): Command {
  if (tier === "bubblewrap") return bubblewrap(spec, program, host);
  return tier === "landlock" ? landlock(spec, program, host) : unconfined(spec, program);
}
