import type { Locator, Page } from "@playwright/test";

export class Home {
  readonly page: Page;
  readonly machine: Locator;
  readonly resume: Locator;

  constructor(page: Page) {
    this.page = page;
    this.machine = page.getByRole("region", { name: "This machine" });
    this.resume = page.getByRole("region", { name: "Resume" });
  }

  /** A line of the checks: "Python", "Sandbox", … */
  check = (name: string): Locator =>
    this.machine.getByRole("listitem").filter({ has: this.page.getByText(name, { exact: true }) });

  async chooseInterpreter(path: string): Promise<void> {
    await this.check("Python").getByRole("button", { name: "Choose interpreter" }).click();
    const dialog = this.page.getByRole("dialog", { name: "Choose a Python interpreter" });
    await dialog.getByLabel("Path").fill(path);
    await dialog.getByRole("button", { name: "Use this interpreter" }).click();
    await dialog.waitFor({ state: "hidden" });
  }

  startDemo = (): Promise<void> => this.page.getByRole("button", { name: "Start demo campaign" }).click();
}
