/** First tier: namespaces by bubblewrap, with the limits and the system-call filter of trainer/confine.py inside. */
import type { Command, HostFacts, SandboxSpec } from "./sandbox.ts";
import { sandboxEnvironment, sandboxPaths } from "./sandbox.ts";
import { confinement } from "./sandbox-landlock.ts";

/** Libraries and what the dynamic linker reads; nothing else of the system is shown. */
const SYSTEM_FILES = ["/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d", "/etc/alternatives"];

/**
 * Pure. `program` are the interpreter's arguments, with the paths of `sandboxPaths("bubblewrap")`. Order matters:
 * later mounts lie over earlier ones, and a folder is made read-only only after everything in it has been mounted.
 */
export function bubblewrap(spec: SandboxSpec, program: string[], host: HostFacts): Command {
  if (!host.bwrap) throw new Error("bubblewrap is not installed");
  const paths = sandboxPaths("bubblewrap", spec);
  const args = [
    "--unshare-all",
    "--unshare-user",
    ...(host.disableUserns ? ["--disable-userns"] : []),
    "--uid",
    "1000",
    "--gid",
    "1000",
    "--hostname",
    "cambrian",
    "--cap-drop",
    "ALL",
    "--die-with-parent",
    "--new-session",
    "--clearenv",
  ];
  const show = (path: string, at = path) => args.push("--ro-bind-try", path, at);

  for (const folder of ["/usr/lib", "/usr/lib64", "/usr/lib32"]) show(folder);
  for (const [folder, target] of Object.entries(host.libraryFolders))
    if (target === null) show(folder);
    else args.push("--symlink", target, folder);
  for (const file of SYSTEM_FILES) show(file);
  args.push("--proc", "/proc", "--dev", "/dev");
  show("/sys/devices/system/cpu"); // torch counts cores and caches here
  if (spec.device === "cuda") {
    for (const node of host.nvidia) args.push("--dev-bind-try", node, node);
    args.push("--ro-bind", "/sys", "/sys");
    // Triton builds its launchers with the system's compiler.
    for (const folder of ["/usr/bin", "/usr/include", "/usr/local/cuda"]) show(folder);
    args.push("--symlink", "usr/bin", "/bin");
  }
  // Sized, or a candidate fills the machine's memory through them.
  args.push("--size", String(spec.limits.tmp), "--tmpfs", "/tmp");
  args.push("--size", String(spec.limits.shm), "--tmpfs", "/dev/shm", "--remount-ro", "/dev");

  // After /tmp: an environment may lie there.
  for (const file of spec.interpreter.files) show(file);
  show(spec.trainerFolder, `${paths.app}/trainer`);
  args.push("--ro-bind", `${spec.job}/in`, paths.in);
  args.push("--bind", `${spec.job}/out`, paths.out);
  if (spec.data) args.push("--ro-bind", spec.data, paths.data);
  const shown = ["/usr/lib", "/usr/lib64", ...spec.interpreter.files];
  for (const file of spec.mask)
    if (shown.some((folder) => file.startsWith(`${folder}/`))) args.push("--ro-bind", spec.emptyFile, file);

  for (const [name, value] of Object.entries(sandboxEnvironment(paths, "/tmp", spec.threads)))
    args.push("--setenv", name, value);
  args.push("--remount-ro", "/", "--chdir", paths.out, "--");
  args.push(
    ...confinement(`${paths.app}/trainer/confine.py`, spec, { seccomp: true, landlock: null }),
    ...program,
  );
  // --clearenv cleans the program's environment, but /proc/1/environ shows bubblewrap's own: it starts with none.
  return { file: host.bwrap, args, env: {} };
}
