/** The keys that work everywhere. */
import { useEffect } from "react";
import { useApp } from "../state/app.ts";
import { go, to } from "../state/route.ts";
import { GO, isMac, isTyping } from "../state/shortcuts.ts";

/** How long "g" waits for its second key. */
const CHORD_MS = 1200;

export function useKeys(): void {
  useEffect(() => {
    let chord = Number.NEGATIVE_INFINITY;
    const press = (event: KeyboardEvent) => {
      const { open, palette, help, drawer } = useApp.getState();
      const mod = isMac ? event.metaKey : event.ctrlKey;
      const key = event.key.toLowerCase();
      if (mod && !event.shiftKey && !event.altKey && (key === "k" || key === "j")) {
        event.preventDefault();
        return key === "k" ? open("palette", !palette) : open("drawer", !drawer);
      }
      if (mod || event.altKey || event.metaKey || event.ctrlKey) return;
      // An open dialog keeps its keys.
      if (isTyping(event.target) || palette || document.querySelector("[role=dialog]")) return;
      if (event.key === "?") {
        event.preventDefault();
        return open("help", !help);
      }
      if (performance.now() - chord < CHORD_MS) {
        chord = Number.NEGATIVE_INFINITY;
        const target = GO[key];
        if (target) {
          event.preventDefault();
          event.stopPropagation();
          go(to(target.page));
        }
        return;
      }
      if (key === "g") chord = performance.now();
    };
    // Before the screens' own keys: "g then s" is no star.
    globalThis.addEventListener("keydown", press, true);
    return () => globalThis.removeEventListener("keydown", press, true);
  }, []);
}
