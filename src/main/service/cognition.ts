/** The knowledge base on a screen: read, searched, extended by entries of the user's own. */
import type { Output, Procedures } from "../../shared/procedures.ts";
import type { Context } from "./context.ts";

/** Entries that a search shows at most; their scores fall off long before. */
const MOST_FOUND = 1000;

export type Usage = Output<"cognition.usage">;

/** Where entries were drawn on, over all known archives, by entry. */
export type Uses = (signal: AbortSignal) => Promise<ReadonlyMap<string, Usage>>;

export const cognitionProcedures = (
  ctx: Pick<Context, "program">,
  uses: Uses,
): Pick<
  Procedures,
  | "cognition.list"
  | "cognition.usage"
  | "cognition.add"
  | "cognition.save"
  | "cognition.remove"
  | "cognition.review"
  | "cognition.decide"
> => {
  const desk = async () => (await ctx.program()).cognition();
  return {
    "cognition.list": async ({ text, tag }, signal) => {
      const base = await desk();
      const used = await uses(signal);
      const own = new Set(base.own());
      const asked = text.trim() !== "";
      const found = asked ? await base.search(text, MOST_FOUND) : [];
      const scores = new Map(found.map((f) => [f.id, f.score]));
      const entries = base.list(tag ?? undefined).map((entry) => ({
        ...entry,
        score: scores.get(entry.id) ?? null,
        own: own.has(entry.id),
        used: used.get(entry.id)?.length ?? 0,
      }));
      const problems = base.problems();
      if (!asked) return { entries, problems };
      const best = entries.filter((e) => e.score !== null).sort((a, b) => b.score! - a.score!);
      return { entries: best, problems };
    },
    "cognition.usage": async ({ id }, signal) => [...((await uses(signal)).get(id) ?? [])],
    "cognition.add": async ({ path }) => (await desk()).add(path),
    "cognition.save": async (entry) => {
      (await desk()).save(entry);
      return { ok: true };
    },
    "cognition.remove": async ({ id }) => {
      (await desk()).remove(id);
      return { ok: true };
    },
    "cognition.review": async () => (await desk()).review(),
    "cognition.decide": async ({ id, accept }) => {
      const base = await desk();
      return accept ? base.accept([id]) : base.reject([id]);
    },
  };
};
