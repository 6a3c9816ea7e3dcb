/** A disk without room, as the file system tells it. */

/** EDQUOT on Linux and on macOS: Node has no name for it. */
const QUOTA_USED_UP: unknown[] = [-122, -69];

/** Whether an error says that a disk is full, or a quota used up. */
export function isDiskFull(error: unknown): boolean {
  const { code, errno } = (error ?? {}) as { code?: unknown; errno?: unknown };
  return code === "ENOSPC" || code === "EDQUOT" || QUOTA_USED_UP.includes(errno);
}
