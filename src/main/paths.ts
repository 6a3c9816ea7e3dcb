/** Where things lie: the program's own files, and the user's data folder. */
import { homedir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

/** Top of the program's files: holds trainer/ and resources/. */
export const programFolder = resolve(dirname(fileURLToPath(import.meta.url)), "../..");
export const trainerFolder = join(programFolder, "trainer");
export const resourcesFolder = join(programFolder, "resources");

/** The data folder: CAMBRIAN_HOME, else the platform's convention. */
export function dataFolder(
  env: NodeJS.ProcessEnv = process.env,
  platform: NodeJS.Platform = process.platform,
  home: string = homedir(),
): string {
  if (env.CAMBRIAN_HOME) return resolve(env.CAMBRIAN_HOME);
  if (platform === "darwin") return join(home, "Library", "Application Support", "Cambrian");
  if (platform === "win32") return join(env.LOCALAPPDATA ?? join(home, "AppData", "Local"), "Cambrian");
  return join(env.XDG_DATA_HOME || join(home, ".local", "share"), "cambrian");
}
