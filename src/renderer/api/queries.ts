/** Procedures that change nothing: after a broken connection they are simply asked again. */
import type { ProcedureName } from "../../shared/procedures.ts";

const QUERIES: ReadonlySet<ProcedureName> = new Set<ProcedureName>([
  "app.info",
  "settings.get",
  "health.check",
  "python.list",
  "diagnostics.bundle",
  "files.list",
  "archives.list",
  "campaigns.list",
  "presets.list",
  "campaigns.estimate",
  "gallery.query",
  "gallery.facets",
  "experiments.get",
  "experiments.curves",
  "experiments.log",
  "experiments.call",
  "experiments.diagram",
  "experiments.export",
  "tree.get",
  "insights.get",
  "cognition.list",
  "cognition.usage",
  "cognition.review",
  "models.get",
]);

export const isQuery = (name: ProcedureName): boolean => QUERIES.has(name);
