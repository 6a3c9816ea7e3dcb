/** The interpreter that the tests train with. */
import { dataFolder } from "../src/main/paths.ts";
import { readyPython } from "../src/main/trainer/python/index.ts";

export const PYTHON_MISSING =
  "no Python environment is ready: npm test builds one, or name an interpreter with CAMBRIAN_PYTHON";

/** CAMBRIAN_PYTHON, else that of the environment in the data folder; nothing is built. */
export async function findPython(env: NodeJS.ProcessEnv = process.env): Promise<string | null> {
  const ready = await readyPython({ home: dataFolder(env), env }).catch(() => null);
  return ready?.python ?? null;
}
