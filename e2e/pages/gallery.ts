import type { Locator, Page } from "@playwright/test";

export class Gallery {
  readonly page: Page;
  readonly search: Locator;
  readonly grid: Locator;
  readonly filters: Locator;
  readonly count: Locator;

  constructor(page: Page) {
    this.page = page;
    this.search = page.getByRole("textbox", { name: "Search experiments" });
    this.grid = page.getByRole("grid", { name: /^Experiments of/ });
    this.filters = page.getByRole("complementary", { name: "Filters" });
    this.count = page
      .getByRole("main")
      .getByRole("status")
      .filter({ hasText: /experiments?\b/ });
  }

  cards = (): Locator => this.grid.getByRole("article");
  active = (): Locator => this.grid.getByRole("gridcell", { selected: true });

  /** Opens an archive by its path, whether or not another one is on the list. */
  async open(path: string): Promise<void> {
    const choice = this.page.getByRole("combobox", { name: "Archive", exact: true });
    const empty = this.page.getByRole("button", { name: "Open a file" });
    await choice.or(empty).first().waitFor();
    if (await empty.isVisible()) await empty.click();
    else await choice.selectOption({ label: "Open another file…" });
    const dialog = this.page.getByRole("dialog", { name: "Open an archive" });
    await dialog.getByLabel("File", { exact: true }).fill(path);
    await dialog.getByRole("button", { name: "Open", exact: true }).click();
  }
}
