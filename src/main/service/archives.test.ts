import { mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createArchive, isHeld, openArchive, openReader } from "../archive/index.ts";
import { campaign } from "../hosts/cli/fixtures.ts";
import { archiveId, createArchives } from "./archives.ts";

let home: string;
let recent: string[];
let opened: string[];
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "cambrian-archives-"));
  recent = [];
  opened = [];
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

const make = (name: string, campaigns = 1): string => {
  const path = join(home, name);
  const archive = createArchive(path);
  for (let i = 0; i < campaigns; i++)
    archive.createCampaign({ ...campaign, id: `00000000-0000-4000-8000-00000000000${i}` });
  archive.close();
  return path;
};
const listed = () =>
  createArchives({
    home,
    demo: join(home, "demo.sqlite"),
    settings: {
      recent: () => recent,
      setRecent: (paths) => {
        recent = paths;
      },
    },
    program: async () => ({
      reader: (path) => {
        opened.push(path);
        return openReader(path);
      },
    }),
  });

describe("the list of archives", () => {
  it("has the default one, recent ones and the demo; two names of one file are one archive", async () => {
    const own = make("archive.sqlite");
    const other = make("other.sqlite", 2);
    make("demo.sqlite");
    const link = join(home, "link.sqlite");
    symlinkSync(other, link);
    const archives = listed();
    expect(archives.remember(link)).toBe(archiveId(other));
    expect(archives.remember(own)).toBe(archiveId(own));
    expect(recent).toEqual([other]); // the default one is always there
    const all = await archives.list();
    expect(all.map((a) => [a.name, a.origin, a.campaigns, a.writable, a.problem])).toEqual([
      ["archive.sqlite", "default", 1, true, null],
      ["other.sqlite", "recent", 2, true, null],
      ["Demo", "demo", 1, false, null],
    ]);
    archives.forget(archiveId(other));
    expect(archives.known().map((a) => a.origin)).toEqual(["default", "demo"]);
    await archives.close();
  });

  it("reads more archives than are kept open, in their order", async () => {
    const files = Array.from({ length: 7 }, (_, i) => make(`many-${i}.sqlite`, i + 1));
    recent = files;
    const archives = listed();
    expect((await archives.list()).map((a) => [a.name, a.campaigns])).toEqual(
      files.map((_, i) => [`many-${i}.sqlite`, i + 1]),
    );
    await archives.close();
  });

  it("opens nothing any more once they are closed, in the middle of a list or after it", async () => {
    recent = Array.from({ length: 7 }, (_, i) => make(`late-${i}.sqlite`));
    const archives = listed();
    const listing = archives.list();
    await archives.close();
    const rest = (await listing).slice(4);
    expect(rest.map((a) => a.problem?.message)).toEqual(Array(3).fill("Cambrian is closing."));
    expect(opened).toHaveLength(4);
    await expect(archives.read(archiveId(recent[0]!), (r) => r.campaigns())).rejects.toThrow("closing");
  });

  it("tells the problem of each that cannot be read, with what to do", async () => {
    const gone = make("gone.sqlite");
    const broken = join(home, "broken.sqlite");
    writeFileSync(broken, "not a database, but long enough to look at ".repeat(40));
    recent = [gone, broken];
    rmSync(gone);
    const archives = listed();
    const all = await archives.list();
    expect(all.map((a) => a.problem?.code)).toEqual(["missing", "not_an_archive"]);
    for (const { problem } of all) expect(problem!.fix).not.toBe("");
    await expect(archives.read(all[0]!.id, (r) => r.campaigns())).rejects.toMatchObject({ code: "missing" });
    await expect(archives.read("000000000000", (r) => r.campaigns())).rejects.toMatchObject({
      code: "unknown_archive",
    });
    await archives.close();
  });

  it("opens a file again that was replaced, and one whose reader has ended", async () => {
    const path = make("a.sqlite", 1);
    recent = [path];
    const archives = listed();
    const id = archiveId(path);
    const count = () => archives.read(id, async (r) => (await r.campaigns()).length);
    expect([await count(), await count()]).toEqual([1, 1]);
    expect(opened).toHaveLength(1);
    renameSync(make("b.sqlite", 3), path);
    expect(await count()).toBe(3);
    expect(opened).toHaveLength(2);
    await archives.read(id, (r) => r.close());
    expect(await count()).toBe(3);
    await archives.close();
  });

  it("notices what somebody else wrote, once, in the archives that are read", async () => {
    const path = make("mine.sqlite", 1);
    recent = [path, make("unread.sqlite", 1)];
    const archives = listed();
    const id = archiveId(path);
    const count = () => archives.read(id, async (r) => (await r.campaigns()).length);
    expect(await count()).toBe(1);
    archives.changed(); // opening may write beside it
    expect(archives.changed()).toEqual([]);
    const writer = openArchive(path);
    writer.createCampaign({ ...campaign, id: "00000000-0000-4000-8000-000000000009" });
    expect(archives.changed()).toEqual([id]);
    expect(await count()).toBe(2);
    expect(archives.changed()).toEqual([]);
    writer.close();
    await archives.close();
  });

  it("lets no file that cannot be looked at take it down", () => {
    recent = [join("/", "a".repeat(5000), "archive.sqlite")]; // stat fails, and not because it is missing
    expect(listed().changed()).toEqual([]);
  });

  it("keeps few readers open, and none is closed while it answers", async () => {
    const paths = Array.from({ length: 7 }, (_, i) => make(`a${i}.sqlite`, 1 + (i % 3)));
    recent = paths;
    const archives = listed();
    const counts = await Promise.all(
      paths.map((path) => archives.read(archiveId(path), async (r) => (await r.campaigns()).length)),
    );
    expect(counts).toEqual([1, 2, 3, 1, 2, 3, 1]);
    await archives.close();
  });
});

it("an archive that is written is held, by whomever; a closed one is not", () => {
  const path = make("held.sqlite");
  expect(isHeld(path)).toBe(false);
  const archive = createArchive(join(home, "new.sqlite"));
  expect(isHeld(join(home, "new.sqlite"))).toBe(true);
  archive.close();
  expect(isHeld(join(home, "new.sqlite"))).toBe(false);
  expect(isHeld(join(home, "missing.sqlite"))).toBe(false);
});
