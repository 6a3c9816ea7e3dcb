/** A disk without room: as the file system tells it, and as a failure tells that it is the machine's. */
import type { Failure } from "./job.ts";

/** EDQUOT on Linux and on macOS: Node has no name for it. */
const QUOTA_USED_UP: unknown[] = [-122, -69];

/** Whether an error says that a disk is full, or a quota used up. */
export function isDiskFull(error: unknown): boolean {
  const { code, errno } = (error ?? {}) as { code?: unknown; errno?: unknown };
  return code === "ENOSPC" || code === "EDQUOT" || QUOTA_USED_UP.includes(errno);
}

/** How the detail of a failure of kind "disk" begins when this machine's disk is full. Whether it is is ours to say. */
const MACHINE = "ENOSPC: ";

export const ofTheMachine = (failure: Failure | null): boolean =>
  failure?.kind === "disk" && failure.detail.startsWith(MACHINE);

/** A detail that makes a failure the machine's: the campaign pauses, and no candidate is blamed. */
export const machineDetail = (why: string): string => `${MACHINE}${why}`;

/** What the sandboxed program says, as a detail: a candidate that could say so would pause every campaign. */
export const said = (text: string): string => (text.startsWith(MACHINE) ? `said: ${text}` : text);
