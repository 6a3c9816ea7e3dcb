/** What all screens share: the archive that is looked at, the comparison, notes to the user, and what is open. */
import { create } from "zustand";
import type { Settings } from "../../shared/settings.ts";

export interface Item {
  archive: string;
  id: string;
  name: string;
}

export interface Toast {
  id: number;
  tone: "plain" | "bad";
  text: string;
  fix?: string | null;
  /** A way back: "Undo", or a way on. */
  action?: { label: string; run: () => void };
}

/** As many as the comparison's colours and columns can tell apart. */
export const MOST_COMPARED = 20;

interface App {
  settings: Settings | null;
  /** Archive that Gallery, Tree and Insights show; null: the first there is. */
  archive: string | null;
  compared: Item[];
  toasts: Toast[];
  palette: boolean;
  help: boolean;
  /** The terminal drawer. */
  drawer: boolean;

  setSettings(settings: Settings): void;
  setArchive(archive: string | null): void;
  toggleCompared(item: Item): void;
  clearCompared(): void;
  say(toast: Omit<Toast, "id">): void;
  dismiss(id: number): void;
  open(what: "palette" | "help" | "drawer", open: boolean): void;
}

const KEY = "cambrian";
const TOAST_MS = 8000;

interface Kept {
  archive: string | null;
  compared: Item[];
}

/** What a reload should not lose. */
function kept(): Kept {
  try {
    const { archive = null, compared = [] } = JSON.parse(globalThis.localStorage?.getItem(KEY) ?? "{}");
    return { archive, compared: Array.isArray(compared) ? compared.slice(0, MOST_COMPARED) : [] };
  } catch {
    return { archive: null, compared: [] };
  }
}

let lastToast = 0;

export const useApp = create<App>((set, get) => ({
  settings: null,
  ...kept(),
  toasts: [],
  palette: false,
  help: false,
  drawer: false,

  setSettings: (settings) => set({ settings }),
  setArchive: (archive) => set({ archive }),
  toggleCompared(item) {
    const { compared, say } = get();
    const without = compared.filter((c) => c.id !== item.id || c.archive !== item.archive);
    if (without.length < compared.length) return set({ compared: without });
    if (compared.length >= MOST_COMPARED)
      return say({
        tone: "bad",
        text: `At most ${MOST_COMPARED} experiments can be compared.`,
        fix: "Take one out first.",
      });
    set({ compared: [...compared, item] });
  },
  clearCompared() {
    const before = get().compared;
    set({ compared: [] });
    if (before.length > 0)
      get().say({
        tone: "plain",
        text: "The comparison was emptied.",
        action: { label: "Undo", run: () => set({ compared: before }) },
      });
  },
  say(toast) {
    const id = ++lastToast;
    set({ toasts: [...get().toasts.slice(-3), { id, ...toast }] });
    setTimeout(() => get().dismiss(id), TOAST_MS);
  },
  dismiss: (id) => set({ toasts: get().toasts.filter((t) => t.id !== id) }),
  open: (what, open) => set({ [what]: open }),
}));

useApp.subscribe(({ archive, compared }, before) => {
  if (archive === before.archive && compared === before.compared) return;
  try {
    globalThis.localStorage?.setItem(KEY, JSON.stringify({ archive, compared } satisfies Kept));
  } catch {
    // A browser that keeps nothing: it is forgotten at the next reload.
  }
});

/** Tells of a failure as a toast; for actions, where there is no place on the page that the error belongs to. */
export function sayError(error: unknown): void {
  const { message, fix } = error as { message?: string; fix?: string | null };
  useApp.getState().say({ tone: "bad", text: message ?? String(error), fix: fix ?? null });
}
