/** The archive that comes with Cambrian, as `npm start` shows it where there is no display and no Python. */
import { readFileSync } from "node:fs";
import { Experiment } from "./pages/experiment.ts";
import { Gallery } from "./pages/gallery.ts";
import { Shell } from "./pages/shell.ts";
import { expect, hosted, test, visit } from "./test.ts";

const held = hosted(() => ({
  command: ["scripts/start.ts", "--host", "web", "--no-open"],
  env: { CAMBRIAN_PYTHON: "/nonexistent/python" },
}));

test("opens from Home, read-only", async ({ page }) => {
  await visit(page, held.host, "home");
  await page.getByRole("button", { name: "Open demo archive" }).click();
  const gallery = new Gallery(page);
  await expect(gallery.count).toContainText("64 experiments");
  await expect(page.getByRole("main")).toContainText("read-only");
});

test("an experiment goes out as each kind of file", async ({ page }) => {
  await visit(page, held.host, "gallery");
  await new Gallery(page).cards().first().getByRole("link").last().click();
  const experiment = new Experiment(page);
  await experiment.diagram.waitFor();
  for (const [format, name, begins] of [
    ["Program (mixer.py)", /\.py$/, /^"""/],
    ["Record (JSON)", /\.json$/, /^\{/],
    ["Report (Markdown)", /\.md$/, /^# /],
    ["Citation (BibTeX)", /\.bib$/, /^@/],
    ["Diagram (SVG)", /\.svg$/, /^<svg/],
    ["Diagram (PNG)", /\.png$/, /^\x89PNG\r\n/],
  ] as const) {
    const file = await experiment.export(format);
    expect(file.suggestedFilename()).toMatch(name);
    expect(readFileSync(await file.path(), "latin1")).toMatch(begins);
  }
});

test("a view is kept under a name, brings its filters back, and comes back when it was deleted", async ({
  page,
}) => {
  await visit(page, held.host, "gallery");
  const gallery = new Gallery(page);
  await gallery.filters.getByRole("checkbox", { name: /^confirm/ }).check();
  await expect(gallery.count).toContainText("38 experiments of 64");
  await page.getByRole("button", { name: "Views" }).click();
  const views = page.getByRole("dialog", { name: "Saved views" });
  await views.getByRole("textbox", { name: "Name of the view" }).fill("Confirmed");
  await views.getByRole("button", { name: "Save this view" }).click();
  await views.getByRole("button", { name: "Confirmed", exact: true }).waitFor();
  await page.keyboard.press("Escape");
  await gallery.filters.getByRole("button", { name: "Clear all" }).click();
  await expect(gallery.count).toContainText("64 experiments");
  await page.reload();
  await page.getByRole("button", { name: "Views" }).click();
  await views.getByRole("button", { name: "Confirmed", exact: true }).click();
  await expect(gallery.count).toContainText("38 experiments of 64");
  await page.getByRole("button", { name: "Views" }).click();
  await views.getByRole("button", { name: "Delete Confirmed" }).click();
  await expect(views.getByRole("button", { name: "Confirmed", exact: true })).toBeHidden();
  await page.keyboard.press("Escape");
  await new Shell(page).notes.getByRole("button", { name: "Undo" }).click();
  await page.getByRole("button", { name: "Views" }).click();
  await expect(views.getByRole("button", { name: "Confirmed", exact: true })).toBeVisible();
});

test("the tree is laid out in three ways, and played from its beginning", async ({ page }) => {
  await visit(page, held.host, "tree");
  const tree = page.getByRole("application", { name: "Tree of 64 experiments" });
  for (const layout of ["Tidy", "Timeline", "Radial"]) {
    await page.getByRole("radio", { name: layout }).click();
    await expect(page.getByRole("radio", { name: layout })).toBeChecked();
    await expect(tree).toBeVisible();
  }
  for (const colour of ["Fitness", "Time", "Component"])
    await page.getByRole("combobox", { name: "Colour" }).selectOption({ label: colour });
  const slider = page.getByRole("slider");
  await slider.focus();
  await page.keyboard.press("Home");
  const early = page.getByRole("application", { name: /^Tree of [01] experiment/ });
  await expect(early).toBeVisible();
  await page.getByRole("button", { name: "Play" }).click();
  await expect(early).toBeHidden();
  await expect(tree).toBeVisible({ timeout: 60_000 });
});
