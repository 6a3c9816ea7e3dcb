import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { type Extract, openDesk } from "../../cognition/desk.ts";
import { entry } from "../../cognition/testing.ts";
import { runCli } from "./cli.ts";
import { programOf, streamsOf } from "./fixtures.ts";

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "cambrian-cli-cognition-"));
  writeFileSync(join(home, "paper.md"), "A paper.");
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

const mine: Extract = async () => [entry("mine"), entry("other")];

async function cambrian(args: string[], extract: Extract | null = mine) {
  const streams = streamsOf(home);
  const asked: unknown[] = [];
  const program = programOf({
    cognition: async (request) => {
      asked.push(request);
      return openDesk({ home, extract, shipped: join(home, "no-shipped") });
    },
  });
  const code = await runCli(["cognition", ...args], streams, async () => program).done;
  await new Promise((resolve) => setImmediate(resolve));
  return { code, asked, ...streams.text() };
}

it("takes a paper from add through review to search and show", async () => {
  const added = await cambrian([
    "add",
    "paper.md",
    "--llm-base-url",
    "http://127.0.0.1:9/v1",
    "--llm-model",
    "m",
  ]);
  expect(added.code).toBe(0);
  expect(added.asked).toEqual([{ models: { baseUrl: "http://127.0.0.1:9/v1", model: "m" } }]);
  expect(added.out).toContain(join(home, "cognition", "review", "paper.json"));

  const review = JSON.parse((await cambrian(["review", "--json"])).out);
  expect(review.waiting.map((w: { id: string }) => w.id)).toEqual(["mine", "other"]);

  expect((await cambrian(["accept", "mine"])).out).toBe("Accepted: mine.\n");
  expect((await cambrian(["reject", "--all"])).out).toBe("Rejected: other.\n");
  expect((await cambrian(["review"])).out).toBe("Nothing waits for review.\n");

  const { hits } = JSON.parse((await cambrian(["search", "minesymptomx0", "--limit", "1", "--json"])).out);
  expect(hits).toMatchObject([{ id: "mine", title: "On mine" }]);
  const shown = await cambrian(["show", "mine"]);
  expect(shown.out).toContain("Test et al. (2024). On mine.");
  expect(JSON.parse((await cambrian(["show", "mine", "--json"])).out)).toEqual(entry("mine"));
  expect((await cambrian(["list", "--tag", "linear-attention"])).out).toMatch(/^mine {2}/m);
});

it.each<[string, string[], string]>([
  ["no such entry", ["show", "nothing"], "no_entry"],
  ["no ids", ["accept"], "no_ids"],
  ["ids and all", ["reject", "mine", "--all"], "no_ids"],
  ["no such file", ["add", "nothing.md"], "no_file"],
  ["no text", ["search"], "usage"],
])("%s is wrong usage", async (_, args, code) => {
  const { code: exit, out } = await cambrian([...args, "--json"]);
  expect(exit).toBe(2);
  expect(JSON.parse(out).error.code).toBe(code);
});

it("says that a paper takes a model when none is set up", async () => {
  const { code, err } = await cambrian(["add", "paper.md"], null);
  expect(code).toBe(2);
  expect(err).toMatch(/needs a language model.*Nothing was added.*--llm-base-url/s);
});

it("answers no when a named entry stays in review, and says why", async () => {
  const { code, out } = await cambrian(["accept", "nothing"]);
  expect(code).toBe(1);
  expect(out).toBe("Accepted: nothing.\nLeft in review: nothing: nothing of that id waits for review.\n");
});

it("tells of the user's broken file on standard error, and keeps standard output JSON", async () => {
  await cambrian(["add", "paper.md"]);
  await cambrian(["accept", "--all"]);
  writeFileSync(join(home, "cognition", "broken.json"), "{");
  const { code, out, err } = await cambrian(["search", "minesymptomx0", "--json"]);
  expect(code).toBe(0);
  expect(err).toContain("broken.json");
  expect(JSON.parse(out).hits[0].id).toBe("mine");
});

it.each(["list", "search", "show", "add", "review", "accept", "reject"])(
  "%s has an example",
  async (name) => {
    const { code, out } = await cambrian([name, "--help"]);
    expect(code).toBe(0);
    expect(out).toMatch(/Example:\n +cambrian cognition /);
    expect(out).toContain("--json");
  },
);
