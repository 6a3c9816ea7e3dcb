import type { Locator, Page } from "@playwright/test";

export class Live {
  readonly page: Page;
  readonly stages: Locator;
  readonly curves: Locator;
  readonly messages: Locator;
  readonly leaderboard: Locator;
  readonly terminal: Locator;

  constructor(page: Page) {
    this.page = page;
    this.stages = page.getByRole("list", { name: /^Stages/ });
    this.curves = page.getByRole("region", { name: "Training curves" });
    this.messages = page.getByRole("log", { name: "Messages of the agents" });
    this.leaderboard = page.getByRole("region", { name: "Leaderboard" });
    this.terminal = page.getByRole("region", { name: "Terminal" });
  }

  /** Note under the heading once it does not run any more. */
  ended = (state: "Finished" | "Paused" | "Failed"): Locator =>
    this.page.getByRole("status").filter({ hasText: new RegExp(`^${state}`) });

  /** What the terminal shows; its rows are drawn by xterm. */
  terminalText = async (): Promise<string> =>
    (await this.terminal.locator(".xterm-rows").textContent()) ?? "";

  /** Whether any pixel of the plot has a colour of its own: a line was drawn. */
  hasCurve = (): Promise<boolean> =>
    this.curves
      .locator("canvas")
      .first()
      .evaluate((canvas: HTMLCanvasElement) => {
        const { data } = canvas.getContext("2d")!.getImageData(0, 0, canvas.width, canvas.height);
        for (let i = 0; i < data.length; i += 4) {
          const [r, g, b, a] = [data[i]!, data[i + 1]!, data[i + 2]!, data[i + 3]!];
          if (a > 200 && Math.max(r, g, b) - Math.min(r, g, b) > 60) return true;
        }
        return false;
      });
}
