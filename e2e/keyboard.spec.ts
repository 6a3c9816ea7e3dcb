/** Palette, shortcuts, a life without a mouse, and what a person may have set: theme, zoom, less motion. */

import { madeArchive } from "./archives.ts";
import { Gallery } from "./pages/gallery.ts";
import { Shell } from "./pages/shell.ts";
import { expect, hosted, scratch, test, visit } from "./test.ts";

const folder = scratch();
const held = hosted(() => ({ archive: madeArchive(folder.path, "generated", 60).file }));

test("the palette goes to a screen, finds an experiment, and closes", async ({ page }) => {
  const shell = new Shell(page);
  await visit(page, held.host, "home");
  await shell.openPalette();
  await page.keyboard.type("insights");
  await page.keyboard.press("Enter");
  await expect(shell.heading("Insights")).toBeVisible();

  await visit(page, held.host, "gallery");
  const name = (await new Gallery(page).cards().nth(3).getByRole("link").last().textContent())!;
  await shell.openPalette();
  await page.keyboard.type(name);
  await expect(shell.palette.getByRole("option", { name })).toBeVisible();
  await shell.palette.getByRole("option", { name }).click();
  await expect(shell.heading(name)).toBeVisible();

  await shell.openPalette();
  await page.keyboard.press("Escape");
  await expect(shell.palette).toBeHidden();
});

test("the sheet of shortcuts opens, and what it lists works", async ({ page }) => {
  const shell = new Shell(page);
  await visit(page, held.host, "home");
  await page.keyboard.press("?");
  const sheet = page.getByRole("dialog", { name: "Keyboard shortcuts" });
  await expect(sheet).toContainText("Command palette");
  await page.keyboard.press("Escape");
  await expect(sheet).toBeHidden();
  for (const [key, name] of [
    ["g", "Gallery"],
    ["t", "Tree"],
    ["o", "Compare"],
    ["i", "Insights"],
    ["k", "Cognition"],
    ["s", "Settings"],
    ["c", "Campaigns"],
    ["h", "Home"],
  ] as const) {
    await page.keyboard.press("g");
    await page.keyboard.press(key);
    await expect(shell.heading(name)).toBeVisible();
  }
  await page.keyboard.press("Control+j");
  await expect(shell.drawer).toBeVisible();
  await page.keyboard.press("Control+j");
  await expect(shell.drawer).toBeHidden();
});

test("Tab goes past the navigation in one step, and everything that has the focus shows it", async ({
  page,
}) => {
  await visit(page, held.host, "home");
  // A new place is read from its content on; who goes back to the top finds the way past the navigation.
  await expect(page.getByRole("main")).toBeFocused();
  await page.getByRole("link", { name: "Home" }).focus();
  await page.keyboard.press("Shift+Tab");
  const skip = page.getByRole("button", { name: "Skip to the content" });
  await expect(skip).toBeFocused();
  await expect(skip).toBeInViewport();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("main")).toBeFocused();
  await page.keyboard.press("Tab");
  await expect(page.getByRole("button", { name: "Start demo campaign" })).toBeFocused();
  for (let i = 0; i < 12; i++) {
    const shown = await page.evaluate(() => {
      const element = document.activeElement as HTMLElement;
      // Past the last one the browser has the focus itself.
      if (element === document.body) return null;
      const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(element);
      return {
        what: element.outerHTML.slice(0, 80),
        visible: (outlineStyle !== "none" && outlineWidth !== "0px") || boxShadow !== "none",
      };
    });
    if (shown === null) break;
    expect(shown.visible, shown.what).toBe(true);
    await page.keyboard.press("Tab");
  }
});

test("the gallery without a mouse: search, walk, compare, star, open, come back", async ({ page }) => {
  const gallery = new Gallery(page);
  await visit(page, held.host, "gallery");
  await page.keyboard.press("/");
  await expect(gallery.search).toBeFocused();
  await page.keyboard.press("ArrowDown");
  await expect(gallery.grid).toBeFocused();
  await page.keyboard.press("End");
  await expect(gallery.active()).toHaveAttribute("data-cell", "59");
  await page.keyboard.press("Home");
  await page.keyboard.press("ArrowDown");
  const card = gallery.active();
  const star = card.getByRole("button", { name: /^(Remove the star|Star)/ });
  const before = await star.getAttribute("aria-pressed");
  await page.keyboard.press("s");
  await expect(star).toHaveAttribute("aria-pressed", before === "true" ? "false" : "true");
  await page.keyboard.press("Space");
  await expect(card.getByRole("button", { name: "Take out of the comparison" })).toBeVisible();
  const name = (await card.getByRole("link").last().textContent())!;
  await page.keyboard.press("Enter");
  await expect(new Shell(page).heading(name)).toBeVisible();
  await page.goBack();
  await expect(gallery.active().getByRole("link").last()).toHaveText(name);
});

test("the tree without a mouse: walk and open", async ({ page }) => {
  await visit(page, held.host, "tree");
  const tree = page.getByRole("application", { name: /^Tree of/ });
  await tree.focus();
  await page.keyboard.press("ArrowRight");
  const selected = page.getByRole("complementary", { name: "Selected experiment" });
  const name = (await selected.getByRole("heading").first().textContent())!;
  await page.keyboard.press("Enter");
  await expect(new Shell(page).heading(name)).toBeVisible();
});

test("a chosen theme is kept over a reload", async ({ page }) => {
  const shell = new Shell(page);
  await page.emulateMedia({ colorScheme: "light" });
  await visit(page, held.host, "home");
  await expect.poll(shell.theme).toBe("light");
  await shell.openPalette();
  await page.keyboard.type("dark theme");
  await page.keyboard.press("Enter");
  await expect.poll(shell.theme).toBe("dark");
  await page.reload();
  await expect.poll(shell.theme).toBe("dark");
  await visit(page, held.host, "settings?section=appearance");
  await page.getByRole("radiogroup", { name: "Theme" }).getByRole("radio", { name: "System" }).click();
  await expect.poll(shell.theme).toBe("light");
});

test.describe("at 200 % zoom", () => {
  test.use({ viewport: { width: 640, height: 400 }, deviceScaleFactor: 2 });
  const places = [
    ...["home", "campaigns", "campaigns/new", "live", "gallery", "tree", "tree?view=table", "compare"],
    ...["insights", "cognition", "settings"],
  ];
  for (const place of places)
    test(`${place} does not scroll sideways, and its heading is in view`, async ({ page }) => {
      await visit(page, held.host, place);
      expect(await new Shell(page).overflow()).toBe(0);
      await expect(page.getByRole("heading", { level: 1 })).toBeInViewport();
    });
});

test("with less motion nothing moves", async ({ page }) => {
  await page.emulateMedia({ reducedMotion: "reduce" });
  await visit(page, held.host, "gallery");
  await new Shell(page).openPalette();
  const longest = await page.evaluate(() => {
    const seconds = (text: string) => Math.max(...text.split(",").map((t) => Number.parseFloat(t)));
    return Math.max(
      ...[...document.querySelectorAll("*")].map((element) => {
        const { transitionDuration, animationDuration, animationName } = getComputedStyle(element);
        return Math.max(
          seconds(transitionDuration),
          animationName === "none" ? 0 : seconds(animationDuration),
        );
      }),
    );
  });
  expect(longest).toBeLessThan(0.01);
});
