/** Short notes that go by themselves, with a way back where something was taken away. */
import { X } from "lucide-react";
import { useApp } from "../state/app.ts";
import { Button, IconButton } from "./controls.tsx";

export function Toasts() {
  const toasts = useApp((s) => s.toasts);
  const dismiss = useApp((s) => s.dismiss);
  return (
    <section className="toasts" aria-label="Notes" aria-live="polite">
      {toasts.map((t) => (
        <div key={t.id} className={`toast ${t.tone}`} role={t.tone === "bad" ? "alert" : "status"}>
          <div className="grow">
            <p>{t.text}</p>
            {t.fix && <p className="secondary">{t.fix}</p>}
          </div>
          {t.action && (
            <Button
              small
              onClick={() => {
                t.action?.run();
                dismiss(t.id);
              }}
            >
              {t.action.label}
            </Button>
          )}
          <IconButton label="Dismiss" small onClick={() => dismiss(t.id)}>
            <X size={14} />
          </IconButton>
        </div>
      ))}
    </section>
  );
}
