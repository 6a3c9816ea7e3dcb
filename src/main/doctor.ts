/** What has to be in order before anything trains, each with what to do when it is not. */
import { mkdirSync, statfsSync } from "node:fs";
import type { Campaign, Tier } from "../shared/domain.ts";
import type { PythonEnvironment } from "./interfaces.ts";
import { resourcesFolder, trainerFolder } from "./paths.ts";
import { readPreset } from "./presets.ts";
import { type Check, ProgramError } from "./program.ts";

const MIN_FREE_GB = 2;

/** What is asked, and how the modules' errors are told. */
export interface Patient {
  home: string;
  env: NodeJS.ProcessEnv;
  python: () => Promise<PythonEnvironment>;
  /** `found`: what the sandbox's probe found, in words. */
  machine: () => Promise<{ device: Campaign["device"]; workers: number; tier: Tier; found: string }>;
  explained: <T>(work: () => Promise<T>) => Promise<T>;
}

/** Never throws for what it finds: a problem is a check that is not ok. */
export async function doctor({ home, env, python, machine, explained }: Patient): Promise<Check[]> {
  const checks: Check[] = [];
  // Asked for by several checks: an environment that cannot be built is not tried again for each.
  let found: Promise<PythonEnvironment> | null = null;
  const environment = () => {
    found ??= python();
    return found;
  };
  const ready = async () => {
    await environment();
    return machine();
  };
  const check = async (name: string, work: () => Promise<Omit<Check, "name"> | string>) => {
    try {
      const found = await explained(work);
      checks.push(
        typeof found === "string" ? { name, ok: true, detail: found, fix: null } : { name, ...found },
      );
    } catch (error) {
      const fix = error instanceof ProgramError ? error.fix : null;
      checks.push({ name, ok: false, detail: error instanceof Error ? error.message : String(error), fix });
    }
  };
  await check("interpreter", async () => {
    const found = await environment();
    return `Python ${found.version} (${found.origin}) at ${found.python}`;
  });
  await check("torch", async () => {
    const found = await environment();
    return `torch ${found.torch}, ${found.cuda ? "with CUDA" : "for CPU"}`;
  });
  await check("device", async () => {
    const { device, workers } = await ready();
    const chosen = env.CAMBRIAN_DEVICE === "cpu" ? ", chosen by CAMBRIAN_DEVICE" : "";
    return device === "cuda"
      ? "NVIDIA GPU"
      : `CPU, ${workers} ${workers === 1 ? "worker" : "workers"} of one thread${chosen}`;
  });
  await check("sandbox", async () => {
    const { tier, found } = await ready();
    if (tier === "bubblewrap") return "bubblewrap: every promise was tried and holds";
    const fix = "Install bubblewrap (Debian, Ubuntu: apt-get install bubblewrap).";
    const detail = `${tier}: ${found}`;
    return { ok: tier === "landlock", detail, fix };
  });
  await check("disk", async () => {
    mkdirSync(home, { recursive: true });
    const { bavail, bsize } = statfsSync(home);
    const free = (bavail * bsize) / 2 ** 30;
    const detail = `${free.toFixed(1)} GB free for ${home}`;
    const fix = `Free at least ${MIN_FREE_GB} GB, or set CAMBRIAN_HOME to a folder on another disk.`;
    return free >= MIN_FREE_GB ? detail : { ok: false, detail, fix };
  });
  await check("resources", async () => {
    readPreset("smoke");
    return `presets and protocols at ${resourcesFolder} and ${trainerFolder} are valid`;
  });
  return checks;
}
