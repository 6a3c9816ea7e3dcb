/** What axe finds on a page as it stands. */
import { AxeBuilder } from "@axe-core/playwright";
import type { Page } from "@playwright/test";
import { Shell } from "./pages/shell.ts";
import { expect } from "./test.ts";

/** Findings that keep somebody out, in both themes, as lines that say where. */
export async function findings(page: Page): Promise<string[]> {
  const found: string[] = [];
  for (const theme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme: theme, reducedMotion: "reduce" });
    await expect.poll(new Shell(page).theme).toBe(theme);
    const { violations } = await new AxeBuilder({ page }).analyze();
    for (const { id, impact, nodes } of violations)
      if (impact === "serious" || impact === "critical")
        found.push(...nodes.map((n) => `${theme}: ${id}: ${n.target.join(" ")}: ${n.failureSummary}`));
  }
  return found;
}
