/** Stars, tags and notes: written beside a running campaign, over a connection of their own that lives for one change. */
import { Marks } from "../../shared/views.ts";
import { ArchiveError, guarded } from "./errors.ts";
import { MIGRATIONS } from "./migrations/index.ts";
import { type Connection, connect, connectChecked, locate } from "./open.ts";
import { checked, type Row } from "./rows.ts";
import { openArchive } from "./writer.ts";

const NONE: Marks = { starred: false, tags: [], note: "" };

export function marksOf(db: Connection, experimentId: string): Marks {
  const row = db.prepare("SELECT starred, tags, note FROM marks WHERE experiment_id = ?").get(experimentId) as
    | Row
    | undefined;
  return row
    ? { starred: row.starred === 1, tags: JSON.parse(row.tags as string), note: row.note as string }
    : NONE;
}

/**
 * Changes what is given and keeps the rest. Works while any process holds the archive's writer lock, because SQLite takes
 * turns; waits up to 5 s for one. An archive of an older version is migrated first.
 * @returns the marks as stored, and whether it was migrated
 * @throws ArchiveError read_only, missing (no such experiment), busy, locked (to be migrated, and in use), …
 */
export function setMarks(
  file: string,
  experimentId: string,
  patch: Partial<Marks>,
): { marks: Marks; migrated: boolean } {
  return guarded(file, () => {
    const path = locate(file);
    const { db: probe, found } = connectChecked(path, MIGRATIONS.length);
    probe.close();
    const migrated = found < MIGRATIONS.length;
    if (migrated) openArchive(path).close();
    const db = connect(path, "write");
    try {
      db.pragma("synchronous = FULL");
      return { marks: db.transaction(() => change(db, path, experimentId, patch)).immediate(), migrated };
    } finally {
      db.close();
    }
  });
}

function change(db: Connection, path: string, experimentId: string, patch: Partial<Marks>): Marks {
  if (!db.prepare("SELECT 1 FROM experiments WHERE id = ?").get(experimentId))
    throw new ArchiveError(
      "missing",
      `The archive ${path} has no experiment ${experimentId}.`,
      "Open it again: it may be another file now.",
    );
  const { starred, tags, note } = checked(Marks, { ...marksOf(db, experimentId), ...patch }, "A mark");
  const marks = {
    starred,
    tags: [...new Set(tags.map((tag) => tag.toWellFormed().trim()).filter((tag) => tag !== ""))],
    note: note.toWellFormed(),
  };
  db.prepare(
    `INSERT INTO marks (experiment_id, starred, tags, note, updated_at) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT (experiment_id) DO UPDATE SET starred = excluded.starred, tags = excluded.tags, note = excluded.note,
       updated_at = excluded.updated_at`,
  ).run(experimentId, starred ? 1 : 0, JSON.stringify(marks.tags), marks.note, new Date().toISOString());
  return marks;
}
