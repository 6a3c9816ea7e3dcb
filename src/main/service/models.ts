/** Language models as a person sets them: endpoints, whether their keys are there, prices, and a test of one. */
import { rmSync } from "node:fs";
import { LlmSettings } from "../../shared/llm.ts";
import type { Output, Procedures } from "../../shared/procedures.ts";
import {
  checkEndpoint,
  checkedUrl,
  defaultEndpoint,
  detectLocal,
  ownPrices,
  pricesFile,
  readPrices,
} from "../llm/index.ts";
import { checkedSettings, modelsFile, readModels } from "../models.ts";
import { CallFailure } from "../server/service.ts";
import type { Context } from "./context.ts";
import { writeWhole } from "./settings.ts";

/** Seconds that the test of an endpoint may take. */
const TEST_SECONDS = 60;

type Needs = Pick<Context, "home" | "env" | "secrets" | "refresh">;

/** Which of the two places holds a key; the environment is asked first, as it is when a request is sent. */
function keyOf(
  { env, secrets }: Needs,
  name: string,
): { key: string | null; from: Output<"models.get">["keys"][string] } {
  if (env[name]) return { key: env[name], from: "environment" };
  const stored = secrets.get(name);
  return stored ? { key: stored, from: "stored" } : { key: null, from: "none" };
}

/**
 * models.json of the data folder; where there is none, the endpoint that CAMBRIAN_LLM_BASE_URL and CAMBRIAN_LLM_MODEL name.
 * @throws ProgramError bad_models, CallFailure bad_models
 */
export function configuredModels({ home, env }: Pick<Context, "home" | "env">): LlmSettings | null {
  const file = readModels(home);
  if (file) return file;
  const fix = "Correct CAMBRIAN_LLM_BASE_URL and CAMBRIAN_LLM_MODEL, and start Cambrian again.";
  const first = checked("bad_models", fix, () => defaultEndpoint(env));
  return first && LlmSettings.parse({ endpoints: [first] });
}

/** What is wrong with settings or prices was said by the user, so that the message is theirs to read. */
function checked<T>(code: string, fix: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new CallFailure(code, `${error.message} Nothing was changed.`, fix);
  }
}

export const modelsProcedures = (
  ctx: Needs,
  detect: typeof detectLocal = detectLocal,
): Pick<Procedures, "models.get" | "models.set" | "models.test" | "prices.set"> => ({
  "models.get": async () => {
    const settings = configuredModels(ctx);
    const names = (settings?.endpoints ?? []).map((e) => [e.name, keyOf(ctx, e.keyName).from] as const);
    const prices = checked("bad_prices", `Correct ${pricesFile(ctx.home)}, or delete it.`, () =>
      readPrices(ctx.home),
    );
    return {
      settings,
      keys: Object.fromEntries(names),
      local: await detect(),
      canStore: ctx.secrets.canStore,
      prices: Object.entries(prices).map(([pattern, price]) => ({ pattern, ...price })),
    };
  },

  "models.set": async ({ settings }) => {
    const file = modelsFile(ctx.home);
    if (settings === null) {
      rmSync(file, { force: true });
    } else {
      checked("bad_models", "Correct the endpoint that is named, then save again.", () => {
        for (const { baseUrl } of settings.endpoints) checkedUrl(baseUrl);
        checkedSettings(settings);
      });
      writeWhole(file, `${JSON.stringify(LlmSettings.parse(settings), null, 2)}\n`);
    }
    ctx.refresh();
    return { ok: true };
  },

  "models.test": async ({ endpoint }, signal) => {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(TEST_SECONDS * 1000)]);
    const seconds = { firstByteSeconds: TEST_SECONDS, idleSeconds: TEST_SECONDS, totalSeconds: TEST_SECONDS };
    return checkEndpoint({ ...endpoint, ...seconds }, keyOf(ctx, endpoint.keyName).key, limit);
  },

  "prices.set": async ({ prices }) => {
    const twice = prices.find((p, i) => prices.findIndex((q) => q.pattern === p.pattern) !== i);
    if (twice) {
      const message = `Two prices are named "${twice.pattern}". Nothing was changed.`;
      throw new CallFailure("bad_prices", message, "Keep one of them.");
    }
    const models = Object.fromEntries(
      prices.map(({ pattern, input, output }) => [pattern, { input, output }]),
    );
    // Only what differs from the shipped table is the user's own: the rest follows it when it changes.
    writeWhole(pricesFile(ctx.home), `${JSON.stringify({ models: ownPrices(models) }, null, 2)}\n`);
    ctx.refresh();
    return { ok: true };
  },
});
