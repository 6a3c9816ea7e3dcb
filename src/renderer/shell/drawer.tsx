/** The terminal drawer, which any screen can open. */
import { lazy, Suspense } from "react";
import { useApp } from "../state/app.ts";
import { Loading } from "../ui/states.tsx";

const TerminalPanel = lazy(() => import("../ui/terminal-panel.tsx"));

export function Drawer() {
  const open = useApp((s) => s.drawer);
  const setOpen = useApp((s) => s.open);
  if (!open) return null;
  return (
    <aside className="drawer" aria-label="Terminal">
      <Suspense fallback={<Loading lines={3} />}>
        <TerminalPanel height={240} onClose={() => setOpen("drawer", false)} />
      </Suspense>
    </aside>
  );
}
