/** An entry of one's own, new or changed. */
import { useState } from "react";
import type { CognitionEntry } from "../../../shared/cognition.ts";
import { call } from "../../api/index.ts";
import { sayError } from "../../state/app.ts";
import { replaceQuery } from "../../state/route.ts";
import { Button, Field, NumberInput, TextInput } from "../../ui/controls.tsx";
import { Dialog, DialogClose } from "../../ui/overlays.tsx";
import { entryProblems, freeId, idFor, plainEntry } from "./entry.ts";

const BLANK: CognitionEntry = {
  id: "",
  paper: { arxiv: null, title: "", authors: "", year: new Date().getFullYear() },
  scenario: "",
  algorithm: "",
  context: "",
  tags: [],
  citation: "",
};

const LONG = [
  ["scenario", "When it helps", "The symptom, as a report would put it."],
  ["algorithm", "Method", "The core in a few lines, with the formula between $ signs."],
  ["context", "In the field", "What it came from, what it costs, where it fails."],
] as const;

export function EntryEditor({
  entry,
  taken = [],
  onClose,
  onStored,
}: {
  entry: CognitionEntry | null;
  /** Ids that a new entry must not have: it would replace another. */
  taken?: readonly string[];
  onClose: () => void;
  onStored: () => void;
}) {
  const [draft, setDraft] = useState<CognitionEntry>(entry ? plainEntry(entry) : BLANK);
  const [tags, setTags] = useState((entry?.tags ?? []).join(", "));
  const [tried, setTried] = useState(false);
  const { paper } = draft;
  const whole: CognitionEntry = {
    ...draft,
    id: entry?.id ?? freeId(idFor(paper.title, paper.year), taken),
    tags: tags
      .split(",")
      .map((t) => t.trim())
      .filter(Boolean),
  };
  const problems = entryProblems(whole);
  const error = (field: string) => (tried ? (problems[field] ?? null) : null);
  const setPaper = (part: Partial<CognitionEntry["paper"]>) =>
    setDraft({ ...draft, paper: { ...paper, ...part } });
  const store = async () => {
    setTried(true);
    if (Object.keys(problems).length > 0) return;
    try {
      await call("cognition.save", whole);
      onStored();
      replaceQuery({ id: whole.id });
      onClose();
    } catch (failure) {
      sayError(failure);
    }
  };
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={entry ? "Edit the entry" : "Write an entry"}
      description="Kept in your data folder, beside the entries that come with Cambrian."
      wide
    >
      <div className="cognition-fields">
        <Field label="Title of the paper" error={error("paper.title")}>
          {(p) => (
            <TextInput {...p} value={paper.title} onChange={(e) => setPaper({ title: e.target.value })} />
          )}
        </Field>
        <Field label="Authors" error={error("paper.authors")}>
          {(p) => (
            <TextInput {...p} value={paper.authors} onChange={(e) => setPaper({ authors: e.target.value })} />
          )}
        </Field>
        <Field label="Year" error={error("paper.year")}>
          {(p) => (
            <NumberInput
              {...p}
              value={paper.year}
              onChange={(year) => setPaper({ year: year ?? Number.NaN })}
            />
          )}
        </Field>
        <Field label="arXiv number" error={error("paper.arxiv")}>
          {(p) => (
            <TextInput
              {...p}
              value={paper.arxiv ?? ""}
              onChange={(e) => setPaper({ arxiv: e.target.value.trim() || null })}
            />
          )}
        </Field>
      </div>
      {LONG.map(([name, label, help]) => (
        <Field key={name} label={label} help={help} error={error(name)}>
          {(p) => (
            <textarea
              {...p}
              className="input"
              rows={4}
              value={draft[name]}
              onChange={(e) => setDraft({ ...draft, [name]: e.target.value })}
            />
          )}
        </Field>
      ))}
      <Field label="Tags" help="Separated by commas." error={error("tags")}>
        {(p) => <TextInput {...p} value={tags} onChange={(e) => setTags(e.target.value)} />}
      </Field>
      <Field label="Citation" error={error("citation")}>
        {(p) => (
          <TextInput
            {...p}
            value={draft.citation}
            onChange={(e) => setDraft({ ...draft, citation: e.target.value })}
          />
        )}
      </Field>
      <div className="dialog-actions">
        <DialogClose>
          <Button>Cancel</Button>
        </DialogClose>
        <Button kind="primary" onClick={store}>
          Store entry
        </Button>
      </div>
    </Dialog>
  );
}
