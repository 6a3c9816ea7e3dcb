/** Which archive a screen shows: a list of those that are known, and a way to add one by its file. */
import { ChevronUp, File, Folder, FolderOpen, Plus } from "lucide-react";
import { type FormEvent, useState } from "react";
import type { ArchiveInfo } from "../../shared/views.ts";
import { type Called, call, useCall } from "../api/index.ts";
import { useApp } from "../state/app.ts";
import "./archive-choice.css";
import { Button, Field, IconButton, TextInput } from "./controls.tsx";
import { bytes } from "./format.ts";
import { Dialog, DialogClose } from "./overlays.tsx";
import { ErrorNote, Loading, type Problem } from "./states.tsx";

/** Endings of archive files. */
const SUFFIXES = [".sqlite", ".sqlite3", ".db"];

export interface ChosenArchive extends Omit<Called<ArchiveInfo[]>, "data"> {
  archives: ArchiveInfo[] | null;
  /** null: nothing is known yet, or there is none. It may have a `problem`. */
  archive: ArchiveInfo | null;
}

/**
 * The archive of an address, else the one looked at last, else the first that has something to show.
 * @param wanted id from the address; one that is not on the list counts as none
 */
export function useArchive(wanted: string | null | undefined): ChosenArchive {
  const { data: archives, ...rest } = useCall("archives.list", {});
  const last = useApp((s) => s.archive);
  return { archives, archive: archives && pickArchive(archives, wanted, last), ...rest };
}

export function pickArchive(
  archives: readonly ArchiveInfo[],
  wanted: string | null | undefined,
  last: string | null,
): ArchiveInfo | null {
  const known = (id: string | null | undefined) => archives.find((a) => a.id === id);
  return (
    known(wanted) ??
    known(last) ??
    archives.find((a) => a.experiments > 0) ??
    archives.find((a) => !a.problem) ??
    archives[0] ??
    null
  );
}

/** Why stars, tags and notes of an archive cannot be written; null when they can. */
export function readOnlyReason(archive: ArchiveInfo): string | null {
  if (archive.writable) return null;
  return archive.origin === "demo"
    ? "The demo archive is read-only."
    : `${archive.name} is read-only: its file or folder cannot be written.`;
}

const ADD = "+";

export function ArchiveChoice({
  archives,
  chosen,
  onChoose,
  onListed,
  label = "Archive",
}: {
  archives: readonly ArchiveInfo[];
  chosen: string | null;
  onChoose: (id: string) => void;
  /** The list has a new archive: read it again. Called before `onChoose`. */
  onListed: () => void;
  label?: string;
}) {
  const [adding, setAdding] = useState(false);
  return (
    <>
      <select
        className="input archive-choice"
        aria-label={label}
        value={chosen ?? ""}
        onChange={(event) => (event.target.value === ADD ? setAdding(true) : onChoose(event.target.value))}
      >
        {chosen === null && <option value="">No archive</option>}
        {archives.map((a) => (
          <option key={a.id} value={a.id} title={a.path}>
            {nameIn(archives, a)}
            {a.problem ? " (cannot be read)" : ""}
          </option>
        ))}
        <option value={ADD}>Open another file…</option>
      </select>
      <OpenArchive
        open={adding}
        onOpenChange={setAdding}
        onOpened={(info) => {
          onListed();
          onChoose(info.id);
        }}
      />
    </>
  );
}

/** Its name, with its folder where another has the same. */
function nameIn(archives: readonly ArchiveInfo[], { id, name, path }: ArchiveInfo): string {
  if (!archives.some((a) => a.name === name && a.id !== id)) return name;
  return `${name} in ${path.split(/[\\/]/).at(-2) ?? path}`;
}

/** What stands in the place of an archive that cannot be read. */
export function ArchiveProblem({ archive, retry }: { archive: ArchiveInfo; retry?: () => void }) {
  return archive.problem && <ErrorNote error={archive.problem} retry={retry} />;
}

/** Opens an archive's file, by its path or by looking for it. Nothing is written to it. */
export function OpenArchive({
  open,
  onOpenChange,
  onOpened,
}: {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  onOpened: (archive: ArchiveInfo) => void;
}) {
  return (
    <Dialog
      open={open}
      onOpenChange={onOpenChange}
      title="Open an archive"
      description="Any Cambrian archive can be looked at. It stays where it is."
    >
      {open && (
        <Picker
          onOpened={(info) => {
            onOpenChange(false);
            onOpened(info);
          }}
        />
      )}
    </Dialog>
  );
}

function Picker({ onOpened }: { onOpened: (archive: ArchiveInfo) => void }) {
  const [folder, setFolder] = useState<string | null>(null);
  const [path, setPath] = useState("");
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const { data, error, loading } = useCall("files.list", { folder, suffixes: SUFFIXES });

  const openFile = async (file: string) => {
    setBusy(true);
    setProblem(null);
    try {
      const info = await call("archives.open", { path: file });
      if (info.problem) setProblem(info.problem);
      else onOpened(info);
    } catch (thrown) {
      setProblem(thrown as Problem);
    } finally {
      setBusy(false);
    }
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (path.trim()) void openFile(path.trim());
  };

  return (
    <form className="stack" onSubmit={submit}>
      <div className="row">
        <IconButton
          label="Folder above"
          disabled={!data?.parent}
          onClick={() => data?.parent && setFolder(data.parent)}
        >
          <ChevronUp size={16} />
        </IconButton>
        <span className="mono clip secondary" title={data?.folder}>
          {data?.folder ?? "…"}
        </span>
      </div>
      {error && <ErrorNote error={error} retry={() => setFolder(data?.folder ?? null)} />}
      <div className="archive-files" aria-busy={loading}>
        {!data && loading && <Loading lines={4} />}
        {data && (
          <ul aria-label="Folders and archives">
            {data.entries.map((entry) => (
              <li key={entry.path}>
                <button
                  type="button"
                  aria-pressed={entry.folder ? undefined : path === entry.path}
                  disabled={busy}
                  onClick={() => (entry.folder ? setFolder(entry.path) : setPath(entry.path))}
                  onDoubleClick={() => !entry.folder && void openFile(entry.path)}
                >
                  {entry.folder ? <Folder size={14} aria-hidden /> : <File size={14} aria-hidden />}
                  <span className="clip grow">{entry.name}</span>
                  {!entry.folder && <span className="muted small num">{bytes(entry.bytes)}</span>}
                </button>
              </li>
            ))}
          </ul>
        )}
        {data?.entries.length === 0 && (
          <p className="muted small">No folder and no file that ends in {SUFFIXES.join(", ")}.</p>
        )}
      </div>
      <Field label="File">
        {(props) => (
          <TextInput
            {...props}
            className="mono"
            value={path}
            onChange={(event) => setPath(event.target.value)}
            placeholder="Path of the archive"
          />
        )}
      </Field>
      {problem && <ErrorNote error={problem} />}
      <div className="dialog-actions">
        <DialogClose>
          <Button>Cancel</Button>
        </DialogClose>
        <Button kind="primary" type="submit" disabled={busy || path.trim() === ""}>
          {busy ? "Opening" : "Open"}
        </Button>
      </div>
    </form>
  );
}

/** Where there is no archive at all. */
export function NoArchive({ onOpened }: { onOpened: (archive: ArchiveInfo) => void }) {
  const [adding, setAdding] = useState(false);
  return (
    <div className="empty">
      <p>No archive is known yet: a campaign writes one, or open a file that somebody gave you.</p>
      <div className="row">
        <Button asChild>
          <a href="#/home">
            <Plus size={14} aria-hidden /> Start the demo campaign
          </a>
        </Button>
        <Button onClick={() => setAdding(true)}>
          <FolderOpen size={14} aria-hidden /> Open a file
        </Button>
      </div>
      <OpenArchive open={adding} onOpenChange={setAdding} onOpened={onOpened} />
    </div>
  );
}
