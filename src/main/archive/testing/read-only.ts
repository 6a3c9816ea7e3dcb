/**
 * Reads an archive on a disk that is mounted read-only, as it is after a clean end and after the writer was killed, and
 * prints what it found. Argument: an empty folder.
 */
import { execFileSync, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { ArchiveError, createArchive, openArchive, openReader } from "../index.ts";

const folder = process.argv[2]!;
execFileSync("mount", ["-t", "tmpfs", "none", folder]);
const writer = new URL("./writer-process.ts", import.meta.url).pathname;
const file = (name: string) => join(folder, `${name}.sqlite`);

execFileSync(process.execPath, [writer, file("clean"), "0", "5"]);
/** A writer that is killed after some commits: they lie in the -wal. */
async function killed(name: string): Promise<number> {
  const child = spawn(process.execPath, [writer, file(name)], { stdio: ["ignore", "pipe", "inherit"] });
  let text = "";
  for await (const chunk of child.stdout) {
    text += chunk;
    if (text.split("\n").length > 5) break;
  }
  child.kill("SIGKILL");
  if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
  return text.split("\n").length - 1;
}
const acknowledged = { killed: await killed("killed"), noshm: await killed("noshm") };
const wal = existsSync(`${file("killed")}-wal`);
rmSync(`${file("noshm")}-shm`);
execFileSync("mount", ["-o", "remount,ro,bind", "none", folder]);

const snapshot = () =>
  readdirSync(folder)
    .sort()
    .map(
      (name) =>
        `${name} ${createHash("sha256")
          .update(readFileSync(join(folder, name)))
          .digest("hex")}`,
    );
const before = snapshot();
const codeOf = (work: () => unknown): string => {
  try {
    work();
    return "none";
  } catch (error) {
    if (error instanceof ArchiveError) return error.code;
    throw error;
  }
};
const read: Record<string, { rows: number; hits: number }> = {};
for (const name of ["clean", "killed", "noshm"]) {
  const reader = await openReader(file(name));
  read[name] = {
    rows: (await reader.experiments()).length,
    hits: (await reader.search("idea", 1000)).length,
  };
  await reader.close();
}
const write = ["clean", "killed"].map((name) => codeOf(() => openArchive(file(name))));
const create = codeOf(() => createArchive(file("new")));
const createBelow = codeOf(() => createArchive(join(folder, "sub", "new.sqlite")));
const unchanged = JSON.stringify(snapshot()) === JSON.stringify(before);
console.log(JSON.stringify({ acknowledged, wal, read, write, create, createBelow, unchanged }));
