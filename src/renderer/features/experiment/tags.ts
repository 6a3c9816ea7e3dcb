const MOST = 30;

/** The tags with one more; null where it is empty, is there already, or there is no room. */
export function withTag(tags: readonly string[], tag: string): string[] | null {
  const name = tag.trim().replace(/\s+/g, " ").slice(0, 40);
  return name === "" || tags.includes(name) || tags.length >= MOST ? null : [...tags, name];
}
