/** What has to be in order before anything trains, with what a button can do about it. */

import type { HealthCheck } from "../../shared/live.ts";
import type { Procedures } from "../../shared/procedures.ts";
import { doctor } from "../doctor.ts";
import { type Check, ProgramError } from "../program.ts";
import { describeGpus, readyPython } from "../trainer/index.ts";
import type { Context } from "./context.ts";

type Needs = Pick<Context, "home" | "env" | "programEnv" | "settings" | "program" | "refresh">;

/** What is looked at outside of this file; for tests. */
export const LOOKS = { ready: readyPython, gpus: describeGpus };

export interface Health {
  /** Remembered until it is asked for afresh, or the settings have changed. Never builds an environment. */
  check(fresh: boolean): Promise<HealthCheck[]>;
  /** The environment has changed. */
  forget(): void;
  procedures: Pick<Procedures, "health.check">;
}

export function createHealth(ctx: Needs, looks = LOOKS): Health {
  let known: { of: string; checks: Promise<HealthCheck[]> } | null = null;
  const restsOn = () => {
    const { python, sandbox, device } = ctx.settings.get();
    return JSON.stringify([python, sandbox, device]);
  };
  function check(fresh: boolean): Promise<HealthCheck[]> {
    if (!fresh && known?.of === restsOn()) return known.checks;
    // The program remembers what it found, too.
    if (fresh) ctx.refresh();
    const entry = { of: restsOn(), checks: look(ctx, looks) };
    known = entry;
    entry.checks.catch(() => {
      if (known === entry) known = null;
    });
    return entry.checks;
  }
  return {
    check,
    forget() {
      known = null;
    },
    procedures: { "health.check": ({ fresh }) => check(fresh) },
  };
}

async function look(ctx: Needs, looks: typeof LOOKS): Promise<HealthCheck[]> {
  const env = ctx.programEnv();
  const own = Boolean(env.CAMBRIAN_PYTHON);
  // An environment that is there but broken is for the doctor to explain: it builds only where there is none.
  const ready = await looks.ready({ home: ctx.home, env }).then(
    (found) => found !== null,
    () => true,
  );
  const checks = ready ? await (await ctx.program()).doctor() : await withoutPython(ctx.home, env);
  const told = checks.map((c) => withAction(noted(c, ctx), own));
  const at = told.findIndex((c) => c.name === "disk");
  return [...told.slice(0, at), await gpuCheck(env, looks.gpus), ...told.slice(at)];
}

const NOT_SET_UP =
  "Not set up yet: Cambrian builds an environment of its own, with torch, in its data folder.";

/** The doctor where there is no environment: what needs one is left out, because nothing can be said about it yet. */
async function withoutPython(home: string, env: NodeJS.ProcessEnv): Promise<Check[]> {
  const missing = () => {
    const fix = "Set it up here (about 1 GB, 8 GB with CUDA), or choose an interpreter that imports torch.";
    throw new ProgramError("environment", "not_set_up", NOT_SET_UP, fix);
  };
  const python = async () => missing();
  const checks = await doctor({ home, env, python, machine: python, explained: (work) => work() });
  return checks.filter(({ name }) => !["torch", "device", "sandbox"].includes(name));
}

function withAction(check: Check, ownPython: boolean): HealthCheck {
  const open = !check.ok || check.fix !== null;
  const python = ownPython ? "choose interpreter" : "set up";
  const actions: Record<string, HealthCheck["action"]> = {
    interpreter: python,
    torch: python,
    sandbox: "install sandbox",
  };
  return { ...check, action: open ? (actions[check.name] ?? null) : null };
}

/** Says where a setting stands above a variable of the environment. */
function noted(check: Check, { env, settings }: Needs): Check {
  const { python, sandbox, device } = settings.get();
  const chosen: Record<string, [value: string | null, variable: string]> = {
    interpreter: [python, "CAMBRIAN_PYTHON"],
    sandbox: [sandbox === "auto" ? null : sandbox, "CAMBRIAN_SANDBOX"],
    device: [device === "auto" ? null : device, "CAMBRIAN_DEVICE"],
  };
  const [value, variable] = chosen[check.name] ?? [null, ""];
  if (value === null) return check;
  const over = env[variable] && env[variable] !== value ? `, which stands above ${variable}` : "";
  return { ...check, detail: `${check.detail} (chosen in the settings${over})` };
}

async function gpuCheck(env: NodeJS.ProcessEnv, gpus: typeof describeGpus): Promise<HealthCheck> {
  const about = { name: "gpu", fix: null, action: null };
  try {
    const found = await gpus(env);
    const detail =
      found.length > 0 ? found.join("; ") : "No NVIDIA GPU was found: candidates train on the CPU.";
    return { ...about, ok: true, detail };
  } catch (error) {
    const fix = "Check the NVIDIA driver: nvidia-smi has to answer.";
    return { ...about, ok: false, detail: error instanceof Error ? error.message : String(error), fix };
  }
}
