import type { Download, Locator, Page } from "@playwright/test";

export type Tab = "Diagram" | "Code" | "Diff" | "Curves" | "Runs" | "Prompts" | "Log" | "Raw";
export const TABS: readonly Tab[] = ["Diagram", "Code", "Diff", "Curves", "Runs", "Prompts", "Log", "Raw"];

export class Experiment {
  readonly page: Page;
  readonly story: Locator;
  readonly panel: Locator;
  readonly diagram: Locator;

  constructor(page: Page) {
    this.page = page;
    this.story = page.getByRole("region", { name: "Story" });
    this.panel = page.getByRole("tabpanel");
    this.diagram = page.getByRole("group", { name: /^Diagram of the program/ });
  }

  async show(tab: Tab): Promise<void> {
    await this.page.getByRole("tab", { name: tab }).click();
    await this.page.getByRole("tabpanel", { name: tab }).waitFor();
  }

  async export(format: string): Promise<Download> {
    await this.page.getByRole("button", { name: "Export" }).click();
    const download = this.page.waitForEvent("download");
    await this.page.getByRole("menuitem", { name: format }).click();
    return download;
  }
}
