/** Accessibility, by axe: nothing serious or critical on any screen, in either theme. */
import type { Page } from "@playwright/test";
import { madeArchive } from "./archives.ts";
import { findings } from "./axe.ts";
import type { WebHost } from "./host.ts";
import { Experiment, TABS } from "./pages/experiment.ts";
import { Gallery } from "./pages/gallery.ts";
import { Shell } from "./pages/shell.ts";
import { STEPS, Wizard } from "./pages/wizard.ts";
import { expect, hosted, loaded, scratch, settled, test, visit } from "./test.ts";

const folder = scratch();
const held = hosted(() => ({ archive: madeArchive(folder.path, "generated", 120).file }));

// Each look is taken apart in both themes, which takes seconds.
test.setTimeout(10 * 60_000);

interface Look {
  name: string;
  show: (page: Page, host: WebHost) => Promise<void>;
}

const plain = (place: string): Look => ({ name: place, show: (page, host) => visit(page, host, place) });

const compared = async (page: Page, host: WebHost) => {
  const gallery = new Gallery(page);
  await visit(page, host, "gallery");
  await gallery.grid.focus();
  await page.keyboard.press("Space");
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("Space");
  await new Shell(page).go("Compare");
  await settled(page);
  await expect(page.getByRole("region", { name: "Fields" })).toBeVisible();
};

const experiment = async (page: Page, host: WebHost) => {
  await visit(page, host, "gallery");
  await new Gallery(page).grid.focus();
  await page.keyboard.press("Enter");
  await page.getByRole("tablist").waitFor();
};

const LOOKS: Look[] = [
  ...[
    "home",
    "campaigns",
    "live",
    "gallery",
    "gallery?as=table",
    `gallery?f=${encodeURIComponent(JSON.stringify({ text: "window" }))}`,
    "tree",
  ].map(plain),
  ...["tree?view=table", "tree?layout=timeline", "compare", "insights", "cognition", "settings"].map(plain),
  {
    name: "wizard, each step",
    async show(page, host) {
      await visit(page, host, "campaigns/new");
      for (const step of STEPS) {
        await new Wizard(page).go(step);
        for (const folded of await page.locator("details:not([open]) > summary").all()) await folded.click();
        expect(await findings(page), step).toEqual([]);
      }
    },
  },
  {
    name: "experiment, each tab",
    async show(page, host) {
      await experiment(page, host);
      for (const tab of TABS) {
        await new Experiment(page).show(tab);
        await settled(page);
        expect(await findings(page), tab).toEqual([]);
      }
    },
  },
  { name: "compare, filled", show: compared },
  {
    name: "cognition, an entry",
    async show(page, host) {
      await visit(page, host, "cognition");
      await page.getByRole("main").getByRole("listitem").first().getByRole("button").click();
      await settled(page);
    },
  },
  {
    name: "palette",
    async show(page, host) {
      await visit(page, host, "home");
      await new Shell(page).openPalette();
    },
  },
  {
    name: "help",
    async show(page, host) {
      await visit(page, host, "home");
      await page.keyboard.press("?");
      await page.getByRole("dialog", { name: "Keyboard shortcuts" }).waitFor();
    },
  },
  {
    name: "dialogs of the archive and the interpreter",
    async show(page, host) {
      await visit(page, host, "home");
      await page.getByRole("button", { name: "Choose interpreter" }).first().click();
      await page.getByRole("dialog").waitFor();
      await loaded(page);
      expect(await findings(page)).toEqual([]);
      await visit(page, host, "gallery");
      await page.getByRole("combobox", { name: "Archive" }).selectOption({ label: "Open another file…" });
      await page.getByRole("dialog", { name: "Open an archive" }).waitFor();
    },
  },
];

for (const { name, show } of LOOKS)
  test(name, async ({ page }) => {
    await show(page, held.host);
    expect(await findings(page)).toEqual([]);
  });
