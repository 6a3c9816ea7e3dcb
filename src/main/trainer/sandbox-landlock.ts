/** Second tier, where namespaces are forbidden: Landlock and seccomp by trainer/confine.py. And none, for who says so. */
import { readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { realPath, withoutNested } from "./interpreter.ts";
import type { Command, HostFacts, SandboxSpec } from "./sandbox.ts";
import { sandboxEnvironment, sandboxPaths } from "./sandbox.ts";

interface LandlockRules {
  read: string[];
  list: string[];
  write: string[];
  device: string[];
}

const CONFIG = 4; // place of the configuration in what follows

/** `python confine.py CONFIG python`, to be followed by the program's own arguments. */
export function confinement(
  confine: string,
  spec: SandboxSpec,
  { seccomp, landlock }: { seccomp: boolean; landlock: LandlockRules | null },
): string[] {
  const { limits } = spec;
  const config = {
    limits: {
      ...(limits.data === null ? {} : { data: limits.data }),
      ...(limits.addressSpace === null ? {} : { as: limits.addressSpace }),
      fsize: limits.file,
      nofile: limits.openFiles,
      nproc: limits.tasks,
      core: 0,
    },
    seccomp,
    landlock,
    // Nothing on a CPU needs another process; on a GPU Triton runs a compiler.
    processes: spec.device === "cuda",
  };
  const { executable } = spec.interpreter;
  return [executable, "-I", "-S", confine, JSON.stringify(config), executable];
}

/**
 * Paths and network as in the first tier, but the same process table: other processes' existence can be seen, and the
 * memory limits count a job's own processes only. `/tmp` is a folder of the job, under its disk limit.
 */
export function landlock(spec: SandboxSpec, program: string[], host: HostFacts): Command {
  const paths = sandboxPaths("landlock", spec);
  const shown = [
    ...["/usr/lib", "/usr/lib64", "/lib", "/lib64", "/etc/ld.so.cache", "/etc/alternatives"],
    ...["/proc/self", "/proc/cpuinfo", "/proc/meminfo", "/proc/sys/vm", "/sys/devices/system/cpu"],
    ...(spec.device === "cuda"
      ? ["/usr/bin", "/bin", "/usr/include", "/usr/local/cuda", "/sys", "/proc"]
      : []),
    ...spec.interpreter.files,
    spec.trainerFolder,
    paths.in,
    ...(spec.data ? [spec.data] : []),
  ];
  const { read, list } = around(withoutNested(shown.map(ownPath)), spec.mask, entriesOf);
  const rules: LandlockRules = {
    read,
    // Python looks for the package by listing its parent: names can be seen there, contents not.
    list: [...list, paths.app],
    write: [paths.out, `${spec.job}/tmp`],
    device: ["/dev/null", "/dev/zero", "/dev/urandom", ...(spec.device === "cuda" ? host.nvidia : [])],
  };
  const command = confinement(join(spec.trainerFolder, "confine.py"), spec, {
    seccomp: true,
    landlock: rules,
  });
  // The rules may be longer than one argument can be.
  const file = { path: `${spec.job}/confine.json`, text: command[CONFIG]! };
  command[CONFIG] = `@${file.path}`;
  return { ...direct(spec, program, command), configFile: file };
}

/** `/proc/self` is the program's own, not that of the process which asks. */
const ownPath = (path: string): string => (path === "/proc/self" ? path : realPath(path));

/** No protection: the limits of the process and the clean environment alone. */
export function unconfined(spec: SandboxSpec, program: string[]): Command {
  return direct(
    spec,
    program,
    confinement(join(spec.trainerFolder, "confine.py"), spec, { seccomp: false, landlock: null }),
  );
}

function direct(spec: SandboxSpec, program: string[], [file, ...args]: string[]): Command {
  const paths = sandboxPaths("landlock", spec);
  const env = sandboxEnvironment(paths, `${spec.job}/tmp`, spec.threads);
  return { file: file!, args: [...args, ...program], env };
}

/**
 * Landlock can only allow, and what it allows holds for everything below: a folder with a masked file in it is replaced
 * by all its other entries, and may itself be listed but not read. All paths are real ones.
 */
export function around(
  shown: string[],
  mask: string[],
  entries: (folder: string) => string[],
): { read: string[]; list: string[] } {
  const above = new Set<string>();
  for (const file of mask)
    for (let folder = dirname(file); folder !== dirname(folder); folder = dirname(folder)) above.add(folder);
  const hidden = new Set(mask);
  const read: string[] = [];
  const list: string[] = [];
  const visit = (path: string) => {
    if (hidden.has(path)) return;
    if (!above.has(path)) {
      read.push(path);
      return;
    }
    list.push(path);
    for (const name of entries(path)) visit(join(path, name));
  };
  for (const path of shown) visit(path);
  return { read, list };
}

/** Links are left out: a rule holds for what a link leads to, which is shown under its own path or not at all. */
function entriesOf(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => !entry.isSymbolicLink())
    .map((entry) => entry.name);
}
