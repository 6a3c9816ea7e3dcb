/** An archive that somebody gave away: read on a machine with no Python, nothing set up, and no right to write. */

import { rmSync } from "node:fs";
import { join } from "node:path";
import { findOnPath } from "../src/main/trainer/python/find.ts";
import { madeArchive, protect, unprotect } from "./archives.ts";
import { electronMissing } from "./electron.ts";
import { type HostOptions, temporaryFolder } from "./host.ts";
import { Experiment } from "./pages/experiment.ts";
import { Gallery } from "./pages/gallery.ts";
import { Shell } from "./pages/shell.ts";
import { openSession, type Session } from "./session.ts";
import { expect, skipWithoutElectron, test } from "./test.ts";

skipWithoutElectron();
test.describe.configure({ mode: "serial" });

let folder: string;
let bare: string;
const root = process.getuid?.() === 0;
let session: Session;
let file: string;

test.beforeAll(async ({ host, playwright }) => {
  if (host === "electron" && electronMissing()) return;
  [folder, bare] = [temporaryFolder(), temporaryFolder()];
  ({ file } = madeArchive(join(folder, "given"), "generated", 300));
  protect(join(folder, "given"));
  const env = { PATH: bare, HOME: bare, CAMBRIAN_PYTHON: undefined };
  const options: HostOptions = { env };
  // Rights do not bind root: a mount does.
  if (root && host === "web") options.through = readOnlyMount(join(folder, "given"));
  session = await openSession(host, playwright, options);
});
test.afterAll(async () => {
  await session?.close();
  if (!folder) return;
  unprotect(join(folder, "given"));
  for (const made of [folder, bare]) rmSync(made, { recursive: true, force: true });
});

/** A command before another, for which the folder is read-only. */
function readOnlyMount(at: string): string[] {
  const [unshare, sh] = ["unshare", "sh"].map((name) => findOnPath(name, process.env));
  if (!unshare || !sh) return [];
  const mount = "PATH=/usr/sbin:/usr/bin:/sbin:/bin mount";
  return [
    unshare,
    "--mount",
    sh,
    "-c",
    `${mount} --bind "$0" "$0" && ${mount} -o remount,bind,ro "$0" && exec "$@"`,
    at,
  ];
}

test("opens by its path; search marks the hits, filters count", async () => {
  const { page } = session;
  const gallery = new Gallery(page);
  await new Shell(page).go("Gallery");
  await gallery.open(file);
  await expect(gallery.count).toContainText("300 experiments");
  await gallery.search.fill("window");
  await expect(gallery.count).toContainText("of 300");
  await expect(gallery.cards().first().locator("mark").first()).toHaveText(/window/i);
  await gallery.search.fill("");
  await expect(gallery.count).toContainText("300 experiments");
  const failed = gallery.filters.getByRole("checkbox", { name: /^Failed/ });
  const label = await gallery.filters.locator("label", { hasText: /^Failed/ }).textContent();
  const told = label!.match(/\d+/)![0];
  await failed.check();
  await expect(gallery.count).toContainText(`${told} experiments of 300`);
  await gallery.filters.getByRole("button", { name: "Clear all" }).click();
  await expect(gallery.count).toContainText("300 experiments");
});

test("stars are refused, with the reason", async ({ host }) => {
  test.skip(root && host === "electron", "root may write everywhere");
  const gallery = new Gallery(session.page);
  const card = gallery.cards().first();
  const star = card.getByRole("button", { name: /^Star: generated.sqlite is read-only/ });
  await card.hover();
  await expect(star).toHaveAttribute("aria-disabled", "true");
});

test("experiment, tree, comparison and insights are all there", async () => {
  const { page } = session;
  const [shell, gallery, experiment] = [new Shell(page), new Gallery(page), new Experiment(page)];
  await gallery.grid.focus();
  await page.keyboard.press("Space");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Space");
  await page.keyboard.press("Enter");
  await experiment.show("Code");
  await expect(experiment.panel).toContainText("class");
  await experiment.show("Curves");
  await expect(experiment.panel).not.toBeEmpty();
  await shell.go("Tree");
  const tree = page.getByRole("application", { name: /^Tree of/ });
  await tree.focus();
  await page.keyboard.press("ArrowRight");
  await expect(page.getByRole("complementary", { name: "Selected experiment" })).toBeVisible();
  await page.getByRole("radio", { name: "As a table" }).click();
  await expect(page.getByRole("treegrid", { name: "Lineage" }).getByRole("row").nth(1)).toBeVisible();
  await shell.go("Compare");
  await expect(page.getByRole("region", { name: "Fields" }).getByRole("row").nth(1)).toBeVisible();
  await shell.go("Insights");
  for (const name of ["Progress", "Pareto front", "Outcomes"])
    await expect(page.getByRole("region", { name })).toBeVisible();
});
