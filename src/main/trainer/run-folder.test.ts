import { execFileSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { tailEvents } from "./events-tail.ts";
import { Hostile, ingest, runFolder, wipe, writeDurably } from "./run-folder.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "cambrian-folder-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const at = (...parts: string[]) => join(folder, ...parts);

it("names a run folder by nothing that could lead out of the data folder", () => {
  expect(runFolder("/home", "a-1.b_2").root).toBe("/home/jobs/a-1.b_2");
  for (const id of ["", "..", ".x", "a/b", "a\0b", "-x", "x".repeat(200)])
    expect(() => runFolder("/home", id)).toThrow("not a job's name");
});

it("copies a regular file, and says when there is none", () => {
  mkdirSync(at("run"));
  writeFileSync(at("run", "f"), "content");
  expect(ingest(folder, ["run", "f"], at("copy"), 100)).toBe(true);
  expect(readFileSync(at("copy"), "utf8")).toBe("content");
  expect(ingest(folder, ["run", "missing"], at("copy2"), 100)).toBe(false);
  expect(ingest(folder, ["missing", "f"], at("copy2"), 100)).toBe(false);
});

it("refuses links at every level, special files, folders, and what is too large", () => {
  mkdirSync(at("real"));
  writeFileSync(at("real", "f"), "content");
  symlinkSync(at("real"), at("linked"));
  symlinkSync(at("real", "f"), at("link"));
  symlinkSync(at("nowhere"), at("dangling"));
  execFileSync("mkfifo", [at("pipe")]);
  for (const parts of [["linked", "f"], ["link"], ["dangling"], ["pipe"], ["real"], ["link", "f"]])
    expect(() => ingest(folder, parts, at("copy"), 100), parts.join("/")).toThrow(Hostile);
  expect(() => ingest(folder, ["real", "f"], at("copy"), 3)).toThrow(/more than 0 MB/);
});

it("removes a tree deeper than any path, with folders that nobody may enter", async () => {
  const script = `
import os
os.chdir(${JSON.stringify(folder)})
os.mkdir("tree"); os.chdir("tree")
os.mkdir("closed"); os.mkdir("closed/x"); os.chmod("closed", 0)
for i in range(3000):
    os.mkdir("d"); os.chdir("d")`;
  execFileSync(process.env.CAMBRIAN_PYTHON ?? "python3", ["-c", script]);
  await wipe(at("tree"));
  expect(existsSync(at("tree"))).toBe(false);
});

it("follows no link when it removes", async () => {
  mkdirSync(at("precious"));
  writeFileSync(at("precious", "f"), "content");
  mkdirSync(at("tree"));
  symlinkSync(at("precious"), at("tree", "link"));
  await wipe(at("tree"));
  expect(readFileSync(at("precious", "f"), "utf8")).toBe("content");
});

it("replaces a file whole", () => {
  writeDurably(at("a", "file"), "one");
  writeDurably(at("a", "file"), "two");
  expect(readFileSync(at("a", "file"), "utf8")).toBe("two");
  expect(existsSync(at("a", "file.tmp"))).toBe(false);
});

it("reads events as they come: in parts, between garbage, overlong, with numbers that JSON has not", () => {
  const file = at("events.jsonl");
  const tail = tailEvents(folder);
  expect(tail.poll()).toEqual([]);
  const trained = JSON.stringify({ t: 1, type: "trained" });
  writeFileSync(file, `${trained}\n${trained.slice(0, 7)}`);
  expect(tail.poll()).toHaveLength(1);
  expect(tail.poll()).toHaveLength(0);
  writeFileSync(file, `${trained.slice(7)}\n`, { flag: "a" });
  expect(tail.poll()).toHaveLength(1);
  const step =
    '{"t":1,"type":"step","run":"lm-s0","step":1,"loss":NaN,"lr":1,"tokensPerSecond":1,"memoryMB":1}';
  const long = JSON.stringify({ t: 1, type: "trained", more: "x".repeat(300_000) });
  writeFileSync(file, `garbage\n\xff\xfe\n[]\n{"type":"no such"}\n${step}\n${long}\n\n${trained}\n`, {
    flag: "a",
  });
  expect(tail.poll()).toHaveLength(1);
  expect(tail.garbage).toBe(6);
  tail.close();
});

it("reads no events through a link", () => {
  writeFileSync(at("elsewhere"), `${JSON.stringify({ t: 1, type: "trained" })}\n`);
  symlinkSync(at("elsewhere"), at("events.jsonl"));
  expect(() => tailEvents(folder).poll()).toThrow(Hostile);
});
