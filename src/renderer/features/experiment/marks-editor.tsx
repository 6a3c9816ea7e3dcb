/** Tags and a note of the person's own. */
import { X } from "lucide-react";
import { useEffect, useState } from "react";
import { Button, Field, TextInput } from "../../ui/controls.tsx";
import { Markdown } from "../../ui/markdown.tsx";
import { withTag } from "../../ui/tags.ts";
import type { EditableMarks } from "./use-marks.ts";

export function MarksEditor({ marks: { marks, set, refused } }: { marks: EditableMarks }) {
  const [tag, setTag] = useState("");
  const add = () => {
    const tags = withTag(marks.tags, tag);
    setTag("");
    if (tags) void set({ tags });
  };
  if (refused && marks.tags.length === 0 && marks.note === "") return <p className="secondary">{refused}</p>;
  return (
    <>
      <div className="row wrap">
        {marks.tags.map((t) =>
          refused ? (
            <span key={t} className="chip">
              {t}
            </span>
          ) : (
            <button
              key={t}
              type="button"
              className="chip"
              aria-label={`Take the tag ${t} away`}
              onClick={() => void set({ tags: marks.tags.filter((other) => other !== t) })}
            >
              {t} <X size={11} aria-hidden />
            </button>
          ),
        )}
        {!refused && (
          <form
            onSubmit={(event) => {
              event.preventDefault();
              add();
            }}
          >
            <TextInput
              className="experiment-tag"
              aria-label="New tag"
              placeholder="Add a tag"
              maxLength={40}
              value={tag}
              onChange={(event) => setTag(event.target.value)}
              onBlur={add}
            />
          </form>
        )}
      </div>
      {refused ? <Markdown text={marks.note} /> : <Note note={marks.note} save={(note) => set({ note })} />}
    </>
  );
}

function Note({ note, save }: { note: string; save: (note: string) => Promise<boolean> }) {
  const [draft, setDraft] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  // A note that was changed elsewhere is not written over by a draft that says the same.
  useEffect(() => setDraft((d) => (d === note ? null : d)), [note]);
  if (draft === null)
    return (
      <>
        {note && <Markdown text={note} />}
        <div>
          <Button small onClick={() => setDraft(note)}>
            {note ? "Edit the note" : "Write a note"}
          </Button>
        </div>
      </>
    );
  const keep = async () => {
    setBusy(true);
    const kept = await save(draft);
    setBusy(false);
    if (kept) setDraft(null);
  };
  return (
    <>
      <Field label="Note" help="Markdown, with formulas between $ signs.">
        {(props) => (
          <textarea
            {...props}
            className="input"
            rows={6}
            maxLength={20_000}
            // biome-ignore lint/a11y/noAutofocus: the person has just asked to write
            autoFocus
            value={draft}
            onChange={(event) => setDraft(event.target.value)}
            onKeyDown={(event) => {
              if (event.key === "Escape") setDraft(null);
              if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) void keep();
            }}
          />
        )}
      </Field>
      <div className="row">
        <Button kind="primary" small disabled={busy} onClick={() => void keep()}>
          Save the note
        </Button>
        <Button small onClick={() => setDraft(null)}>
          Cancel
        </Button>
      </div>
    </>
  );
}
