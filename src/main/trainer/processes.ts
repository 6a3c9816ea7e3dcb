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

/** Proportional memory in bytes and number of threads of a process tree; what has just ended counts nothing. */
export function treeUsage(root: number): { bytes: number; tasks: number } {
  let bytes = 0;
  let tasks = 0;
  for (const pid of processTree(root)) {
    tasks += list(`/proc/${pid}/task`).length;
    const pss = /^Pss:\s+(\d+) kB/m.exec(read(`/proc/${pid}/smaps_rollup`));
    if (pss) bytes += Number(pss[1]) * 1024;
  }
  return { bytes, tasks };
}

/** SIGKILL to the process and to its group and session's leader group; a process that has gone is no error. */
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
