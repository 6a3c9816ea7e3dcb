/** How much a program's text repeats earlier ones: Jaccard similarity of 4-token shingles (Broder 1997). */
import { withoutComments } from "../../shared/components.ts";

const WIDTH = 4;
const TOKEN = /[A-Za-z_]\w*|\d[\w.]*|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|[^\s\w]/g;

/** 32-bit FNV-1a. */
function hash(token: string): number {
  let h = 0x811c9dc5;
  for (let i = 0; i < token.length; i++) h = Math.imul(h ^ token.charCodeAt(i), 0x01000193);
  return h;
}

/**
 * Hashes of every four tokens in a row, each once; comments, docstrings and layout do not count. A shorter program is one
 * shingle. Two different shingles share a hash once in 4 billion.
 */
export function shinglesOf(code: string): Set<number> {
  const tokens = (withoutComments(code).match(TOKEN) ?? []).map(hash);
  const found = new Set<number>();
  for (let i = 0; i === 0 || i + WIDTH <= tokens.length; i++) {
    let h = 0;
    for (const token of tokens.slice(i, i + WIDTH)) h = Math.imul(h ^ token, 0x85ebca6b) ^ (h >>> 13);
    found.add(h >>> 0);
  }
  return found;
}

export interface Novelty {
  /** 1 − the largest similarity; 1 where there is nothing earlier. */
  novelty: number;
  /** The earlier experiment that it is most like. */
  nearest: string | null;
}

/** The programs of one campaign, by which of them hold a shingle: a comparison with all of them reads shared ones only. */
export class ShingleIndex {
  private readonly holders = new Map<number, number[]>();
  private readonly programs: { id: string; index: number; size: number; live: boolean }[] = [];
  private readonly placeOf = new Map<string, number>();

  /** Adds a program, or replaces that of the same experiment. */
  add(id: string, index: number, shingles: ReadonlySet<number>): void {
    const before = this.placeOf.get(id);
    if (before !== undefined) this.programs[before]!.live = false;
    const place = this.programs.push({ id, index, size: shingles.size, live: true }) - 1;
    this.placeOf.set(id, place);
    for (const shingle of shingles) {
      const list = this.holders.get(shingle);
      if (list) list.push(place);
      else this.holders.set(shingle, [place]);
    }
  }

  /** Compares with the experiments of a smaller index. */
  compare(index: number, shingles: ReadonlySet<number>): Novelty {
    const shared = new Uint32Array(this.programs.length);
    for (const shingle of shingles) for (const place of this.holders.get(shingle) ?? []) shared[place]!++;
    let [most, nearest]: [number, string | null] = [0, null];
    this.programs.forEach((p, place) => {
      if (!p.live || p.index >= index) return;
      const both = shared[place]!;
      const similarity = both / (shingles.size + p.size - both);
      if (similarity > most) [most, nearest] = [similarity, p.id];
    });
    return { novelty: 1 - most, nearest };
  }
}
