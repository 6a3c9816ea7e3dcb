/** Entries for tests. */
import type { CognitionEntry } from "../../shared/cognition.ts";

/** A valid entry that shares no word with another's except by chance: its texts are made of its id. */
export function entry(id: string, more: Partial<CognitionEntry> = {}): CognitionEntry {
  const words = (kind: string) =>
    Array.from({ length: 8 }, (_, i) => `${id}${kind}${"xyzw"[i % 4]}${i}`).join(" ");
  return {
    id,
    paper: { arxiv: null, title: `On ${id}`, authors: "Test et al.", year: 2024 },
    scenario: words("symptom"),
    algorithm: words("core"),
    context: words("field"),
    tags: ["linear-attention"],
    citation: `Test et al. (2024). On ${id}.`,
    ...more,
  };
}

export const idle = new AbortController().signal;
