/** What experiments drew on of the cognition base. */
import type { Retrieved } from "../../shared/cognition.ts";
import type { Relative } from "../../shared/views.ts";
import { RELATIVE, readRelative } from "./card-rows.ts";
import type { Connection } from "./open.ts";
import type { Row } from "./rows.ts";

/** Experiments with the entries that their analysts' queries found; those that found none are left out. */
export const retrieved = (db: Connection): { experiment: Relative; found: Retrieved[] }[] =>
  (
    db
      .prepare(
        `SELECT ${RELATIVE}, e.cognition FROM experiments e JOIN cards c ON c.number = e.number
         WHERE e.cognition <> '[]' ORDER BY e.number DESC`,
      )
      .all() as Row[]
  ).map((row) => ({ experiment: readRelative(row), found: JSON.parse(row.cognition as string) }));
