/** A canvas knows no variables: it has to read its colours anew when another theme or palette is put on. */
import { useEffect, useState } from "react";

/** Counts the changes of theme and palette. */
export function useTheme(): number {
  const [changes, setChanges] = useState(0);
  useEffect(() => {
    const watcher = new MutationObserver(() => setChanges((n) => n + 1));
    watcher.observe(document.documentElement, { attributeFilter: ["data-theme", "data-palette"] });
    return () => watcher.disconnect();
  }, []);
  return changes;
}
