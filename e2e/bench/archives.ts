/** Generated archives of the bench; in a folder that is kept, they are made once. */
import { existsSync, readFileSync, renameSync } from "node:fs";
import { join } from "node:path";
import { createArchive } from "../../src/main/archive/index.ts";
import { campaign, experiment, score, uuid } from "../../src/main/archive/testing/fixtures.ts";
import { writeMany } from "../../src/main/archive/testing/many.ts";

/** Made beside its place and moved there, so that one half made is not taken for whole. */
function once(folder: string, name: string, make: (file: string) => void): string {
  const file = join(folder, `${name}.sqlite`);
  if (existsSync(file)) return file;
  const temporary = join(folder, `${name}-making.sqlite`);
  make(temporary);
  renameSync(temporary, file);
  return file;
}

export const many = (folder: string, n: number): string =>
  once(folder, `gallery-${n}`, (file) => writeMany(file, n, { seed: 7 }));

export const grown = (folder: string, n: number): string =>
  once(folder, `tree-${n}`, (file) => writeMany(file, n, { seed: 7, campaigns: 1 }));

/** One experiment with `runs` curves of `points` points. */
export const curved = (folder: string, runs: number, points: number): string =>
  once(folder, `curves-${runs}-${points}`, (file) => {
    const archive = createArchive(file);
    archive.createCampaign(campaign(1, { state: "finished" }));
    const steps = Array.from({ length: points }, (_, i) => i + 1);
    archive.commit({
      campaignId: uuid(1),
      experiment: experiment(0, { status: "archived", scores: [score("screen", 2)] }),
      curves: Array.from({ length: runs }, (_, s) => ({
        run: `lm-s${s}`,
        steps,
        losses: steps.map((i) => 2 + 3 / (1 + i / 500) + 0.1 * Math.sin(i * (s + 1))),
        aux: steps.map(() => null),
      })),
      event: { type: "archived", data: {} },
    });
    archive.close();
  });

interface TreeFile {
  nodes: { index: number; name: string; parent: number | null; score: number }[];
}

/** A tree from a file {nodes: [{index, name, parent, score}]}, as an archive. @returns the archive, and its size */
export function fromTreeFile(folder: string, path: string): { file: string; nodes: number } {
  const { nodes } = JSON.parse(readFileSync(path, "utf8")) as TreeFile;
  const file = once(folder, `tree-of-file-${nodes.length}`, (temporary) => {
    const archive = createArchive(temporary);
    archive.createCampaign(campaign(1, { state: "finished" }));
    nodes.forEach(({ index, name, parent, score: fitness }, i) => {
      archive.commit({
        campaignId: uuid(1),
        experiment: experiment(index, {
          name,
          status: "archived",
          parentId: parent === null ? null : uuid(1000 + parent),
          scores: [score("screen", 2.4, Math.max(0, Math.min(1, fitness / 3)))],
          createdAt: new Date(Date.UTC(2025, 0, 1) + 60_000 * i).toISOString(),
        }),
        event: { type: "archived", data: {} },
      });
    });
    archive.close();
  });
  return { file, nodes: nodes.length };
}
