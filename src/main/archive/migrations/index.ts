/** Numbered, forward only: the SQL at place n takes an archive from version n to version n + 1. Never edit an old one. */
import schema from "./001-schema.ts";
import models from "./002-models.ts";
import graphs from "./003-graphs.ts";
import gallery from "./004-gallery.ts";
import baselineCurves from "./005-baseline-curves.ts";

export const MIGRATIONS: readonly string[] = [schema, models, graphs, gallery, baselineCurves];

/** "Camb": marks the file as ours in SQLite's header. */
export const APPLICATION_ID = 0x43616d62;
