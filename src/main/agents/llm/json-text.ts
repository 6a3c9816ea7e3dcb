/** JSON objects in the middle of other text, as models write them: with raw line breaks inside of strings. */

/** Objects that are tried, from the first brace on. */
const TRIES = 20;

/**
 * The text from the brace at `at` to the one that closes it, with control characters inside of strings escaped, and the
 * index after it; null where it is never closed.
 */
function objectAt(text: string, at: number): { json: string; end: number } | null {
  let [out, depth, inside] = ["", 0, false];
  for (let i = at; i < text.length; i++) {
    const c = text[i]!;
    if (inside && c === "\\") {
      out += c + (text[++i] ?? "");
      continue;
    }
    if (c === '"') inside = !inside;
    if (!inside && c === "{") depth++;
    if (!inside && c === "}") depth--;
    out += inside && c < " " ? JSON.stringify(c).slice(1, -1) : c;
    if (depth === 0) return { json: out, end: i + 1 };
  }
  return null;
}

function parsed(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : null;
  } catch {
    return null;
  }
}

/** The JSON objects of a text, outermost first, in their order. */
export function jsonObjects(text: string): Record<string, unknown>[] {
  const found: Record<string, unknown>[] = [];
  let at = text.indexOf("{");
  for (let tries = 0; at >= 0 && tries < TRIES; tries++) {
    const piece = objectAt(text, at);
    const value = piece && parsed(piece.json);
    if (value) found.push(value);
    at = text.indexOf("{", value ? piece.end : at + 1);
  }
  return found;
}
