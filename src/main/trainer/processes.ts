/** Processes by pid and start time: a pid alone may long belong to somebody else. Linux's /proc; elsewhere pid alone. */
import { readdirSync, readFileSync } from "node:fs";

export interface ProcessMark {
  pid: number;
  /** Clock ticks since boot, with the boot's id: unique for one process of one machine. */
  start: string;
}

const bootId = (() => {
  try {
    return readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  } catch {
    return "";
  }
})();

/** Fields of /proc/<pid>/stat after the program's name (which may hold spaces and brackets). */
function stat(pid: number): string[] | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    return text.slice(text.lastIndexOf(")") + 2).split(" ");
  } catch {
    return null;
  }
}

export function markProcess(pid: number): ProcessMark {
  return { pid, start: `${bootId}:${stat(pid)?.[19] ?? ""}` };
}

/** Is this very process still there (a zombie is not)? */
export function isAlive(mark: ProcessMark): boolean {
  if (process.platform !== "linux") {
    try {
      process.kill(mark.pid, 0);
      return true;
    } catch {
      return false;
    }
  }
  const fields = stat(mark.pid);
  return fields !== null && fields[0] !== "Z" && mark.start === `${bootId}:${fields[19]}`;
}

/** `root` and everything descended from it. */
export function processTree(root: number): number[] {
  const tree = [root];
  for (let i = 0; i < tree.length; i++)
    for (const task of list(`/proc/${tree[i]}/task`)) {
      const children = read(`/proc/${tree[i]}/task/${task}/children`);
      if (children) tree.push(...children.trim().split(" ").filter(Boolean).map(Number));
    }
  return tree;
}

/** Processes of the session that `leader` began, which may have ended before them. */
export function sessionMembers(leader: number): number[] {
  return list("/proc")
    .map(Number)
    .filter((pid) => pid > 0 && stat(pid)?.[3] === String(leader));
}

/** Its arguments, to tell whose it is. */
export const commandLine = (pid: number): string[] => read(`/proc/${pid}/cmdline`).split("\0");

/** Number of threads of a process tree. */
export function treeTasks(tree: number[]): number {
  return tree.reduce((sum, pid) => sum + list(`/proc/${pid}/task`).length, 0);
}

/** Proportional memory of a process tree in bytes: what is shared counts once. What has just ended counts nothing. */
export function treeMemory(tree: number[]): number {
  return tree.reduce((sum, pid) => {
    const pss = /^Pss:\s+(\d+) kB/m.exec(read(`/proc/${pid}/smaps_rollup`));
    return sum + (pss ? Number(pss[1]) * 1024 : 0);
  }, 0);
}

/** Seconds for which the main threads of a process tree could have run and no core was free. Linux's /proc; elsewhere 0. */
export function treeWaited(tree: number[]): number {
  return tree.reduce((sum, pid) => sum + Number(read(`/proc/${pid}/schedstat`).split(" ")[1] ?? 0) / 1e9, 0);
}

/** SIGKILL to the process, its group and its descendants; one that has gone is no error. */
export function killTree(pid: number): void {
  const tree = processTree(pid);
  for (const target of [-pid, ...tree]) {
    try {
      process.kill(target, "SIGKILL");
    } catch {
      // gone already
    }
  }
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function read(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}
