/** Keys, in one table: what the help sheet lists is what works. */

export interface Shortcut {
  /** As shown: "⌘ K" or "Ctrl K", "g then h". */
  keys: string;
  does: string;
  where: string;
}

export const isMac = /mac/i.test(globalThis.navigator?.platform ?? "");
export const MOD = isMac ? "⌘" : "Ctrl";

/** Second key after "g", and the page that it leads to. */
export const GO: Record<string, { page: string; name: string }> = {
  h: { page: "home", name: "Home" },
  c: { page: "campaigns", name: "Campaigns" },
  l: { page: "live", name: "the live campaign" },
  g: { page: "gallery", name: "Gallery" },
  t: { page: "tree", name: "Tree" },
  o: { page: "compare", name: "Compare" },
  i: { page: "insights", name: "Insights" },
  k: { page: "cognition", name: "Cognition" },
  s: { page: "settings", name: "Settings" },
};

export const SHORTCUTS: readonly Shortcut[] = [
  { keys: `${MOD} K`, does: "Command palette", where: "Everywhere" },
  { keys: "?", does: "This sheet", where: "Everywhere" },
  { keys: `${MOD} J`, does: "Terminal", where: "Everywhere" },
  ...Object.entries(GO).map(([key, { name }]) => ({
    keys: `g then ${key}`,
    does: `Go to ${name}`,
    where: "Everywhere",
  })),
  { keys: "Esc", does: "Close what is open", where: "Everywhere" },
  { keys: "/", does: "Search", where: "Gallery, Cognition" },
  { keys: "← ↑ → ↓", does: "Walk", where: "Gallery, Tree" },
  { keys: "Enter", does: "Open", where: "Gallery, Tree" },
  { keys: "Space", does: "Add to the comparison, or take out", where: "Gallery, Tree" },
  { keys: "s", does: "Star", where: "Gallery, Architecture" },
  { keys: "[ and ]", does: "Previous and next experiment", where: "Architecture" },
  { keys: "+ − 0", does: "Zoom in, out, and fit", where: "Tree, Diagram" },
];

/** Whether a key press belongs to a field that is being typed in. */
export function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return (
    target.isContentEditable ||
    /^(input|textarea|select)$/i.test(target.tagName) ||
    target.closest(".xterm, .cm-editor") !== null
  );
}
