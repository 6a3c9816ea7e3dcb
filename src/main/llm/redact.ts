/** Keys taken out of texts: servers like to repeat them in their errors. */

/** Shorter ones are placeholders for servers that want none ("none", "EMPTY"), and words of ordinary text. */
const SHORTEST = 8;

/** A function that replaces every key in a text. `keys` is asked each time, because keys can change while it runs. */
export const redactor =
  (keys: () => readonly (string | null)[]) =>
  (text: string): string => {
    let clean = text;
    for (const key of keys()) {
      const bare = key?.trim();
      if (!bare || bare.length < SHORTEST) continue;
      for (const form of new Set([bare, encodeURIComponent(bare), JSON.stringify(bare).slice(1, -1)]))
        clean = clean.replaceAll(form, "[key]");
    }
    return clean;
  };
