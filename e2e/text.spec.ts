/** Texts of models: set with their formulas, and nothing in them acts. */
import { join } from "node:path";
import { createArchive } from "../src/main/archive/index.ts";
import { campaign, experiment, score, uuid } from "../src/main/archive/testing/fixtures.ts";
import { Experiment } from "./pages/experiment.ts";
import { Gallery } from "./pages/gallery.ts";
import { expect, hosted, scratch, test, visit } from "./test.ts";

const HOSTILE = `The state decays: $S_t = \\alpha_t S_{t-1}$.

<img src="x" onerror="document.title = 'owned'"><script>document.title = 'owned'</script>

![a picture](https://example.org/p.png) [a page](https://example.org/) [a trap](javascript:document.title='owned')`;

const folder = scratch();
const held = hosted(() => {
  const file = join(folder.path, "texts.sqlite");
  const archive = createArchive(file);
  archive.createCampaign(campaign(1, { state: "finished" }));
  archive.commit({
    campaignId: uuid(1),
    experiment: experiment(0, { status: "archived", analysis: HOSTILE, scores: [score("screen", 2)] }),
    event: { type: "archived", data: {} },
  });
  archive.close();
  return { archive: file };
});

test("a formula is set; HTML, scripts, pictures and other addresses than https are text", async ({
  page,
}) => {
  const away: string[] = [];
  page.on("request", (request) => {
    if (!request.url().startsWith("http://127.0.0.1")) away.push(request.url());
  });
  await visit(page, held.host, "gallery");
  await new Gallery(page).cards().first().getByRole("link").last().click();
  const { story } = new Experiment(page);
  await expect(story.locator(".katex").first()).toBeVisible();
  await expect(story).toContainText("a picture");
  await expect(story.locator("img, script")).toHaveCount(0);
  await expect(story.locator("[href^='javascript']")).toHaveCount(0);
  await story.getByText("a page").click();
  await expect(page.getByRole("dialog")).toContainText("https://example.org/");
  expect(await page.title()).not.toBe("owned");
  expect(away.filter((url) => !/^(data|blob):/.test(url))).toEqual([]);
});
