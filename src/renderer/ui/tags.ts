/** Tags of an experiment: how many, how long, and what counts as one more. The contract's own limits (`Marks`). */
export const MOST_TAGS = 30;
export const LONGEST_TAG = 40;

/** The tags with one more; null where it is empty, is there already, or there is no room. */
export function withTag(tags: readonly string[], tag: string): string[] | null {
  const name = tag.trim().replace(/\s+/g, " ").slice(0, LONGEST_TAG);
  return name === "" || tags.includes(name) || tags.length >= MOST_TAGS ? null : [...tags, name];
}
