/** How the building of a Python environment is told to a person. */
import type { SetupProgress } from "../../interfaces.ts";
import { readLine } from "./install.ts";
import { folderSize } from "./tool.ts";

/**
 * Turns phases and the installer's lines into progress. Installers without a readable progress bar are followed by the size
 * of `temporary`, where they keep a download while it comes.
 */
export function progressOf(temporary: string, onProgress?: (progress: SetupProgress) => void) {
  let state: SetupProgress = { phase: "create", message: "", download: null };
  let readable = false;
  let before = 0;
  const set = (change: Partial<SetupProgress>) => {
    state = { ...state, ...change };
    onProgress?.(state);
  };
  const poll = setInterval(async () => {
    if (readable || !state.download) return;
    const { name, total } = state.download;
    const bytes = (await folderSize(temporary)) - before;
    if (state.download?.name !== name || bytes <= state.download.bytes) return;
    set({ download: { name, total, bytes: total === null ? bytes : Math.min(bytes, total) } });
  }, 500);
  poll.unref();
  return {
    phase: (phase: SetupProgress["phase"], message: string) => set({ phase, message, download: null }),
    line: (text: string) => {
      const line = readLine(text);
      if (line.type === "package") {
        set({ download: { name: line.name, bytes: 0, total: line.bytes } });
        if (!readable) {
          void folderSize(temporary).then((size) => {
            before = size;
          });
        }
      } else if (line.type === "bytes" && state.download) {
        readable = true;
        const total = line.total ?? state.download.total;
        set({ download: { ...state.download, bytes: line.bytes, total } });
      } else if (line.type === "installing") set({ message: "Unpacking the packages", download: null });
    },
    stop: () => clearInterval(poll),
  };
}
