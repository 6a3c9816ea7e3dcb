/** Leaving while a campaign runs: a person says how, and nothing is lost either way. */

export type Leaving = "step" | "now" | "cancel";

export interface QuitHooks {
  /** Whether a campaign runs. */
  running(): boolean;
  /** Name of the campaign is in the question; asked once at a time. */
  ask(): Promise<Leaving>;
  /** Resolves when the steps under way are done and the campaign is paused. */
  pauseAfterStep(): Promise<void>;
  /** Pauses what still runs, and closes all. */
  close(): Promise<void>;
  /** Ends the process. */
  exit(): void;
}

/** The handler of Electron's `before-quit`. */
export function quitHandler(hooks: QuitHooks): (event: { preventDefault(): void }) => void {
  let leaving = false;

  async function leave(): Promise<void> {
    try {
      const how = hooks.running() ? await hooks.ask() : "now";
      if (how === "cancel") return;
      // It may have ended meanwhile; what still runs is paused by closing.
      if (how === "step") await hooks.pauseAfterStep().catch(report);
      await hooks.close();
      hooks.exit();
    } finally {
      leaving = false;
    }
  }

  return (event) => {
    event.preventDefault();
    if (leaving) return;
    leaving = true;
    void leave().catch((error) => {
      report(error);
      // Closing failed: the archive is safe at every step, so there is nothing left to wait for.
      hooks.exit();
    });
  };
}

function report(error: unknown): void {
  process.stderr.write(`${error instanceof Error ? error.stack : error}\n`);
}
