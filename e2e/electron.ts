/** The application in Electron, where its binary is. */
import { electronBinary, noDisplay } from "../scripts/start/electron.ts";
import { programFolder } from "../src/main/paths.ts";

/** Why it cannot be tested here, or null. */
export function electronMissing(env: NodeJS.ProcessEnv = process.env): string | null {
  if (electronBinary(programFolder, env) === null)
    return "its binary is not here (npm start downloads it, ELECTRON_OVERRIDE_DIST_PATH names one)";
  return noDisplay(env, process.platform);
}
