/** Keys taken out of texts: servers like to repeat them in their errors. */

/** Placeholders for servers that want no key; they are no secrets, and words of ordinary text. In lower case. */
const PLACEHOLDERS = [
  ...["none", "empty", "dummy", "test", "token", "key"],
  ...["sk-no-key-required", "ollama", "lm-studio"],
];
/** Shorter ones would be taken out of the middle of words. */
const SHORTEST = 4;

/** A function that replaces every key in a text. `keys` is asked each time, because keys can change while it runs. */
export const redactor =
  (keys: () => readonly (string | null)[]) =>
  (text: string): string => {
    let clean = text;
    for (const key of keys()) {
      const bare = key?.trim();
      if (!bare || bare.length < SHORTEST || PLACEHOLDERS.includes(bare.toLowerCase())) continue;
      for (const form of new Set([bare, encodeURIComponent(bare), JSON.stringify(bare).slice(1, -1)]))
        clean = clean.replaceAll(form, "[key]");
    }
    return clean;
  };
