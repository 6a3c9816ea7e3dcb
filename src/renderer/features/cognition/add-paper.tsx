/** Reads a paper into entries, which then wait for review. */
import { useState } from "react";
import { call } from "../../api/index.ts";
import { useApp } from "../../state/app.ts";
import { Button, Field, TextInput } from "../../ui/controls.tsx";
import { plural } from "../../ui/format.ts";
import { Dialog, DialogClose } from "../../ui/overlays.tsx";
import { ErrorNote, Note, type Problem } from "../../ui/states.tsx";

export function AddPaper({
  open,
  onClose,
  onAdded,
}: {
  open: boolean;
  onClose: () => void;
  onAdded: () => void;
}) {
  const [path, setPath] = useState("");
  const [state, setState] = useState<"busy" | { error: Problem } | { problems: string[] } | null>(null);
  const add = async () => {
    setState("busy");
    try {
      const { waiting, problems } = await call("cognition.add", { path: path.trim() });
      onAdded();
      if (problems.length > 0) return setState({ problems });
      useApp
        .getState()
        .say({ tone: "plain", text: `${plural(waiting.length, "entry waits", "entries wait")} for review.` });
      setState(null);
      onClose();
    } catch (error) {
      setState({ error: error as Problem });
    }
  };
  return (
    <Dialog
      open={open}
      onOpenChange={(next) => !next && state !== "busy" && onClose()}
      title="Add a paper"
      description="A text, Markdown or PDF file, an arXiv listing, or ASI-Arch's own cognition JSON. All but the last are read by the model that plays the extractor; what it finds waits here for your review."
    >
      <Field label="File" help="Its path on the machine that Cambrian runs on.">
        {(props) => (
          <TextInput
            {...props}
            className="mono"
            placeholder="/home/me/papers/gated-delta.pdf"
            value={path}
            onChange={(event) => setPath(event.target.value)}
          />
        )}
      </Field>
      {state !== null && state !== "busy" && "error" in state && <ErrorNote error={state.error} />}
      {state !== null && state !== "busy" && "problems" in state && (
        <Note tone="warn">
          {state.problems.map((p) => (
            <p key={p}>{p}</p>
          ))}
        </Note>
      )}
      <div className="dialog-actions">
        <DialogClose>
          <Button disabled={state === "busy"}>Close</Button>
        </DialogClose>
        <Button kind="primary" disabled={path.trim() === "" || state === "busy"} onClick={add}>
          {state === "busy" ? "Reading…" : "Read it"}
        </Button>
      </div>
    </Dialog>
  );
}
