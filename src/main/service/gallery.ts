/** Archives, their experiments, and what is drawn of them: thin, over the archive's reader. */
import { resolve } from "node:path";
import type { Procedures } from "../../shared/procedures.ts";
import type { Diagram } from "../../shared/views.ts";
import { CallFailure } from "../server/service.ts";
import type { Context } from "./context.ts";

type Needs = Pick<Context, "home" | "archives" | "program" | "running"> & { touched(archive: string): void };
type Served = Pick<
  Procedures,
  | "archives.list"
  | "archives.open"
  | "archives.forget"
  | "archives.backup"
  | "gallery.query"
  | "gallery.facets"
  | "marks.set"
  | "experiments.get"
  | "experiments.curves"
  | "experiments.log"
  | "experiments.call"
  | "experiments.diagram"
  | "experiments.export"
  | "tree.get"
  | "insights.get"
>;

const found = <T>(value: T | null, what: string): T => {
  if (value !== null) return value;
  throw new CallFailure("missing", `The archive holds no such ${what}.`, null);
};

export function galleryProcedures(ctx: Needs): Served {
  const { archives } = ctx;

  const viewOf = async (archive: string, id: string) => {
    const view = found(await archives.read(archive, (reader) => reader.view(id)), "experiment");
    return { ...view, archive };
  };

  /** As it was stored, else drawn now from the graph; null where none was traced. */
  async function diagramOf(archive: string, id: string): Promise<Diagram | null> {
    const stored = await archives.read(archive, (reader) => reader.diagram(id));
    if (stored) return stored;
    const graph = await archives.read(archive, (reader) => reader.graph(id));
    if (!graph) return null;
    const { layout, svg } = await (await ctx.program()).draw(graph);
    return { graph, layout, svg };
  }

  return {
    "archives.list": () => archives.list(),
    "archives.open": async ({ path }) => {
      const file = resolve(ctx.home, path);
      // Before it is put on the list: a file that is no archive is refused with its reason.
      await (await (await ctx.program()).reader(file)).close();
      return archives.info(archives.remember(file));
    },
    "archives.forget": async ({ archive }) => {
      if (ctx.running()?.archive === archive)
        throw new CallFailure("busy", "A campaign runs in this archive.", "Pause or stop it first.");
      archives.forget(archive);
      return { ok: true };
    },
    "archives.backup": async ({ archive, to }) => {
      const { path } = archives.get(archive);
      return { bytes: await (await ctx.program()).backup(path, resolve(ctx.home, to)) };
    },

    "gallery.query": ({ archive, ...query }) => archives.read(archive, (reader) => reader.gallery(query)),
    "gallery.facets": ({ archive, filter }) => archives.read(archive, (reader) => reader.facets(filter)),
    "marks.set": async ({ archive, id, marks }) => {
      const { path, origin } = archives.get(archive);
      if (origin === "demo")
        throw new CallFailure(
          "read_only",
          "The demo archive comes with Cambrian and is not written to. Nothing was changed.",
          "Make a backup of it, and open that.",
        );
      const stored = await (await ctx.program()).mark(path, id, marks);
      // Its reader has a copy of the older version, which nobody writes to.
      if (stored.migrated) await archives.release(archive);
      ctx.touched(archive);
      return stored.marks;
    },

    "experiments.get": ({ archive, id }) => viewOf(archive, id),
    "experiments.curves": ({ archive, id }) => archives.read(archive, (reader) => reader.curvesOf(id)),
    "experiments.log": async ({ archive, id }) => ({
      text: await archives.read(archive, (reader) => reader.logOf(id)),
    }),
    "experiments.call": async ({ archive, call }) =>
      found(await archives.read(archive, (reader) => reader.callTexts(call)), "request"),
    "experiments.diagram": ({ archive, id }) => diagramOf(archive, id),
    "experiments.export": async ({ archive, id, format }) => {
      const view = await viewOf(archive, id);
      const svg = format === "svg" ? ((await diagramOf(archive, id))?.svg ?? null) : null;
      if (format === "svg" && svg === null)
        throw new CallFailure("no_diagram", "No module graph of this mixer was traced.", null);
      return (await ctx.program()).exportOf(view, format, svg);
    },

    "tree.get": ({ archive, campaign }) => archives.read(archive, (reader) => reader.tree(campaign)),
    "insights.get": async ({ archive, campaign }) => {
      const [insights, promoted] = await archives.read(archive, (reader) =>
        Promise.all([reader.insights(campaign), reader.promoted(campaign)]),
      );
      const all = found(insights, "campaign");
      return { ...all, proxy: (await ctx.program()).proxy(all.campaign, promoted) };
    },
  };
}
