/**
 * `npm run pictures -- --out FOLDER [--archive FILE]`: every screen in light and dark at 1280 × 800 and 1920 × 1080, from an
 * archive, or with --url ADDRESS from a host that runs (its address with the token). --only NAME,… takes some screens.
 */
import { mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { chromium, type Page } from "@playwright/test";
import { buildRenderer } from "../scripts/start/built.ts";
import { programFolder } from "../src/main/paths.ts";
import { ensureChromium, launchOptions } from "./chromium.ts";
import { WebHost } from "./host.ts";
import { Experiment, TABS } from "./pages/experiment.ts";
import { Gallery } from "./pages/gallery.ts";
import { Shell } from "./pages/shell.ts";
import { STEPS, Wizard } from "./pages/wizard.ts";

const SIZES = [
  { width: 1280, height: 800 },
  { width: 1920, height: 1080 },
];

const { values } = parseArgs({
  options: {
    archive: { type: "string" },
    url: { type: "string" },
    out: { type: "string" },
    only: { type: "string" },
  },
});
if (!values.out || (values.archive && values.url)) {
  console.error("npm run pictures -- --out FOLDER [--archive FILE | --url ADDRESS] [--only NAME,…]");
  process.exit(2);
}
const out = resolve(values.out);
const only = values.only?.split(",");

const place = (to: string) => async (page: Page) => {
  await page.evaluate((hash) => {
    location.hash = hash;
  }, `#/${to}`);
};

/** Opens the experiment with the highest fitness, which has most to show. */
const best = async (page: Page) => {
  await place("gallery")(page);
  const address = await new Gallery(page).cards().first().getByRole("link").last().getAttribute("href");
  await place(address!.slice(2))(page);
  await page.getByRole("tablist").waitFor();
};

const SCREENS: Record<string, (page: Page) => Promise<void>> = {
  home: place("home"),
  campaigns: place("campaigns"),
  ...Object.fromEntries(
    STEPS.map((step, i) => [
      `wizard-${i + 1}`,
      async (page: Page) => {
        await place("campaigns/new")(page);
        await new Wizard(page).go(step);
      },
    ]),
  ),
  live: place("live"),
  gallery: place("gallery"),
  "gallery-table": place("gallery?as=table"),
  ...Object.fromEntries(
    TABS.map((tab) => [
      `experiment-${tab.toLowerCase()}`,
      async (page: Page) => {
        await best(page);
        await new Experiment(page).show(tab);
      },
    ]),
  ),
  "tree-radial": place("tree"),
  "tree-tidy": place("tree?layout=tidy"),
  "tree-timeline": place("tree?layout=timeline"),
  "tree-table": place("tree?view=table"),
  "compare-empty": place("compare"),
  async compare(page) {
    await place("gallery")(page);
    const gallery = new Gallery(page);
    await gallery.cards().first().waitFor();
    await gallery.grid.focus();
    for (const key of ["Home", "Space", "ArrowRight", "Space", "ArrowRight", "Space"])
      await page.keyboard.press(key);
    await new Shell(page).go("Compare");
  },
  insights: place("insights"),
  async cognition(page) {
    await place("cognition")(page);
    await page.getByRole("main").getByRole("listitem").first().getByRole("button").click();
  },
  settings: place("settings"),
  async palette(page) {
    await place("home")(page);
    await new Shell(page).openPalette();
  },
  async help(page) {
    await place("home")(page);
    await page.getByRole("heading", { level: 1, name: "Home" }).waitFor();
    await page.keyboard.press("?");
  },
};

const missing = only?.find((name) => !(name in SCREENS));
if (missing !== undefined) {
  console.error(`There is no screen ${JSON.stringify(missing)}: ${Object.keys(SCREENS).join(", ")}.`);
  process.exit(2);
}

await buildRenderer(programFolder, (line) => console.error(line));
const found = await ensureChromium();
if ("why" in found) {
  console.error(`No pictures: ${found.why}.`);
  process.exit(3);
}
mkdirSync(out, { recursive: true });
const archive = values.archive && resolve(values.archive);
const host = values.url
  ? null
  : new WebHost({ archive, env: { CAMBRIAN_PYTHON: process.env.CAMBRIAN_PYTHON } });
const browser = await chromium.launch(launchOptions(found.path));
try {
  await host?.start();
  for (const viewport of SIZES) {
    // A window of its own for each size: a comparison of one would be in the next.
    const context = await browser.newContext({ viewport, reducedMotion: "reduce" });
    const page = await context.newPage();
    await page.goto(values.url ?? host!.url);
    for (const [name, show] of Object.entries(SCREENS)) {
      if (only && !only.includes(name)) continue;
      await show(page).catch((error) => console.error(`${name}: ${(error as Error).message.split("\n")[0]}`));
      for (const theme of ["light", "dark"] as const) {
        await page.emulateMedia({ colorScheme: theme, reducedMotion: "reduce" });
        await quiet(page);
        await page.screenshot({ path: join(out, `${name}-${theme}-${viewport.width}.png`) });
      }
      console.log(`${name}, ${viewport.width} × ${viewport.height}`);
      await page.keyboard.press("Escape");
    }
    await context.close();
  }
} finally {
  await browser.close();
  await host?.close();
}

/** Waits until nothing loads and everything is drawn; a picture of a screen that never comes to rest is taken all the same. */
async function quiet(page: Page): Promise<void> {
  await page
    .waitForFunction(() => document.querySelector(".skeleton") === null, null, { timeout: 20_000 })
    .catch(() => {});
  await page.waitForTimeout(400);
}
