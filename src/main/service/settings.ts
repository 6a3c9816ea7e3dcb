/** desktop.json in the data folder: what a person set for the application, and the archives that were opened before. */
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { z } from "zod";
import type { Procedures } from "../../shared/procedures.ts";
import { Settings } from "../../shared/settings.ts";
import { programFolder } from "../paths.ts";
import { CallFailure } from "../server/service.ts";
import type { Context, SettingsStore } from "./context.ts";

const File = z.object({
  settings: Settings,
  recent: z.array(z.string().max(4096)).max(200).default([]),
});
type File = z.infer<typeof File>;

export const settingsFile = (home: string): string => join(home, "desktop.json");

/** Writes a file whole: a reader, or a crash, finds the old one or the new one. @throws CallFailure not_written */
export function writeWhole(file: string, text: string): void {
  const temporary = `${file}.${process.pid}.tmp`;
  try {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(temporary, text, { mode: 0o600, flush: true });
    renameSync(temporary, file);
  } catch (error) {
    try {
      rmSync(temporary, { force: true });
    } catch {} // Why it was not written is what matters.
    throw new CallFailure(
      "not_written",
      `${file} was not written: ${(error as Error).message}. It holds what it held.`,
      "Make room on the disk, or give yourself the right to write that folder.",
    );
  }
}

/** Never throws: a file that cannot be read is kept aside as desktop.json.broken, and the defaults are used. */
export function openSettings(home: string): SettingsStore {
  const file = settingsFile(home);
  const { value, problem } = read(file);
  let held = value;
  const keep = (next: File) => {
    writeWhole(file, `${JSON.stringify(next, null, 2)}\n`);
    held = next;
  };
  return {
    problem,
    get: () => held.settings,
    set(patch) {
      keep({ ...held, settings: Settings.parse({ ...held.settings, ...patch }) });
      return held.settings;
    },
    recent: () => [...held.recent],
    setRecent: (paths) => keep({ ...held, recent: [...new Set(paths)].slice(0, 200) }),
  };
}

function read(file: string): { value: File; problem: string | null } {
  const defaults: File = { settings: Settings.parse({}), recent: [] };
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    if ((error as { code?: string }).code === "ENOENT") return { value: defaults, problem: null };
    const why = (error as Error).message;
    return { value: defaults, problem: `${file} cannot be read: ${why}. The defaults are used.` };
  }
  try {
    return { value: File.parse(JSON.parse(text)), problem: null };
  } catch (error) {
    const why = error instanceof z.ZodError ? z.prettifyError(error) : (error as Error).message;
    const what = `${file} does not hold settings: ${why}. The defaults are used`;
    try {
      renameSync(file, `${file}.broken`);
      return { value: defaults, problem: `${what}; what it held is kept in ${file}.broken.` };
    } catch {
      return { value: defaults, problem: `${what}; the file is left as it is until a setting is changed.` };
    }
  }
}

/**
 * The environment that a program gets: what the settings name stands above what the host was started with. "auto" and null
 * say nothing, so that the variable holds.
 */
export function withSettings(
  env: NodeJS.ProcessEnv,
  { python, sandbox, device }: Pick<Settings, "python" | "sandbox" | "device">,
): NodeJS.ProcessEnv {
  return {
    ...env,
    ...(python !== null && { CAMBRIAN_PYTHON: python }),
    ...(sandbox !== "auto" && { CAMBRIAN_SANDBOX: sandbox }),
    ...(device !== "auto" && { CAMBRIAN_DEVICE: device }),
  };
}

const Package = z.object({ version: z.string() });
export const appVersion = (): string =>
  Package.parse(JSON.parse(readFileSync(join(programFolder, "package.json"), "utf8"))).version;

/** @param demo id of the archive that comes with Cambrian; null where it is missing */
export function settingsProcedures(
  ctx: Pick<Context, "home" | "host" | "settings" | "secrets" | "refresh">,
  demo: () => Promise<string | null> | string | null,
): Pick<Procedures, "app.info" | "settings.get" | "settings.set" | "secrets.set"> {
  return {
    "app.info": async () => ({
      version: appVersion(),
      host: ctx.host,
      platform: process.platform,
      home: ctx.home,
      demo: await demo(),
      problem: ctx.settings.problem,
    }),
    "settings.get": async () => ctx.settings.get(),
    "settings.set": async (patch) => ctx.settings.set(patch),
    "secrets.set": async ({ name, value }) => {
      if (!ctx.secrets.canStore) {
        const fix = `Set the environment variable ${name}, and start Cambrian again.`;
        throw new CallFailure("no_secrets", "This host cannot keep keys. Nothing was stored.", fix);
      }
      ctx.secrets.set(name, value.trim());
      ctx.refresh();
      return { ok: true };
    },
  };
}
