/** Tags and note of one experiment, edited on its card. */
import { NotebookPen, NotebookText, X } from "lucide-react";
import { type FormEvent, useId, useState } from "react";
import type { Card, Marks } from "../../../shared/views.ts";
import { useCall } from "../../api/index.ts";
import { Button, TextInput } from "../../ui/controls.tsx";
import { Popover } from "../../ui/overlays.tsx";
import { ErrorNote, Loading } from "../../ui/states.tsx";
import { LONGEST_TAG, MOST_TAGS, withTag } from "../../ui/tags.ts";
import { MarkButton } from "./mark-button.tsx";

interface Props {
  archive: string;
  card: Card;
  /** Tags that the archive has already. */
  known: readonly string[];
  readOnly: string | null;
  tabIndex: number;
  onSave: (card: Card, before: Partial<Marks>, after: Partial<Marks>) => void;
}

export function MarksEditor({ card, readOnly, tabIndex, ...rest }: Props) {
  const [open, setOpen] = useState(false);
  // The list may move another experiment into this place while somebody types.
  const [edited, setEdited] = useState<Card | null>(null);
  const button = (
    <MarkButton
      label={card.hasNote ? "Note and tags" : "Add a note or tags"}
      refused={readOnly}
      tabIndex={tabIndex}
      kept={card.hasNote}
      onClick={() => {
        setEdited(card);
        setOpen(true);
      }}
    >
      {card.hasNote ? <NotebookText size={14} /> : <NotebookPen size={14} />}
    </MarkButton>
  );
  // Most cards are never edited: they are scrolled through without the popover's parts.
  if (!edited) return button;
  return (
    <Popover open={open} onOpenChange={setOpen} trigger={button} label={`Note and tags of ${edited.name}`}>
      <Loaded {...rest} key={edited.id} card={edited} onDone={() => setOpen(false)} />
    </Popover>
  );
}

type Inner = Omit<Props, "readOnly" | "tabIndex"> & { onDone: () => void };

/** The list knows only that there is a note. */
function Loaded(props: Inner) {
  const { archive, card } = props;
  const { data, error, reload } = useCall("experiments.get", { archive, id: card.id });
  if (error) return <ErrorNote error={error} retry={reload} />;
  if (!data) return <Loading lines={4} label="Reading the note" />;
  return <Form {...props} before={data.marks} />;
}

function Form({ card, before, known, onSave, onDone }: Inner & { before: Marks }) {
  const [tags, setTags] = useState(before.tags);
  const [note, setNote] = useState(before.note);
  const [typed, setTyped] = useState("");
  const list = useId();
  const add = (text: string) => {
    setTyped("");
    const all = withTag(tags, text) ?? tags;
    setTags(all);
    return all;
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    onSave(card, { tags: before.tags, note: before.note }, { tags: add(typed), note });
    onDone();
  };
  return (
    <form className="gallery-marks stack" onSubmit={submit}>
      <div className="field">
        <label htmlFor={`${list}-tag`}>Tags</label>
        {tags.length > 0 && (
          <ul className="row wrap" aria-label="Tags">
            {tags.map((tag) => (
              <li key={tag}>
                <button
                  type="button"
                  className="chip"
                  aria-label={`Remove the tag ${tag}`}
                  onClick={() => setTags(tags.filter((t) => t !== tag))}
                >
                  <span className="clip gallery-tag">{tag}</span>
                  <X size={12} aria-hidden />
                </button>
              </li>
            ))}
          </ul>
        )}
        <TextInput
          id={`${list}-tag`}
          list={list}
          value={typed}
          maxLength={LONGEST_TAG}
          placeholder="Add a tag, then Enter"
          disabled={tags.length >= MOST_TAGS}
          onChange={(event) => setTyped(event.target.value)}
          onKeyDown={(event) => {
            if (event.key !== "Enter" || typed.trim() === "") return;
            event.preventDefault();
            add(typed);
          }}
        />
        <datalist id={list}>
          {known
            .filter((tag) => !tags.includes(tag))
            .map((tag) => (
              <option key={tag} value={tag} />
            ))}
        </datalist>
      </div>
      <div className="field">
        <label htmlFor={`${list}-note`}>Note</label>
        <textarea
          id={`${list}-note`}
          className="input"
          rows={5}
          maxLength={20_000}
          value={note}
          onChange={(event) => setNote(event.target.value)}
        />
      </div>
      <div className="dialog-actions">
        <Button onClick={onDone}>Cancel</Button>
        <Button kind="primary" type="submit">
          Save
        </Button>
      </div>
    </form>
  );
}
