/** A new campaign: everything prefilled, nothing wrong gets through, and what is wrong says how to mend it. */
import { readFileSync } from "node:fs";
import type { Locator } from "@playwright/test";
import { Shell } from "./pages/shell.ts";
import { STEPS, type Step, Wizard } from "./pages/wizard.ts";
import { expect, hosted, test, visit } from "./test.ts";

// Nothing can be trained: a start that gets through fails, and says so.
const held = hosted(() => ({ env: { CAMBRIAN_PYTHON: "/nonexistent/python" } }));

test.beforeEach(({ page }) => visit(page, held.host, "campaigns/new"));

const WRONG: { step: Step; field: string; value: string; says: RegExp; advanced?: true }[] = [
  { step: "Goal", field: "Name", value: "", says: /Give the campaign a name/ },
  { step: "Goal", field: "Seed", value: "-1", says: /whole number from 0 on/, advanced: true },
  {
    step: "Baseline and data",
    field: "Heads",
    value: "7",
    says: /has to be a multiple.*try \d/,
    advanced: true,
  },
  { step: "Search", field: "Pool", value: "3", says: /Parents come from the pool: at most 3/ },
  { step: "Search", field: "Cold start", value: "many", says: /coldStart/ },
  { step: "Budget", field: "Experiments", value: "2.5", says: /whole number from 1 on/ },
  { step: "Budget", field: "Running time (hours)", value: "-1", says: /more than 0 hours/ },
];

for (const { step, field, value, says, advanced } of WRONG)
  test(`${field}: "${value}" says how to mend it, and blocks the start`, async ({ page }) => {
    const wizard = new Wizard(page);
    await wizard.go(step);
    if (advanced) await wizard.advanced();
    await wizard.field(field).fill(value);
    await expect(page.getByRole("region", { name: step })).toContainText(says);
    await expect(wizard.estimate).toContainText("something to mend");
    await wizard.go(step === "Goal" ? "Budget" : "Goal");
    await wizard.start.click();
    // It leads to the step that has to be mended.
    await expect(page.getByRole("heading", { level: 2, name: step })).toBeVisible();
    await expect(page.getByRole("alert")).toContainText(says);
    await expect(new Shell(page).heading("New campaign")).toBeVisible();
  });

test("language models without an endpoint lead to the settings", async ({ page }) => {
  const wizard = new Wizard(page);
  await wizard.go("Agents");
  await page.getByRole("radio", { name: "Language models" }).check();
  await wizard.start.click();
  await expect(page.getByRole("alert")).toContainText("add an endpoint in Settings");
  await page.getByRole("link", { name: "Set up language models" }).click();
  await expect(page.getByRole("region", { name: "Language models" })).toBeInViewport();
});

test("what was filled in is kept while somebody sets up a model", async ({ page }) => {
  const wizard = new Wizard(page);
  await wizard.field("Name").fill("Long thought about");
  await new Shell(page).go("Settings");
  await page.goBack();
  await expect(wizard.field("Name")).toHaveValue("Long thought about");
});

test("the fold stays open while a number is typed anew", async ({ page }) => {
  const wizard = new Wizard(page);
  await wizard.go("Baseline and data");
  await wizard.advanced();
  await wizard.field("Layers").fill("");
  await wizard.field("Layers").pressSequentially("2");
  await expect(wizard.field("Layers")).toBeFocused();
  await expect(wizard.field("Layers")).toHaveValue("2");
});

test("no limit at all is refused", async ({ page }) => {
  const wizard = new Wizard(page);
  await wizard.go("Budget");
  for (const field of ["Experiments", "Running time (hours)"]) await wizard.field(field).fill("");
  await expect(page.getByRole("region", { name: "Budget" })).toContainText("Set at least one limit");
});

test("from Home, a preset starts within four clicks", async ({ page }) => {
  await visit(page, held.host, "home");
  const wizard = new Wizard(page);
  let clicks = 0;
  const click = async (target: Locator) => {
    await target.click();
    clicks++;
  };
  await click(page.getByRole("region", { name: "Begin" }).getByRole("button", { name: "New campaign" }));
  await click(page.getByRole("radio", { name: "Smoke test" }));
  await click(wizard.start);
  // It was asked to start: without Python it cannot, and says what to do.
  await expect(new Shell(page).notes.getByRole("alert")).toContainText("/nonexistent/python");
  expect(clicks).toBeLessThanOrEqual(4);
});

test("the settings go out as a file and come in again", async ({ page }) => {
  const wizard = new Wizard(page);
  await wizard.field("Name").fill("A name of my own");
  await wizard.go("Budget");
  await wizard.field("Experiments").fill("17");
  const download = page.waitForEvent("download");
  await page.getByRole("button", { name: "Export settings" }).click();
  const path = await (await download).path();
  expect(JSON.parse(readFileSync(path, "utf8"))).toMatchObject({ kind: "cambrian-campaign" });
  await page.reload();
  const take = (file: Parameters<Locator["setInputFiles"]>[0]) =>
    page.getByLabel("Settings file").setInputFiles(file);
  await wizard.start.waitFor();
  await take({ name: "other.json", mimeType: "application/json", buffer: Buffer.from("[1]") });
  await expect(new Shell(page).notes).toContainText("holds no campaign settings");
  await take(path);
  await expect(wizard.field("Name")).toHaveValue("A name of my own");
  await wizard.go("Budget");
  await expect(wizard.field("Experiments")).toHaveValue("17");
});

test("every step is reached by Next, and the estimate stands beside each", async ({ page }) => {
  const wizard = new Wizard(page);
  for (const step of STEPS) {
    await expect(page.getByRole("heading", { level: 2, name: step })).toBeVisible();
    await expect(wizard.estimate.getByText("Running time")).toBeVisible();
    if (step !== "Budget") await page.getByRole("button", { name: "Next" }).click();
  }
  await expect(page.getByRole("button", { name: "Next" })).toBeDisabled();
});
