/** Tries to mark an experiment of `clean.sqlite` in a folder that is mounted read-only, and prints how that ended. */
import { execFileSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { ArchiveError, setMarks } from "../index.ts";
import { uuid } from "./fixtures.ts";

const folder = process.argv[2]!;
execFileSync("mount", ["--bind", folder, folder]);
execFileSync("mount", ["-o", "remount,ro,bind", folder]);
try {
  setMarks(join(folder, "clean.sqlite"), uuid(1000), { starred: true });
  console.log(JSON.stringify({ code: "none" }));
} catch (error) {
  const { code, fix } = error as ArchiveError;
  const names = readdirSync(folder).filter((name) => name.startsWith("clean"));
  console.log(JSON.stringify({ code: error instanceof ArchiveError ? code : String(error), fix, names }));
}
