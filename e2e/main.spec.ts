/** From the first start to a comparison of what was found, with real training, a reload and a crash on the way. */
import { readFileSync } from "node:fs";
import { findings } from "./axe.ts";
import { Experiment } from "./pages/experiment.ts";
import { Gallery } from "./pages/gallery.ts";
import { Home } from "./pages/home.ts";
import { Live } from "./pages/live.ts";
import { Shell } from "./pages/shell.ts";
import { PYTHON_MISSING } from "./python.ts";
import { openSession, type Session } from "./session.ts";
import { expect, skipWithoutElectron, test } from "./test.ts";

skipWithoutElectron();
// Eight small trainings, and the baseline's: about a minute where nothing else runs.
test.setTimeout(30 * 60_000);
const LONG = { timeout: 15 * 60_000 };

test("first start, demo campaign, reload, crash, and all screens of its result", async ({
  host,
  playwright,
}) => {
  const python = process.env.CAMBRIAN_PYTHON;
  test.skip(!python, PYTHON_MISSING);
  let session: Session | null = null;
  try {
    session = await openSession(host, playwright, {});
    await mainPath(session, python!);
  } finally {
    await session?.close();
  }
});

async function mainPath(session: Session, python: string): Promise<void> {
  const screens = () => {
    const { page } = session;
    return {
      shell: new Shell(page),
      home: new Home(page),
      live: new Live(page),
      gallery: new Gallery(page),
      experiment: new Experiment(page),
    };
  };
  let { shell, home, live, gallery, experiment } = screens();

  await test.step("Home says what is missing", async () => {
    await expect(shell.heading("Home")).toBeVisible();
    await expect(home.check("Python")).toContainText("Not set up yet", LONG);
    await expect(home.check("Disk")).toContainText("free");
  });

  await test.step("an interpreter that is here is chosen, and the machine is ready", async () => {
    await home.chooseInterpreter(python);
    await expect(home.check("Python")).toContainText(python, LONG);
    await expect(home.machine).toContainText("Ready to train", LONG);
  });

  await test.step("the demo campaign runs: stages, curve, terminal", async () => {
    await home.startDemo();
    await expect(live.stages).toBeVisible(LONG);
    await expect.poll(() => live.terminalText(), LONG).toMatch(/\S{3}/);
    await expect(live.curves.locator("canvas").first()).toBeVisible(LONG);
    await expect.poll(() => live.hasCurve(), LONG).toBe(true);
    expect(await findings(session.page)).toEqual([]);
  });

  await test.step("a reload loses nothing", async () => {
    const name = (await session.page.getByRole("heading", { level: 1 }).textContent())!;
    await session.page.reload();
    await expect(shell.heading(name)).toBeVisible();
    await expect.poll(() => live.terminalText(), LONG).toMatch(/\S{3}/);
    await expect(live.messages).not.toBeEmpty();
  });

  await test.step("a crash in the middle: the next start offers to go on", async () => {
    await session.kill();
    await session.start();
    ({ shell, home, live, gallery, experiment } = screens());
    await shell.go("Home");
    await expect(home.resume).toContainText("Every finished step is in the archive", LONG);
    await home.resume.getByRole("button", { name: "Resume" }).click();
    await expect(live.ended("Finished")).toBeVisible(LONG);
    await expect(live.leaderboard.getByRole("link").first()).toBeVisible();
  });

  await test.step("the gallery shows its experiments, and the keys walk and open", async () => {
    await shell.go("Gallery");
    await expect(gallery.count).toContainText("8 experiments");
    await expect(gallery.cards().first()).toBeVisible();
    await gallery.grid.focus();
    await session.page.keyboard.press("ArrowRight");
    await expect(gallery.active()).toHaveAttribute("data-cell", "1");
    await session.page.keyboard.press("ArrowLeft");
    await expect(gallery.active()).toHaveAttribute("data-cell", "0");
    const name = (await gallery.active().getByRole("link").last().textContent())!;
    await session.page.keyboard.press("Enter");
    await expect(shell.heading(name)).toBeVisible();
  });

  await test.step("its architecture: diagram, code, difference, export", async () => {
    await experiment.show("Diagram");
    await expect(experiment.diagram.getByRole("button").first()).toBeVisible();
    await experiment.show("Code");
    await expect(experiment.panel).toContainText("class Mixer");
    await experiment.show("Diff");
    await expect(experiment.panel).toContainText("lines");
    await experiment.show("Curves");
    await expect(experiment.panel.locator("canvas").first()).toBeVisible();
    const file = await experiment.export("Program (mixer.py)");
    expect(file.suggestedFilename()).toMatch(/\.py$/);
    expect(readFileSync(await file.path(), "utf8")).toContain("class Mixer");
  });

  await test.step("the tree, a comparison of two, and the insights", async () => {
    const { page } = session;
    await shell.go("Tree");
    const tree = page.getByRole("application", { name: /^Tree of 8 experiments/ });
    await expect(tree).toBeVisible();
    await shell.go("Gallery");
    await gallery.grid.focus();
    await page.keyboard.press("Home");
    await page.keyboard.press("Space");
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("Space");
    await shell.go("Compare");
    await expect(page.getByRole("main")).toContainText("2 experiments");
    await expect(page.getByRole("region", { name: "Fields" })).toBeVisible();
    await shell.go("Insights");
    await expect(page.getByRole("region", { name: "Progress" }).getByRole("application")).toBeVisible();
    await expect(page.getByRole("region", { name: "Outcomes" })).toBeVisible();
  });
}
