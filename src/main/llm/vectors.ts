/** Vectors as the ledger keeps them with the answer to a request for embeddings: JSON with base64 of little-endian floats. */
import { z } from "zod";

/** What the ledger keeps of a request for embeddings: the hashes of its texts, in order. */
export const contentOf = (hashes: readonly string[]): string => `${hashes.length} texts: ${hashes.join(" ")}`;

/** The hashes in it. */
export const hashesIn = (content: string): string[] => content.match(/\b[0-9a-f]{64}\b/g) ?? [];

const Stored = z.object({ vectors: z.array(z.base64()) });

export const encodeVectors = (vectors: readonly Float32Array[]): string =>
  JSON.stringify({
    vectors: vectors.map((v) => {
      const bytes = Buffer.alloc(v.length * 4);
      for (const [i, x] of v.entries()) bytes.writeFloatLE(x, i * 4);
      return bytes.toString("base64");
    }),
  });

/** @throws SyntaxError or ZodError where the text holds none */
export const decodeVectors = (text: string): Float32Array[] =>
  Stored.parse(JSON.parse(text)).vectors.map((base64) => {
    const bytes = Buffer.from(base64, "base64");
    return Float32Array.from({ length: bytes.length / 4 }, (_, i) => bytes.readFloatLE(i * 4));
  });
