/** Interpreters to choose from. */
import type { Procedures } from "../../shared/procedures.ts";
import { listPythons, readyPython } from "../trainer/index.ts";
import type { Context } from "./context.ts";

/** The one in use comes first, where there is one. */
export const pythonProcedures = (
  ctx: Pick<Context, "home" | "programEnv" | "settings">,
  find: typeof listPythons = listPythons,
): Pick<Procedures, "python.list"> => ({
  "python.list": async (_, signal) => {
    const env = ctx.programEnv();
    const ready = await readyPython({ home: ctx.home, env, signal }).catch(() => null);
    const first = [env.CAMBRIAN_PYTHON, ready?.python].filter((path) => path !== undefined);
    return find(env, first, signal);
  },
});
