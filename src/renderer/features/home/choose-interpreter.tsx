/** An interpreter of one's own is a first-class choice. */
import { useState } from "react";
import { call, useCall } from "../../api/index.ts";
import { sayError, useApp } from "../../state/app.ts";
import { Button, Field, TextInput } from "../../ui/controls.tsx";
import { Dialog, DialogClose } from "../../ui/overlays.tsx";
import { ErrorNote, Loading } from "../../ui/states.tsx";

export function ChooseInterpreter({
  open,
  onOpenChange,
  onChosen,
}: {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  onChosen: () => void;
}) {
  const { data: found, error, loading } = useCall("python.list", open ? {} : null);
  const chosen = useApp((s) => s.settings?.python ?? null);
  const [path, setPath] = useState<string | null>(null);
  const value = path ?? chosen ?? "";

  const use = (python: string | null) =>
    call("settings.set", { python })
      .then((settings) => {
        useApp.getState().setSettings(settings);
        setPath(null);
        onChosen();
      })
      .catch(sayError);

  return (
    <Dialog
      open={open}
      onOpenChange={onOpenChange}
      title="Choose a Python interpreter"
      description="One that imports torch, numpy, safetensors and einops. It is checked before anything trains with it, and nothing is installed into it."
    >
      {error && <ErrorNote error={error} />}
      {loading && !found && <Loading lines={3} />}
      {found && (
        <ul className="home-pythons">
          {found.map((p) => (
            <li key={p.path}>
              <button
                type="button"
                className="home-python"
                aria-pressed={value === p.path}
                onClick={() => setPath(p.path)}
              >
                <span className="mono clip grow">{p.path}</span>
                <span className="secondary small num">
                  Python {p.version}, {p.torch ? `torch ${p.torch}` : "no torch"}
                </span>
              </button>
            </li>
          ))}
        </ul>
      )}
      <Field label="Path" help="The program itself, such as /opt/venv/bin/python.">
        {(props) => (
          <TextInput {...props} className="mono" value={value} onChange={(e) => setPath(e.target.value)} />
        )}
      </Field>
      <div className="dialog-actions">
        {chosen !== null && (
          <Button kind="quiet" onClick={() => use(null)}>
            Use Cambrian's own
          </Button>
        )}
        <DialogClose>
          <Button>Cancel</Button>
        </DialogClose>
        <Button kind="primary" disabled={value.trim() === ""} onClick={() => use(value.trim())}>
          Use this interpreter
        </Button>
      </div>
    </Dialog>
  );
}
