/** What was taken out comes back when somebody changes their mind. */
import { madeArchive } from "./archives.ts";
import { Shell } from "./pages/shell.ts";
import { expect, hosted, scratch, test, visit } from "./test.ts";

const folder = scratch();
const held = hosted(() => ({ archive: madeArchive(folder.path, "generated", 20).file }));

test("a price", async ({ page }) => {
  await visit(page, held.host, "settings?section=prices");
  const prices = page.getByRole("region", { name: "Prices" });
  await prices.getByText(/^\d+ prices$/).click();
  const first = prices.getByRole("textbox", { name: "Pattern 1", exact: true });
  const pattern = await first.inputValue();
  await prices.getByRole("button", { name: `Remove ${pattern}`, exact: true }).click();
  await expect(first).not.toHaveValue(pattern);
  await new Shell(page).notes.getByRole("button", { name: "Undo" }).click();
  await expect(first).toHaveValue(pattern);
});

test("an archive on the list", async ({ page }) => {
  await visit(page, held.host, "settings?section=storage");
  const row = page.getByRole("region", { name: "Storage" }).getByRole("row", { name: /generated\.sqlite/ });
  await row.getByRole("button", { name: /list/i }).click();
  await expect(row).toBeHidden();
  await new Shell(page).notes.getByRole("button", { name: "Undo" }).click();
  await expect(row).toBeVisible();
});
