/** What can be told of a Python program without Python: whether it was cut off. The gates tell the rest. */

const CLOSER: Record<string, string> = { "(": ")", "[": "]", "{": "}" };

/**
 * Why a program cannot be whole, as a sentence, or null: a bracket or a triple-quoted string that is never closed, a
 * bracket that closes nothing, a block that announces a body and has none.
 */
export function soundness(code: string): string | null {
  const open: string[] = [];
  let last = ""; // last character that is neither space nor comment
  for (let i = 0; i < code.length; i++) {
    const c = code[i]!;
    if (c === "#") {
      while (i + 1 < code.length && code[i + 1] !== "\n") i++;
      continue;
    }
    if (c === '"' || c === "'") {
      const end = endOfString(code, i);
      if (end === null) return "a string in triple quotes is never closed, so that the program seems cut off";
      i = end;
      last = c;
      continue;
    }
    if (c in CLOSER) open.push(CLOSER[c]!);
    else if (c === ")" || c === "]" || c === "}") {
      if (open.pop() !== c) return `a "${c}" closes no bracket`;
    }
    if (c.trim() !== "") last = c;
  }
  if (open.length > 0) return `a "${open.at(-1)}" is missing, so that the program seems cut off`;
  return last === ":" ? "the last block has no body, so that the program seems cut off" : null;
}

/** Index of the last character of the string that begins at `at`; of its line, where it is not closed on it. */
function endOfString(code: string, at: number): number | null {
  const quote = code[at]!;
  const triple = code.startsWith(quote.repeat(3), at);
  const width = triple ? 3 : 1;
  for (let i = at + width; i < code.length; i++) {
    if (code[i] === "\\") i++;
    else if (!triple && code[i] === "\n") return i;
    else if (code.startsWith(quote.repeat(width), i)) return i + width - 1;
  }
  return triple ? null : code.length - 1;
}
