/** Building the Python environment: started and given up from a screen, followed by everyone. */

import type { SetupState } from "../../shared/live.ts";
import type { Procedures } from "../../shared/procedures.ts";
import { CallFailure } from "../server/service.ts";
import { ensurePython } from "../trainer/index.ts";
import type { Context } from "./context.ts";
import { writableTerminal } from "./terminals.ts";

export const IDLE: SetupState = {
  state: "idle",
  phase: null,
  message: "",
  download: null,
  error: null,
  since: null,
};

export interface Setup {
  procedures: Pick<Procedures, "setup.start" | "setup.cancel">;
  /** Gives up what is being built; what was installed is kept. */
  close(): Promise<void>;
}

function problemOf(thrown: unknown) {
  const { code = "internal", fix } = thrown as { code?: string; fix?: string };
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return { message, error: { code, message, fix: fix ?? "Try again." } };
}

/**
 * @param changed called when an environment was built, or could not be: what was known of the machine is out of date
 * @param build for tests
 */
export function createSetup(
  ctx: Pick<Context, "home" | "programEnv" | "topics" | "terminals" | "refresh" | "onSetup" | "running">,
  changed: () => void,
  build: typeof ensurePython = ensurePython,
): Setup {
  let now: { stop: AbortController; done: Promise<void> } | null = null;
  const { setup } = ctx.topics;
  const set = (change: Partial<SetupState>) => setup.set({ ...setup.value, ...change });
  const begin = (message: string) =>
    set({ ...IDLE, state: "running", message, since: new Date().toISOString() });

  /** A build that nobody asked for here: a campaign's, which needs the environment. */
  const unfollow = ctx.onSetup({
    progress(progress) {
      if (now) return;
      if (setup.value.state !== "running") begin(progress.message);
      set({ ...progress, state: progress.phase === "done" ? "done" : "running" });
      if (progress.phase === "done") changed();
    },
    failed(error) {
      if (now || setup.value.state !== "running") return;
      set({ state: "failed", download: null, ...problemOf(error) });
      changed();
    },
  });

  async function run(signal: AbortSignal): Promise<void> {
    const terminal = writableTerminal();
    ctx.terminals.add("setup", "Python environment", terminal);
    begin("Looking for a Python to build from");
    try {
      const made = await build({
        home: ctx.home,
        env: ctx.programEnv(),
        signal,
        onProgress: ({ phase, message, download }) => {
          if (message !== setup.value.message) terminal.write(`\x1b[1m${message}\x1b[0m\r\n`);
          set({ phase, message, download });
        },
        onLine: (line) => terminal.write(`${line}\r\n`),
      });
      const message = `Python ${made.version} with torch ${made.torch} is ready`;
      set({ state: "done", phase: "done", message, download: null });
    } catch (error) {
      const { message, error: told } = problemOf(error);
      const cancelled = signal.aborted || told.code === "cancelled";
      terminal.write(`\r\n${message}\r\n`);
      set({
        state: cancelled ? "cancelled" : "failed",
        message: cancelled ? "The set-up was given up. What was installed is kept." : message,
        download: null,
        error: cancelled ? null : told,
      });
    } finally {
      ctx.terminals.end("setup");
      ctx.refresh();
      changed();
    }
  }

  const cancel = async () => {
    now?.stop.abort();
    await now?.done;
  };
  return {
    procedures: {
      "setup.start": async () => {
        if (now) return { ok: true };
        const campaign = ctx.running();
        if (campaign) {
          const message = `Campaign "${campaign.name}" is running, and uses the environment as it is.`;
          throw new CallFailure("busy", message, "Set it up when the campaign is paused or finished.");
        }
        const stop = new AbortController();
        const done = run(stop.signal).finally(() => {
          now = null;
        });
        now = { stop, done };
        return { ok: true };
      },
      "setup.cancel": async () => {
        await cancel();
        return { ok: true };
      },
    },
    async close() {
      unfollow();
      await cancel();
    },
  };
}
