/** Archives and the data folder. */
import { useState } from "react";
import type { ArchiveInfo } from "../../../shared/views.ts";
import { call, useCall } from "../../api/index.ts";
import { sayError, useApp } from "../../state/app.ts";
import { Button, Field, TextInput } from "../../ui/controls.tsx";
import { bytes, count } from "../../ui/format.ts";
import { Dialog, DialogClose } from "../../ui/overlays.tsx";
import { ErrorNote, Loading } from "../../ui/states.tsx";
import { Line, Section } from "./section.tsx";

export function Storage() {
  const { data: info } = useCall("app.info", {});
  const { data: archives, error, reload } = useCall("archives.list", {});
  const [backup, setBackup] = useState<ArchiveInfo | null>(null);
  const forget = async (archive: ArchiveInfo) => {
    try {
      await call("archives.forget", { archive: archive.id });
      reload();
      useApp.getState().say({
        tone: "plain",
        text: `${archive.name} is off the list. The file was not touched.`,
        action: {
          label: "Undo",
          run: () => void call("archives.open", { path: archive.path }).then(reload, sayError),
        },
      });
    } catch (failure) {
      sayError(failure);
    }
  };
  return (
    <Section id="storage" title="Storage">
      <Line name="Data folder" help="Set by CAMBRIAN_HOME.">
        <span className="mono">{info?.home ?? "…"}</span>
      </Line>
      {error && <ErrorNote error={error} retry={reload} />}
      {!archives && !error && <Loading lines={3} />}
      {archives && (
        <table>
          <thead>
            <tr>
              <th>Archive</th>
              <th className="num">Experiments</th>
              <th className="num">Size</th>
              <th>
                <span className="hidden-text">Actions</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {archives.map((a) => (
              <tr key={a.id}>
                <td className="settings-archive">
                  <span className="clip" title={a.path}>
                    {a.name} {!a.writable && !a.problem && <span className="muted">read-only</span>}
                  </span>
                  {a.problem ? (
                    <span className="field-error">
                      {a.problem.message} {a.problem.fix}
                    </span>
                  ) : (
                    <span className="muted small clip">{a.path}</span>
                  )}
                </td>
                <td className="num">{a.problem ? "–" : count(a.experiments)}</td>
                <td className="num">{bytes(a.bytes)}</td>
                <td>
                  <span className="row settings-actions">
                    <Button small disabled={a.problem !== null} onClick={() => setBackup(a)}>
                      Copy to…
                    </Button>
                    {a.origin === "recent" && (
                      <Button small kind="quiet" onClick={() => forget(a)}>
                        Take off the list
                      </Button>
                    )}
                  </span>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {backup && <Backup archive={backup} onClose={() => setBackup(null)} />}
    </Section>
  );
}

function Backup({ archive, onClose }: { archive: ArchiveInfo; onClose: () => void }) {
  const [to, setTo] = useState(archive.path.replace(/(\.\w+)?$/, "-copy$1"));
  const [busy, setBusy] = useState(false);
  const copy = async () => {
    setBusy(true);
    try {
      const { bytes: size } = await call("archives.backup", { archive: archive.id, to });
      useApp.getState().say({ tone: "plain", text: `Copied ${bytes(size)} to ${to}.` });
      onClose();
    } catch (failure) {
      sayError(failure);
      setBusy(false);
    }
  };
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={`Copy ${archive.name}`}
      description="A consistent copy, also while a campaign writes to it."
    >
      <Field label="To" help="A file that does not exist yet.">
        {(props) => (
          <TextInput {...props} className="mono" value={to} onChange={(e) => setTo(e.target.value)} />
        )}
      </Field>
      <div className="dialog-actions">
        <DialogClose>
          <Button>Cancel</Button>
        </DialogClose>
        <Button kind="primary" disabled={busy || to.trim() === ""} onClick={copy}>
          {busy ? "Copying…" : "Copy"}
        </Button>
      </div>
    </Dialog>
  );
}
