/** Reasoning that a server left in the answer, taken out of it. */

/** Characters of one text that are read; no usable answer is longer. */
export const LONGEST = 400_000;

const TAG = /<(\/?)(?:think|thinking|thought|reasoning)>/gi;

/**
 * An answer without its `<think>` blocks, and what stood in them. Blocks may be nested. One that is never closed runs to
 * the end; a close without an open ends a block that began before the answer did. Line ends become \n.
 */
export function withoutThinking(raw: string): { text: string; thinking: string } {
  const all = raw
    .slice(0, LONGEST)
    .replace(/\r\n?/g, "\n")
    .replace(/^\uFEFF/, "");
  let [text, thinking, depth, from] = ["", "", 0, 0];
  for (const tag of all.matchAll(TAG)) {
    const piece = all.slice(from, tag.index);
    from = tag.index + tag[0].length;
    if (depth > 0) thinking += piece;
    else text += piece;
    if (tag[1] === "") depth++;
    else if (depth > 0) depth--;
    else if (thinking === "") {
      // The template opened the block, so that the answer shows only its end.
      thinking = text;
      text = "";
    }
  }
  if (depth > 0) thinking += all.slice(from);
  else text += all.slice(from);
  return { text, thinking };
}
