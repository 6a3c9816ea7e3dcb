/** The built renderer's files, and no others. */
import { readFile, realpath } from "node:fs/promises";
import { extname, join, sep } from "node:path";

const TYPES: Record<string, string> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".json": "application/json; charset=utf-8",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".ico": "image/x-icon",
  ".woff2": "font/woff2",
  ".woff": "font/woff",
  ".ttf": "font/ttf",
  ".txt": "text/plain; charset=utf-8",
};

/**
 * The file below the root that a request's path means: its parts, or null when it means none of ours. Only plain names:
 * nothing hidden, no way up, no device, no second reading of an encoded character.
 * @param pathname as in a URL, percent-encoded
 */
export function assetPath(pathname: string): string[] | null {
  let path: string;
  try {
    path = decodeURIComponent(pathname);
  } catch {
    return null;
  }
  if (path === "/") return ["index.html"];
  if (!path.startsWith("/")) return null;
  const parts = path.slice(1).split("/");
  const plain = parts.every((part) => /^[A-Za-z0-9_][A-Za-z0-9_.-]*$/.test(part) && !part.endsWith("."));
  return plain && Object.hasOwn(TYPES, extname(path)) ? parts : null;
}

export interface Asset {
  body: Buffer;
  type: string;
  cache: string;
}

/** Reads it; null when there is no such file, or a link leads out of `root`. */
export async function readAsset(root: string, pathname: string): Promise<Asset | null> {
  const parts = assetPath(pathname);
  if (parts === null) return null;
  try {
    const [top, file] = await Promise.all([realpath(root), realpath(join(root, ...parts))]);
    if (!file.startsWith(top + sep)) return null;
    return { body: await readFile(file), type: TYPES[extname(file)] ?? "", cache: cacheOf(parts) };
  } catch {
    return null;
  }
}

/** Names below assets/ hold a hash of the content; all else may be another at the next start. */
export const cacheOf = (parts: readonly string[]): string =>
  parts[0] === "assets" ? "private, max-age=31536000, immutable" : "no-store";
