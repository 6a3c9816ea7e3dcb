/** Fills a real disk of 1 MB under an archive, frees it again, and prints what the archive did. Argument: an empty folder. */
import { execFileSync } from "node:child_process";
import { readdirSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ArchiveError, createArchive, openArchive, openReader } from "../index.ts";
import { campaign, experiment, uuid } from "./fixtures.ts";

const folder = process.argv[2]!;
execFileSync("mount", ["-t", "tmpfs", "-o", "size=1m", "none", folder]);
const file = join(folder, "a.sqlite");
const filler = join(folder, "filler");

const codeOf = (work: () => void): string => {
  try {
    work();
    return "none";
  } catch (error) {
    if (error instanceof ArchiveError) return error.code;
    throw error;
  }
};
/** Takes every free byte but `leave`. */
const fill = (leave: number) => {
  const { bavail, bsize } = statfsSync(folder);
  writeFileSync(filler, Buffer.alloc(Math.max(0, bavail * bsize - leave)));
};

let archive = createArchive(file);
archive.createCampaign(campaign());
let acknowledged = 0;
const add = () => {
  const change = { campaignId: uuid(1), experiment: experiment(acknowledged), log: "x".repeat(20_000) };
  archive.commit({ ...change, event: { type: "archived", data: {} } });
  acknowledged++;
};
fill(300_000);
const commit = codeOf(() => {
  for (;;) add();
});
const again = codeOf(add);
const before = acknowledged;
const readable = archive.experiments(uuid(1)).length;
const reader = await openReader(file);
const seen = (await reader.summaries()).length;
await reader.close();
rmSync(filler);
const retried = codeOf(add);
const backup = archive.backup(join(folder, "b.sqlite")); // Does not fit: the disk is filled before its first page.
fill(0);
const backedUp = await backup.then(
  () => "none",
  (error) => (error instanceof ArchiveError ? error.code : String(error)),
);
archive.close();
const createFull = codeOf(() => createArchive(join(folder, "c.sqlite")).close());
const openFull = codeOf(() => openArchive(file).close());
const closedReader = await openReader(file);
const seenFull = (await closedReader.summaries()).length;
await closedReader.close();
rmSync(filler);
archive = openArchive(file);
const kept = archive.experiments(uuid(1)).length;
const seqs = archive.experiments(uuid(1)).map((e) => e.index);
archive.close();
const left = readdirSync(folder).sort();
console.log(
  JSON.stringify({
    commit,
    again,
    before,
    readable,
    seen,
    retried,
    backedUp,
    createFull,
    openFull,
    seenFull,
    kept,
    seqs,
    left,
  }),
);
