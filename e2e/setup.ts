/** Once, before everything: what is tested is what is built, and it is said what cannot be tested here. */

import { buildAll, buildRenderer } from "../scripts/start/built.ts";
import { programFolder } from "../src/main/paths.ts";
import { electronMissing } from "./electron.ts";
import { findPython, PYTHON_MISSING } from "./python.ts";

export default async function setup(): Promise<void> {
  const say = (line: string) => console.log(line);
  const why = electronMissing();
  if (why) say(`Skipped: the application in Electron, because ${why}.`);
  const python = await findPython();
  if (!python) say(`Skipped: what trains, because ${PYTHON_MISSING}.`);
  // For the processes that run the tests.
  else process.env.CAMBRIAN_PYTHON = python;
  await (why ? buildRenderer : buildAll)(programFolder, say);
}
