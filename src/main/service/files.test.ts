import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { listFolder } from "./files.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "cambrian-files-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const touch = (...names: string[]) => {
  for (const name of names) writeFileSync(join(folder, name), "abc");
};
const names = (suffixes: string[]) => listFolder(folder, suffixes).entries.map((e) => e.name);

it("gives folders first and the files of the suffixes, without what is hidden", () => {
  touch("run-10.sqlite", "run-2.sqlite", "B.SQLITE", "notes.txt", ".hidden.sqlite");
  mkdirSync(join(folder, "zoo"));
  mkdirSync(join(folder, ".git"));
  symlinkSync(join(folder, "zoo"), join(folder, "link"));
  symlinkSync(join(folder, "gone"), join(folder, "broken.sqlite"));
  expect(names([".sqlite"])).toEqual(["link", "zoo", "B.SQLITE", "run-2.sqlite", "run-10.sqlite"]);
  expect(names([])).toContain("notes.txt");
  const listed = listFolder(folder, [".txt"]);
  expect(listed.parent).toBe(dirname(folder));
  expect(listed.entries.at(-1)).toEqual({
    ...{ name: "notes.txt", path: join(folder, "notes.txt"), folder: false, bytes: 3 },
  });
  expect(listFolder("/", []).parent).toBeNull();
});

it("gives at most 2,000, and no folder is lost to files", () => {
  touch(...Array.from({ length: 2100 }, (_, i) => `a${i}.txt`));
  mkdirSync(join(folder, "zoo"));
  const { entries } = listFolder(folder, []);
  expect(entries).toHaveLength(2000);
  expect(entries[0]!.name).toBe("zoo");
});

it("says why a folder cannot be listed", () => {
  touch("file");
  expect(() => listFolder(join(folder, "gone"), [])).toThrow(
    expect.objectContaining({ code: "missing", message: expect.stringContaining("gone") }),
  );
  expect(() => listFolder(join(folder, "file"), [])).toThrow(expect.objectContaining({ code: "unreadable" }));
});

it.skipIf(process.getuid?.() === 0)("says so where the rights are missing", () => {
  chmodSync(folder, 0o000);
  expect(() => listFolder(folder, [])).toThrow(/may not read/);
  chmodSync(folder, 0o700);
});
