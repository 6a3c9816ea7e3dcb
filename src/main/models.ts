/** The models' settings as the user keeps them: models.json in the data folder, or a file that is named. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { LlmSettings } from "../shared/llm.ts";
import { ProgramError } from "./program.ts";

export const modelsFile = (home: string): string => join(home, "models.json");

/** null where no file was named and none lies in the data folder. @throws ProgramError no_file, bad_models */
export function readModels(home: string, named?: string): LlmSettings | null {
  const file = named ?? modelsFile(home);
  if (named === undefined && !existsSync(file)) return null;
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    throw new ProgramError("usage", "no_file", `${file} cannot be read: ${why(error)}`, "Name a JSON file.");
  }
  try {
    const json: unknown = JSON.parse(text);
    if (/"(api_?key|key|token|password)"\s*:/i.test(text))
      throw new RangeError(
        'it holds a key. Put the key into an environment variable, and its name into "keyName"',
      );
    return checkedSettings(LlmSettings.parse(json));
  } catch (error) {
    const fix =
      'It must look like {"endpoints": [{"name": …, "baseUrl": …, "model": …}], "roles": {…}}; see the README.';
    throw new ProgramError("usage", "bad_models", `${file} is not a models file: ${why(error)}`, fix);
  }
}

/** Endpoints have names of their own, and whatever is named is there. @throws RangeError */
export function checkedSettings(settings: LlmSettings): LlmSettings {
  const names = settings.endpoints.map((e) => e.name);
  const twice = names.find((n, i) => names.indexOf(n) !== i);
  if (twice !== undefined) throw new RangeError(`two endpoints are called "${twice}"`);
  const asked = [...Object.values(settings.roles), ...settings.researchers.map((r) => r.endpoint)];
  const missing = asked.find((name) => name !== undefined && !names.includes(name));
  if (missing !== undefined)
    throw new RangeError(`there is no endpoint "${missing}"; there are: ${names.join(", ")}`);
  return settings;
}

const why = (error: unknown): string =>
  error instanceof z.ZodError
    ? z.prettifyError(error)
    : error instanceof Error
      ? error.message
      : String(error);
