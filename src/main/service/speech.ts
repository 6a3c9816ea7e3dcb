/** What models are saying right now. */
import type { Speech } from "../../shared/live.ts";
import type { SpeechEvent } from "../program.ts";
import type { StateSource } from "../server/sources.ts";
import { throttled } from "./throttled.ts";

/** The last part of an answer that is shown. */
const SHOWN = 2000;
const EVERY_MS = 100;

/** Keeps the `speech` topic: `hear` every event. */
export function createSpeech(topic: StateSource<Speech[]>): {
  hear(event: SpeechEvent): void;
  clear(): void;
} {
  const open = new Map<string, Speech>();
  const tell = throttled(EVERY_MS, () => topic.set([...open.values()]));
  return {
    hear({ kind, key, experimentId, role, model, text }) {
      const said = open.get(key);
      if (kind === "end") open.delete(key);
      else if (kind === "begin" || !said)
        open.set(key, {
          ...{ experimentId, role, model, text: text.slice(-SHOWN), characters: text.length },
          since: new Date().toISOString(),
        });
      else
        open.set(key, {
          ...said,
          text: (said.text + text).slice(-SHOWN),
          characters: said.characters + text.length,
        });
      tell();
    },
    clear() {
      open.clear();
      tell();
    },
  };
}
