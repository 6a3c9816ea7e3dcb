import type { Locator, Page } from "@playwright/test";

export type Step = "Goal" | "Baseline and data" | "Search" | "Agents" | "Budget";
export const STEPS: readonly Step[] = ["Goal", "Baseline and data", "Search", "Agents", "Budget"];

export class Wizard {
  readonly page: Page;
  readonly steps: Locator;
  readonly start: Locator;
  readonly estimate: Locator;

  constructor(page: Page) {
    this.page = page;
    this.steps = page.getByRole("navigation", { name: "Steps" });
    this.start = page.getByRole("button", { name: "Start", exact: true });
    this.estimate = page.getByRole("complementary", { name: "Estimate" });
  }

  async go(step: Step): Promise<void> {
    await this.steps.getByRole("button", { name: step }).click();
    await this.page.getByRole("heading", { level: 2, name: step }).waitFor();
  }

  field = (label: string): Locator => this.page.getByLabel(label, { exact: true });
  advanced = (): Promise<void> => this.page.getByText("Advanced", { exact: true }).click();
}
