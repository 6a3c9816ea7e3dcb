/** Marks beside a writer of another process, on archives of older versions, and where nothing can be written. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { GalleryFilter } from "../../shared/settings.ts";
import { createArchive, openReader, setMarks } from "./index.ts";
import { campaign, experiment, uuid } from "./testing/fixtures.ts";
import { canMount, runMounted } from "./testing/mounts.ts";
import { createVersion1 } from "./testing/version-1.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "cambrian-marks-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const writer = new URL("./testing/writer-process.ts", import.meta.url).pathname;
const query = {
  filter: GalleryFilter.parse({}),
  sort: { by: "newest", descending: false },
  offset: 0,
  limit: 50,
} as const;

describe("marks", () => {
  it("are set while another process writes, and neither loses anything", async () => {
    const file = join(folder, "busy.sqlite");
    const child = spawn(process.execPath, [writer, file, "0", "40"], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    let lines = 0;
    let set = 0;
    for await (const chunk of child.stdout) {
      lines += String(chunk).split("\n").length - 1;
      if (lines > 0)
        set =
          setMarks(file, uuid(1000), { note: `${set + 1}` }).marks.note === `${set + 1}`
            ? set + 1
            : Number.NaN;
    }
    if (child.exitCode === null) await once(child, "exit");
    const reader = await openReader(file);
    expect(set).toBeGreaterThan(0);
    expect((await reader.view(uuid(1000)))!.marks.note).toBe(`${set}`);
    expect(await reader.experiments()).toHaveLength(lines);
    await reader.close();
  }, 60_000);

  it("bring an older archive up to date, its components and novelty included", async () => {
    const file = join(folder, "old.sqlite");
    createVersion1(file, 3);
    const before = await openReader(file); // A private copy, brought up to date as well.
    const { cards } = await before.gallery(query);
    expect(cards.map((c) => [c.standing, c.loss?.mean, c.gain?.value])).toEqual(
      [2, 3, 4].map((l) => ["candidate", l, 0.1]),
    );
    expect(cards[0]).toMatchObject({ novelty: 1, noise: "beyond", loss: { sd: 0.01, n: 2 } });
    expect((await before.gallery({ ...query, filter: GalleryFilter.parse({ text: "idea" }) })).total).toBe(3);
    await before.close();
    expect(setMarks(file, uuid(1001), { starred: true }).migrated).toBe(true);
    expect(setMarks(file, uuid(1001), { starred: true }).migrated).toBe(false);
    const after = await openReader(file);
    expect((await after.gallery(query)).cards).toEqual(cards.map((c, i) => ({ ...c, starred: i === 1 })));
    await after.close();
  });

  it.skipIf(!canMount)("say what to do where the archive cannot be written", () => {
    const file = join(folder, "clean.sqlite");
    const archive = createArchive(file);
    archive.createCampaign(campaign());
    archive.commit({ campaignId: uuid(1), experiment: experiment(0), event: { type: "x", data: {} } });
    archive.close();
    expect(runMounted("./read-only-marks.ts", folder)).toEqual({
      code: "read_only",
      fix: expect.stringContaining("Copy it"),
      names: ["clean.sqlite", "clean.sqlite-lock"],
    });
  });
});
