/**
 * `npm run bench:ui`: measured figures of the screens beside their goals. Options: --only home,gallery,tree,terminal,curves
 * (all of them without), --experiments N (of the gallery, 100,000), --tree FILE (a tree of one's own as well), --folder DIR
 * (keeps the generated archives, so that the next run need not make them), --json.
 */
import { mkdirSync, rmSync } from "node:fs";
import { cpus, loadavg, totalmem } from "node:os";
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { buildRenderer } from "../../scripts/start/built.ts";
import { programFolder } from "../../src/main/paths.ts";
import { chromiumVersion } from "../chromium.ts";
import { temporaryFolder } from "../host.ts";
import { curved, fromTreeFile, grown, many } from "./archives.ts";
import { launchBrowser } from "./browser.ts";
import { type Figure, table } from "./figures.ts";
import { curves, gallery, home, tree } from "./screens.ts";
import { terminal } from "./terminal.ts";

const PARTS = ["home", "gallery", "tree", "terminal", "curves"] as const;
const TREES = [1772, 10_000];

const { values } = parseArgs({
  options: {
    only: { type: "string" },
    experiments: { type: "string", default: "100000" },
    tree: { type: "string" },
    folder: { type: "string" },
    json: { type: "boolean", default: false },
  },
});
const wanted = values.only?.split(",") ?? [...PARTS];
const unknown = wanted.find((name) => !PARTS.includes(name as (typeof PARTS)[number]));
if (unknown !== undefined) {
  console.error(`There is no part ${JSON.stringify(unknown)}: ${PARTS.join(", ")}.`);
  process.exit(2);
}
const experiments = Number(values.experiments);
const say = (line: string) => process.stderr.write(`${line}\n`);

const folder = values.folder ? resolve(values.folder) : temporaryFolder();
mkdirSync(folder, { recursive: true });
await buildRenderer(programFolder, say);
const { browser, path } = await launchBrowser();
const figures: Figure[] = [];
const part = async (name: (typeof PARTS)[number], work: () => Promise<Figure[]>) => {
  if (!wanted.includes(name)) return;
  say(`Measuring: ${name}`);
  // What was measured before is worth having all the same.
  try {
    figures.push(...(await work()));
  } catch (error) {
    process.exitCode = 1;
    say(`${name} could not be measured: ${(error as Error).message.split("\n")[0]}`);
  }
};
try {
  await part("home", () => home(browser));
  await part("gallery", () => gallery(browser, many(folder, experiments), experiments));
  await part("tree", async () => {
    const all: Figure[] = [];
    for (const n of TREES) all.push(...(await tree(browser, grown(folder, n), n)));
    if (!values.tree) return all;
    const { file, nodes } = fromTreeFile(folder, resolve(values.tree));
    return [
      ...all,
      ...(await tree(browser, file, nodes)).map((f) => ({ ...f, part: `${f.part} of the file` })),
    ];
  });
  await part("terminal", () => terminal(browser, folder));
  await part("curves", () => curves(browser, curved(folder, 100, 10_000)));
} finally {
  await browser.close();
  if (!values.folder) rmSync(folder, { recursive: true, force: true });
}
const machine = {
  cpu: `${cpus().length} × ${cpus()[0]?.model.trim()}`,
  memory: `${(totalmem() / 1e9).toFixed(0)} GB`,
  load: loadavg()[0]!.toFixed(1),
  node: process.version,
  browser: await chromiumVersion(path),
};
if (values.json) console.log(JSON.stringify({ machine, figures }, null, 2));
else {
  console.log(
    `${machine.cpu}, ${machine.memory}, Node ${machine.node}, ${machine.browser}, load ${machine.load}\n`,
  );
  console.log(table(figures));
}
