/** What every screen has around it. */
import type { Locator, Page } from "@playwright/test";

export type Screen =
  | "Home"
  | "Campaigns"
  | "Gallery"
  | "Tree"
  | "Compare"
  | "Insights"
  | "Cognition"
  | "Settings";

export class Shell {
  readonly page: Page;
  readonly navigation: Locator;
  readonly notes: Locator;
  /** Above a screen whose program does not answer. */
  readonly lost: Locator;
  readonly palette: Locator;
  readonly drawer: Locator;

  constructor(page: Page) {
    this.page = page;
    this.navigation = page.getByRole("navigation", { name: "Cambrian" });
    this.notes = page.getByRole("region", { name: "Notes" });
    this.lost = page.getByRole("status").filter({ hasText: "No connection to Cambrian" });
    this.palette = page.getByRole("dialog", { name: "Command palette" });
    this.drawer = page.getByRole("complementary", { name: "Terminal" });
  }

  heading = (name: string | RegExp): Locator => this.page.getByRole("heading", { level: 1, name });

  async go(screen: Screen): Promise<void> {
    await this.navigation.getByRole("link", { name: screen }).click();
    await this.heading(screen).waitFor();
  }

  async openPalette(): Promise<void> {
    await this.page.keyboard.press("Control+k");
    await this.palette.waitFor();
  }

  theme = (): Promise<string | undefined> => this.page.evaluate(() => document.documentElement.dataset.theme);

  /** Width of what would have to be scrolled sideways, in px. */
  overflow = (): Promise<number> =>
    this.page.evaluate(() => {
      const { scrollWidth, clientWidth } = document.documentElement;
      return scrollWidth - clientWidth;
    });
}
