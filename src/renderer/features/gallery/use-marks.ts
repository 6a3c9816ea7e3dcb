/** Stars, tags and notes of cards: shown at once, taken back where they cannot be stored. */
import type { Card, Marks } from "../../../shared/views.ts";
import { call } from "../../api/index.ts";
import { sayError, useApp } from "../../state/app.ts";
import type { Pages } from "./pages.ts";

/** What of the marks a card shows. */
export function shownMarks({ note, ...rest }: Partial<Marks>): Partial<Card> {
  return { ...rest, ...(note !== undefined && { hasNote: note.trim() !== "" }) };
}

/** @returns whether it was stored; a failure is told as a toast */
export async function changeMarks(
  pages: Pages,
  archive: string,
  id: string,
  marks: Partial<Marks>,
): Promise<boolean> {
  pages.overlay(id, shownMarks(marks));
  try {
    pages.settle(id, shownMarks(await call("marks.set", { archive, id, marks })));
    return true;
  } catch (error) {
    pages.overlay(id, null);
    sayError(error);
    return false;
  }
}

/** Stores what was edited, and offers the way back. */
export async function saveMarks(
  pages: Pages,
  archive: string,
  card: Pick<Card, "id" | "name">,
  before: Partial<Marks>,
  after: Partial<Marks>,
): Promise<void> {
  if (!(await changeMarks(pages, archive, card.id, after))) return;
  useApp.getState().say({
    tone: "plain",
    text: `Tags and note of ${card.name} were saved.`,
    action: { label: "Undo", run: () => void changeMarks(pages, archive, card.id, before) },
  });
}
