/** The sheet of keys. */
import { useApp } from "../state/app.ts";
import { SHORTCUTS } from "../state/shortcuts.ts";
import { Button } from "../ui/controls.tsx";
import { Dialog, DialogClose } from "../ui/overlays.tsx";

export function Help() {
  const open = useApp((s) => s.help);
  const setOpen = useApp((s) => s.open);
  return (
    <Dialog open={open} onOpenChange={(o) => setOpen("help", o)} title="Keyboard shortcuts" wide>
      <div className="keys">
        {SHORTCUTS.map((s) => (
          <div key={`${s.where} ${s.keys}`}>
            <span>
              {s.does} <span className="muted small">{s.where === "Everywhere" ? "" : s.where}</span>
            </span>
            <kbd className="kbd">{s.keys}</kbd>
          </div>
        ))}
      </div>
      <div className="dialog-actions">
        <DialogClose>
          <Button>Close</Button>
        </DialogClose>
      </div>
    </Dialog>
  );
}
