/** Where entries of the cognition base were drawn on, over all archives that are known. */
import type { Output } from "../../shared/procedures.ts";
import type { Archives } from "./archives.ts";

type Usage = Output<"cognition.usage">;

/** An archive is read again after this long, or when `changes` of it moved. */
const REMEMBERED_MS = 30_000;

/** @param changes counts up, by archive, whenever something of it changed */
export function createUses(
  archives: Archives,
  changes: () => Record<string, number>,
): (signal: AbortSignal) => Promise<ReadonlyMap<string, Usage>> {
  const read = new Map<
    string,
    { at: number; change: number; usage: [entry: string, use: Usage[number]][] }
  >();

  async function usageOf(archive: string) {
    const change = changes()[archive] ?? 0;
    const known = read.get(archive);
    if (known && known.change === change && performance.now() - known.at < REMEMBERED_MS) return known.usage;
    const rows = await archives.read(archive, (reader) => reader.retrieved());
    const usage = rows.flatMap(({ experiment, found }) =>
      found.map(({ id, query, score }): [string, Usage[number]] => [
        id,
        { archive, experiment, query, score },
      ]),
    );
    read.set(archive, { at: performance.now(), change, usage });
    return usage;
  }

  return async (signal) => {
    const all = new Map<string, Usage>();
    for (const { id } of archives.known()) {
      signal.throwIfAborted();
      // archives.list says why one cannot be read.
      for (const [entry, use] of await usageOf(id).catch(() => [])) {
        const uses = all.get(entry) ?? [];
        uses.push(use);
        all.set(entry, uses);
      }
    }
    return all;
  };
}
