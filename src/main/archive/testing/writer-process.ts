/**
 * A writer for the tests to kill: commits experiments one after another, and names each on standard output once its commit
 * has returned. Arguments: archive, index of the first experiment, how many (default: without end).
 */
import { writeSync } from "node:fs";
import { openOrCreateArchive } from "../index.ts";
import { campaign, experiment, uuid } from "./fixtures.ts";

const [file, first = "0", count = "Infinity"] = process.argv.slice(2);
const archive = openOrCreateArchive(file!);
archive.createCampaign(campaign());
for (let i = Number(first); i < Number(first) + Number(count); i++) {
  archive.commit({
    campaignId: uuid(1),
    experiment: experiment(i, { motivation: `idea ${i}`.repeat(20) }),
    version: { version: 0, code: `class Mixer: ${i}`, why: "proposed" },
    curves: [{ run: "lm-s0", steps: [1, 2, 3], losses: [3, 2, i], aux: [null, null, null] }],
    log: `line ${i}\n`.repeat(1000),
    event: { type: "archived", data: { i } },
  });
  writeSync(1, `${i}\n`);
}
if (count !== "Infinity") archive.close();
