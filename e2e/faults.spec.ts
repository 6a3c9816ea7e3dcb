/** What goes wrong on real machines: each says what happened, what was kept, and the way out. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, copyFileSync, openSync, rmSync, statfsSync, writeFileSync, writeSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { createArchive, openArchive } from "../src/main/archive/index.ts";
import { campaign, experiment } from "../src/main/archive/testing/fixtures.ts";
import { findOnPath } from "../src/main/trainer/python/find.ts";
import { madeArchive } from "./archives.ts";
import { temporaryFolder, WebHost } from "./host.ts";
import { Gallery } from "./pages/gallery.ts";
import { Home } from "./pages/home.ts";
import { Shell } from "./pages/shell.ts";
import { PYTHON_MISSING } from "./python.ts";
import { expect, hosted, scratch, test, visit } from "./test.ts";

const python = () => process.env.CAMBRIAN_PYTHON;
const LONG = { timeout: 2 * 60_000 };

test.describe("the program is killed", () => {
  const held = hosted();
  test("the window says since when, keeps what it shows, and finds it again", async ({ page }) => {
    const shell = new Shell(page);
    await visit(page, held.host, "cognition");
    await held.host.kill();
    await expect(shell.lost).toContainText("What is shown is what was known then");
    await expect(page.getByRole("main").getByRole("listitem").first()).toBeVisible();
    await held.host.start();
    await expect(shell.lost).toBeHidden();
    await shell.go("Settings");
    await expect(page.getByRole("region", { name: "Storage" })).toContainText(held.host.home);
  });
});

test.describe("the code of a screen cannot be read", () => {
  const held = hosted();
  const SETTINGS = "**/assets/settings-*.js";

  test("while the program is gone: it comes when the program does", async ({ page }) => {
    const shell = new Shell(page);
    await page.route(SETTINGS, (route) => route.abort());
    await visit(page, held.host, "cognition");
    await held.host.kill();
    await expect(shell.lost).toBeVisible();
    await shell.navigation.getByRole("link", { name: "Settings" }).click();
    const said = page.getByRole("main").getByRole("alert");
    await expect(said).toContainText("could not be read");
    await expect(said).toContainText("this comes by itself");
    await page.unroute(SETTINGS);
    await held.host.start();
    await shell.heading("Settings").waitFor();
    await expect(shell.lost).toBeHidden();
  });

  test("while the program is there: tried once more by itself, then when asked to", async ({ page }) => {
    const shell = new Shell(page);
    let asked = 0;
    await page.route(SETTINGS, (route) => {
      asked++;
      return route.abort();
    });
    await page.goto(held.host.at("settings"));
    const said = page.getByRole("main").getByRole("alert");
    await expect.poll(() => asked).toBe(2);
    await expect(said).toContainText("Try again");
    await page.unroute(SETTINGS);
    await said.getByRole("button", { name: "Try again" }).click();
    await shell.heading("Settings").waitFor();
  });

  test("of a part of it: the rest of the window stays", async ({ page }) => {
    const shell = new Shell(page);
    await page.route("**/assets/terminal-panel-*.js", (route) => route.abort());
    await visit(page, held.host, "cognition");
    await page.keyboard.press("Control+j");
    await expect(shell.drawer.getByRole("alert")).toContainText("could not be read");
    await expect(page.getByRole("main").getByRole("listitem").first()).toBeVisible();
    await shell.go("Settings");
  });
});

test.describe("the environment is broken", () => {
  const held = hosted();
  test("Home names the interpreter that is gone, and offers another", async ({ page }) => {
    const home = new Home(page);
    await visit(page, held.host, "settings?section=machine");
    await page.getByRole("textbox", { name: "Interpreter" }).fill("/nonexistent/bin/python");
    await page.getByRole("textbox", { name: "Interpreter" }).press("Enter");
    await new Shell(page).go("Home");
    await expect(home.check("Python")).toContainText("/nonexistent/bin/python", LONG);
    await expect(home.machine).toContainText("to mend");
    const mend = home.check("Python").getByRole("button", { name: "Choose interpreter" });
    await expect(mend).toBeVisible();
    test.skip(!python(), PYTHON_MISSING);
    await home.chooseInterpreter(python()!);
    await expect(home.check("Python").getByRole("img", { name: "in order" })).toBeVisible(LONG);
  });
});

test.describe("the archive is held by another process", () => {
  const folder = scratch();
  const held = hosted(() => {
    const file = join(folder.path, "archive.sqlite");
    const archive = createArchive(file);
    archive.createCampaign(campaign(1, { name: "Cut short" }));
    archive.close();
    return { archive: file, env: { CAMBRIAN_PYTHON: python() } };
  });
  let holder: ChildProcess;
  test.afterAll(() => holder?.kill("SIGKILL"));

  test("Resume names the process, and the list says where it runs", async ({ page }) => {
    test.skip(!python(), PYTHON_MISSING);
    const [shell, home] = [new Shell(page), new Home(page)];
    await visit(page, held.host, "home");
    await expect(home.resume).toContainText("Cut short");
    holder = await holdArchive(join(folder.path, "archive.sqlite"));
    await home.resume.getByRole("button", { name: "Resume" }).click();
    const said = shell.notes.getByRole("alert");
    await expect(said).toContainText(`in use by another Cambrian (process ${holder.pid})`, LONG);
    await expect(said).toContainText("Wait until it has finished or stop it");
    await shell.go("Campaigns");
    await expect(page.getByRole("row", { name: /Cut short/ })).toContainText("running in another process");
    holder.kill("SIGKILL");
    await page.reload();
    await expect(
      page.getByRole("row", { name: /Cut short/ }).getByRole("button", { name: "Resume" }),
    ).toBeVisible();
  });
});

test.describe("an archive is written by another process", () => {
  const folder = scratch();
  let made: ReturnType<typeof madeArchive>;
  const held = hosted(() => {
    made = madeArchive(folder.path, "shared", 20);
    return { archive: made.file };
  });
  test("what it writes is shown without a reload", async ({ page }) => {
    const gallery = new Gallery(page);
    await visit(page, held.host, "gallery");
    await expect(gallery.count).toContainText("20 experiments");
    const archive = openArchive(made.file);
    try {
      const added = experiment(500, { campaignId: made.campaigns[0]! });
      const event = { type: "proposed", data: {} };
      archive.commit({ campaignId: added.campaignId, experiment: added, event });
      await expect(gallery.count).toContainText("21 experiments");
    } finally {
      archive.close();
    }
  });

  test("a note that is being written stays with its experiment", async ({ page }) => {
    const gallery = new Gallery(page);
    await visit(page, held.host, "gallery?sort=-newest");
    const card = gallery.cards().first();
    const name = (await card.getByRole("link").last().textContent())!;
    await card.hover();
    await card.getByRole("button", { name: "Add a note or tags" }).click();
    const note = page.getByRole("textbox", { name: "Note" });
    await note.fill("Worth a second look");
    const archive = openArchive(made.file);
    try {
      const added = experiment(501, { campaignId: made.campaigns[0]!, createdAt: "2100-01-01T00:00:00Z" });
      archive.commit({
        ...{ campaignId: added.campaignId, experiment: added },
        event: { type: "proposed", data: {} },
      });
    } finally {
      archive.close();
    }
    await expect(gallery.cards().first()).toContainText("candidate 501");
    await expect(note).toHaveValue("Worth a second look");
    await page.getByRole("button", { name: "Save" }).click();
    const kept = gallery.cards().filter({ hasText: name });
    await expect(kept.getByRole("button", { name: "Note and tags" })).toBeVisible();
    await expect(gallery.cards().first().getByRole("button", { name: "Note and tags" })).toHaveCount(0);
  });
});

/** A process that has an archive open for writing. */
async function holdArchive(file: string): Promise<ChildProcess> {
  const module = new URL("../src/main/archive/index.ts", import.meta.url).href;
  const program = `const { openArchive } = await import(${JSON.stringify(module)});
    globalThis.held = openArchive(${JSON.stringify(file)}); // what nobody refers to is closed
    console.log("held");
    setInterval(() => {}, 1e6);`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", program], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  await once(child.stdout!, "data");
  return child;
}

test.describe("an archive is damaged", () => {
  const folder = scratch();
  const held = hosted(() => {
    madeArchive(folder.path, "damaged", 20);
    return { archive: madeArchive(folder.path, "sound", 20).file };
  });
  test("it is listed with what is wrong, and the others work", async ({ page }) => {
    const [shell, gallery] = [new Shell(page), new Gallery(page)];
    const damaged = join(folder.path, "damaged.sqlite");
    await visit(page, held.host, "gallery");
    await gallery.open(damaged);
    await expect(gallery.count).toContainText("20 experiments");
    overwrite(damaged);
    await shell.go("Settings");
    await page.reload();
    const storage = page.getByRole("region", { name: "Storage" });
    const row = storage.getByRole("row", { name: /damaged\.sqlite/ });
    await expect(row).toContainText("It was not changed");
    await expect(storage.getByRole("row", { name: /sound\.sqlite/ })).toContainText("20");
    await shell.go("Gallery");
    await expect(page.getByRole("main").getByRole("alert")).toContainText("is damaged");
    await page.getByRole("combobox", { name: "Archive" }).selectOption({ label: "sound.sqlite" });
    await expect(gallery.cards().first()).toBeVisible();
  });
});

/** As a bad disk does: the pages are there, and are not what they were. */
function overwrite(file: string): void {
  const handle = openSync(file, "r+");
  writeSync(handle, Buffer.alloc(64 * 1024, 0xa5), 0, 64 * 1024, 0);
  closeSync(handle);
}

test.describe("an endpoint does not answer", () => {
  const held = hosted();
  test("Test says so, and what to look at", async ({ page }) => {
    const { port } = await freePort();
    await visit(page, held.host, "settings?section=models");
    await page.getByRole("button", { name: "Add an endpoint" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("Name", { exact: true }).fill("lab");
    await dialog.getByLabel("Address").fill(`http://127.0.0.1:${port}/v1`);
    await dialog.getByLabel("Model", { exact: true }).fill("some-model");
    await dialog.getByRole("button", { name: "Store endpoint" }).click();
    const row = page.getByRole("row", { name: /some-model/ });
    await row.getByRole("button", { name: "Test" }).click();
    const said = row.getByRole("status");
    await expect(said).toContainText("127.0.0.1", LONG);
    await expect(said).toContainText(/server/i);
  });
});

/** A port that nobody listens on. */
async function freePort(): Promise<{ port: number }> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, "close");
  return { port };
}

test("a full disk: what was not stored is said, and it works again once there is room", async ({ page }) => {
  const unshare = findOnPath("unshare", process.env);
  const sh = findOnPath("sh", process.env);
  const able = process.platform === "linux" && process.getuid?.() === 0 && unshare !== null && sh !== null;
  test.skip(!able, "a small disk of its own needs Linux, root and unshare");
  const home = temporaryFolder();
  const made = temporaryFolder();
  const { file } = madeArchive(made, "archive", 20);
  const mount = 'PATH=/usr/sbin:/usr/bin:/sbin:/bin mount -t tmpfs -o size=8m none "$0" && exec "$@"';
  const host = new WebHost({ home, through: [unshare!, "--mount", sh!, "-c", mount, home] });
  try {
    await host.start();
    // The disk is there for the program only; this is the way to it.
    const disk = join("/proc", String(host.pid), "root", home);
    copyFileSync(file, join(disk, "archive.sqlite"));
    await visit(page, host, "gallery");
    const star = () =>
      new Gallery(page)
        .cards()
        .first()
        .getByRole("button", { name: /^(Star|Remove the star)/ });
    const filler = join(disk, "filler");
    const { bavail, bsize } = statfsSync(disk);
    writeFileSync(filler, Buffer.alloc(bavail * bsize));
    const before = await star().getAttribute("aria-pressed");
    await star().click();
    const notes = new Shell(page).notes;
    await expect(notes.getByRole("alert")).toContainText(/is full.*everything earlier is intact/);
    await expect(notes.getByRole("alert")).toContainText("Free some space");
    await expect(star()).toHaveAttribute("aria-pressed", before!);
    rmSync(filler);
    await star().click();
    await expect(star()).toHaveAttribute("aria-pressed", before === "true" ? "false" : "true");
  } finally {
    await host.close();
    for (const path of [home, made]) rmSync(path, { recursive: true, force: true });
  }
});
