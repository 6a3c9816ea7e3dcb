/** Storing a row under its key, whether it is there already or not. */
import type { Connection } from "./open.ts";
import type { Row } from "./rows.ts";

/** INSERT … ON CONFLICT DO UPDATE that touches nothing, and reports no change, when the row is already as given. */
export function upsert(db: Connection, table: string, keys: readonly string[], row: Row): boolean {
  const columns = Object.keys(row);
  const rest = columns.filter((c) => !keys.includes(c));
  const list = (prefix: string) => rest.map((c) => prefix + c).join(", ");
  return (
    db
      .prepare(
        `INSERT INTO ${table} (${columns.join(", ")}) VALUES (${columns.map((c) => `@${c}`).join(", ")})
         ON CONFLICT (${keys.join(", ")}) DO UPDATE SET ${rest.map((c) => `${c} = excluded.${c}`).join(", ")}
         WHERE (${list(`${table}.`)}) IS NOT (${list("excluded.")})`,
      )
      .run(row).changes > 0
  );
}
