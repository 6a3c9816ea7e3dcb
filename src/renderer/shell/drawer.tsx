/** The terminal drawer, which any screen can open. */
import { useApp } from "../state/app.ts";
import { Terminal } from "../ui/terminal.tsx";

export function Drawer() {
  const open = useApp((s) => s.drawer);
  const setOpen = useApp((s) => s.open);
  if (!open) return null;
  return (
    <aside className="drawer" aria-label="Terminal">
      <Terminal height={240} onClose={() => setOpen("drawer", false)} />
    </aside>
  );
}
