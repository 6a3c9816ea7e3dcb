/** How many lines a program gained and lost against another. */
import { diffLines } from "diff";

/** null where the two share so little that counting would take too long. */
export function changedLines(before: string, after: string): { added: number; removed: number } | null {
  const parts = diffLines(before, after, { maxEditLength: 4000, timeout: 200 });
  if (!parts) return null;
  const count = (of: "added" | "removed") =>
    parts.reduce((sum, part) => sum + (part[of] ? (part.count ?? 0) : 0), 0);
  return { added: count("added"), removed: count("removed") };
}
