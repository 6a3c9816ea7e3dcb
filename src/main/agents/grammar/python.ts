/** Python source reduced to what it computes, as far as a tokeniser can tell. */

const TOKEN =
  /([rbfuRBFU]{0,2}(?:"""[\s\S]*?"""|'''[\s\S]*?'''|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'))|(#[^\n]*)|(\\\n)|(\n)|([ \t]+)|([A-Za-z_]\w*)|(\d[\w.]*)|([\s\S])/g;

/** Names that the program itself gives: classes, functions, attributes of self, variables, loop variables. */
function ownNames(code: string): Set<string> {
  const found = new Set<string>();
  const patterns = [
    /\b(?:class|def)\s+([A-Za-z_]\w*)/g,
    /\bself\.([A-Za-z_]\w*)\s*(?::[^=\n]+)?=(?!=)/g,
    /^[ \t]*([A-Za-z_]\w*(?:\s*,\s*[A-Za-z_]\w*)*)\s*=(?!=)/gm,
    /\bfor\s+([A-Za-z_]\w*(?:\s*,\s*[A-Za-z_]\w*)*)\s+in\b/g,
  ];
  for (const pattern of patterns)
    for (const match of code.matchAll(pattern))
      for (const name of match[1]!.split(",")) found.add(name.trim());
  for (const fixed of ["__init__", "forward", "self"]) found.delete(fixed);
  return found;
}

/**
 * Text that is equal for programs that differ in comments, docstrings, blank lines, indentation width, line breaks inside
 * brackets, and the names they give to their own classes, functions and variables.
 */
export function normalise(code: string): string {
  const source = code.replaceAll("\r\n", "\n");
  const own = ownNames(source);
  const renamed = new Map<string, string>();
  const out: string[] = [];
  const indents = [0];
  let [depth, lineStart, indent] = [0, true, 0];
  for (const [text, string, comment, joined, newline, space, word] of source.matchAll(TOKEN)) {
    if (comment !== undefined || joined !== undefined) continue;
    if (newline !== undefined) {
      if (depth === 0) {
        if (!lineStart) out.push("\n");
        [lineStart, indent] = [true, 0];
      }
      continue;
    }
    if (space !== undefined) {
      if (lineStart) indent = text.length;
      continue;
    }
    if (string !== undefined && lineStart) continue; // a docstring
    if (lineStart) {
      while (indent < indents.at(-1)!) {
        indents.pop();
        out.push("<");
      }
      if (indent > indents.at(-1)!) {
        indents.push(indent);
        out.push(">");
      }
      lineStart = false;
    }
    if ("([{".includes(text)) depth++;
    if (")]}".includes(text)) depth = Math.max(0, depth - 1);
    // A trailing comma says nothing in a call or a list; (a,) keeps its own by differing from (a) elsewhere.
    if ("]}".includes(text) && out.at(-1) === ",") out.pop();
    if (text === ")" && out.at(-1) === "," && out.at(-3) !== "(") out.pop();
    if (word !== undefined && own.has(word)) {
      if (!renamed.has(word)) renamed.set(word, `n${renamed.size}`);
      out.push(renamed.get(word)!);
    } else out.push(text);
  }
  while (out.at(-1) === "\n") out.pop();
  return out.join(" ");
}
