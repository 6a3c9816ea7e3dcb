/** Hashes that name things by their content: the same value has the same hash on every machine. */
import { createHash } from "node:crypto";
import type { Protocol } from "./protocol.ts";

/** JSON with sorted keys and no white space; undefined members are left out. Throws on NaN and infinity. */
export function canonicalJson(value: unknown): string {
  if (value === null || typeof value === "string" || typeof value === "boolean") return JSON.stringify(value);
  if (typeof value === "number") {
    if (!Number.isFinite(value)) throw new RangeError(`canonicalJson: ${value} has no JSON form`);
    return JSON.stringify(value);
  }
  if (Array.isArray(value))
    return `[${value.map((v) => canonicalJson(v === undefined ? null : v)).join(",")}]`;
  if (typeof value === "object") {
    const entries = Object.entries(value)
      .filter(([, v]) => v !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1));
    return `{${entries.map(([k, v]) => `${JSON.stringify(k)}:${canonicalJson(v)}`).join(",")}}`;
  }
  throw new TypeError(`canonicalJson: ${typeof value} has no JSON form`);
}

/** Lower-case hexadecimal SHA-256 of UTF-8 text. */
export const sha256 = (text: string): string => createHash("sha256").update(text, "utf8").digest("hex");

/** Names a protocol: results are only comparable where it is equal. */
export const protocolHash = (protocol: Protocol): string => sha256(canonicalJson(protocol));

/** Names a program text, byte for byte. */
export const codeHash = (code: string): string => sha256(code);

/** A UUID (version 8, RFC 9562) that is a function of the key: a step repeated after a crash makes the same row. */
export function uuidOf(...key: (string | number)[]): string {
  const h = sha256(key.join("\u0000"));
  const variant = "89ab"[Number.parseInt(h[16]!, 16) & 3];
  return `${h.slice(0, 8)}-${h.slice(8, 12)}-8${h.slice(13, 16)}-${variant}${h.slice(17, 20)}-${h.slice(20, 32)}`;
}
