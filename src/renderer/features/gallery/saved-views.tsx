/** Filters, order and layout under a name, kept in the settings. */
import { Bookmark, Pencil, Trash2 } from "lucide-react";
import { type FormEvent, useState } from "react";
import type { SavedView } from "../../../shared/settings.ts";
import { call } from "../../api/index.ts";
import { sayError, useApp } from "../../state/app.ts";
import { Button, IconButton, TextInput } from "../../ui/controls.tsx";
import { Popover } from "../../ui/overlays.tsx";
import { sortOf, type View } from "./address.ts";

const LONGEST_NAME = 80;
const NO_VIEWS: readonly SavedView[] = [];

/** Stores the views. @returns whether it was done; a failure is told as a toast */
async function store(views: readonly SavedView[]): Promise<boolean> {
  try {
    useApp.getState().setSettings(await call("settings.set", { views: [...views] }));
    return true;
  } catch (error) {
    sayError(error);
    return false;
  }
}

/** The views as they are now: other windows and "Undo" change them too. */
const current = () => useApp.getState().settings?.views ?? NO_VIEWS;

async function remove(view: SavedView): Promise<void> {
  const at = current().findIndex((v) => v.id === view.id);
  if (!(await store(current().filter((v) => v.id !== view.id)))) return;
  useApp.getState().say({
    tone: "plain",
    text: `The view ${view.name} was deleted.`,
    action: { label: "Undo", run: () => void store(current().toSpliced(at, 0, view)) },
  });
}

export function SavedViews({ view, onApply }: { view: View; onApply: (view: Partial<View>) => void }) {
  const views = useApp((s) => s.settings?.views ?? NO_VIEWS);
  const [open, setOpen] = useState(false);
  return (
    <Popover
      label="Saved views"
      open={open}
      onOpenChange={setOpen}
      trigger={
        <Button>
          <Bookmark size={14} aria-hidden />
          Views
        </Button>
      }
    >
      <div className="gallery-views stack">
        {views.length === 0 && (
          <p className="secondary small">Filters, order and layout can be kept under a name.</p>
        )}
        {views.length > 0 && (
          <ul>
            {views.map((v) => (
              <SavedRow
                key={v.id}
                view={v}
                onApply={() => {
                  onApply({ filter: v.filter, sort: v.sort, layout: v.layout });
                  setOpen(false);
                }}
              />
            ))}
          </ul>
        )}
        <NameForm
          label="Name of the view"
          name=""
          button="Save this view"
          onName={(name) =>
            store([
              ...current(),
              { id: crypto.randomUUID(), name, filter: view.filter, sort: sortOf(view), layout: view.layout },
            ])
          }
        />
      </div>
    </Popover>
  );
}

function SavedRow({ view, onApply }: { view: SavedView; onApply: () => void }) {
  const [renaming, setRenaming] = useState(false);
  if (renaming)
    return (
      <li>
        <NameForm
          label={`New name of ${view.name}`}
          name={view.name}
          button="Rename"
          onName={async (name) => {
            const done = await store(current().map((v) => (v.id === view.id ? { ...v, name } : v)));
            if (done) setRenaming(false);
            return done;
          }}
        />
      </li>
    );
  return (
    <li className="gallery-view">
      <button type="button" className="clip grow" onClick={onApply} title={view.name}>
        {view.name}
      </button>
      <IconButton small label={`Rename ${view.name}`} onClick={() => setRenaming(true)}>
        <Pencil size={14} />
      </IconButton>
      <IconButton small label={`Delete ${view.name}`} onClick={() => void remove(view)}>
        <Trash2 size={14} />
      </IconButton>
    </li>
  );
}

function NameForm({
  label,
  name,
  button,
  onName,
}: {
  label: string;
  name: string;
  button: string;
  onName: (name: string) => Promise<boolean>;
}) {
  const [typed, setTyped] = useState(name);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (typed.trim() && (await onName(typed.trim()))) setTyped("");
  };
  return (
    <form className="row" onSubmit={submit}>
      <TextInput
        aria-label={label}
        placeholder={label}
        maxLength={LONGEST_NAME}
        value={typed}
        onChange={(event) => setTyped(event.target.value)}
      />
      <Button type="submit" disabled={typed.trim() === ""}>
        {button}
      </Button>
    </form>
  );
}
