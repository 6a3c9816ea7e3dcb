/** Everything that a bug report needs, as text, without anything that is secret. */
import { readFileSync } from "node:fs";
import { totalmem } from "node:os";
import { join } from "node:path";
import type { HealthCheck } from "../../shared/live.ts";
import type { Procedures } from "../../shared/procedures.ts";
import { presetNames } from "../presets.ts";
import type { Context } from "./context.ts";
import { appVersion } from "./settings.ts";

/** Names of variables whose values are never told. */
const SECRET_NAME = /key|token|secret|passw|credential|auth|cookie/i;
/** What keys look like, whoever put them there. */
const SECRET_SHAPES = [
  /\b(?:sk|pk|rk|xai|gsk|hf|ghp|gho|ghs|github_pat|glpat|xox[abp]|AKIA|AIza)[-_]?[A-Za-z0-9_-]{12,}/g,
  /\bBearer\s+[A-Za-z0-9._~+/-]{8,}=*/gi,
  /([?&](?:token|key|api_key|access_token)=)[^&\s"']+/gi,
  /((?:"|')?(?:api[_-]?key|token|password|secret|authorization)(?:"|')?\s*[:=]\s*)(?:"[^"]*"|'[^']*'|[^\s,}"']+)/gi,
  /(https?:\/\/)[^/\s:@]+:[^/\s@]+@/gi,
];
/** A shorter value would be taken out of the middle of words. */
const SHORTEST = 6;

/**
 * A text without keys and tokens, and with the home folder as ~.
 * @param secrets values that are known to be secret
 */
export function redacted(text: string, secrets: readonly string[], userHome: string): string {
  let clean = text;
  const known = secrets.map((s) => s.trim()).filter((s) => s.length >= SHORTEST);
  for (const secret of known.sort((a, b) => b.length - a.length)) {
    for (const form of new Set([secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1)]))
      clean = clean.replaceAll(form, "[secret]");
  }
  for (const shape of SECRET_SHAPES)
    clean = clean.replace(shape, (_, before) => `${typeof before === "string" ? before : ""}[secret]`);
  return userHome.length > 1 ? clean.replaceAll(userHome, "~") : clean;
}

/** Values of variables whose names say that they are secret. */
export const secretValues = (env: NodeJS.ProcessEnv): string[] =>
  Object.entries(env).flatMap(([name, value]) => (value && SECRET_NAME.test(name) ? [value] : []));

/** Lines that are told of each log. */
const TAIL = 200;

export interface DiagnosticsNeeds {
  ctx: Pick<Context, "home" | "host" | "env" | "settings" | "secrets" | "topics">;
  health: () => Promise<HealthCheck[]>;
  /** The newest lines and errors that the program logged, oldest first. */
  log: () => readonly string[];
  /** Names under which keys may be kept: those of the configured endpoints. */
  keyNames: () => readonly string[];
}

export const diagnosticsProcedures = ({
  ctx,
  health: checks,
  log,
  keyNames,
}: DiagnosticsNeeds): Pick<Procedures, "diagnostics.bundle"> => ({
  "diagnostics.bundle": async () => {
    const at = new Date().toISOString();
    const health = await checks().catch((error: unknown) => `The checks failed: ${why(error)}`);
    const { views, ...settings } = ctx.settings.get();
    const keys = keyNames();
    const variables = Object.entries(ctx.env)
      .filter(([name, value]) => name.startsWith("CAMBRIAN_") && value)
      .map(([name, value]) => [name, SECRET_NAME.test(name) || keys.includes(name) ? "[secret]" : value]);
    const report = {
      cambrian: appVersion(),
      at,
      host: ctx.host,
      platform: `${process.platform} ${process.arch}`,
      node: process.version,
      memoryGB: Math.round(totalmem() / 2 ** 30),
      home: ctx.home,
      settings: { ...settings, views: views.length },
      environment: Object.fromEntries(variables),
      presets: presetNames(),
      health,
      setup: ctx.topics.setup.value,
      installer: lastLines(join(ctx.home, "python", "build.log")),
      log: log().slice(-TAIL),
    };
    const held = keys.flatMap((name) => [ctx.env[name], ctx.secrets.get(name)]);
    const secrets = [...secretValues(ctx.env), ...held.filter((value): value is string => Boolean(value))];
    const userHome = ctx.env.HOME ?? ctx.env.USERPROFILE ?? "";
    const text = `${JSON.stringify(
      clean(report, (t) => redacted(t, secrets, userHome)),
      null,
      2,
    )}\n`;
    return { filename: `cambrian-diagnostics-${at.slice(0, 19).replaceAll(":", "-")}.json`, text };
  },
});

/** Every text in a value, but for the names of fields. */
function clean(value: unknown, text: (text: string) => string): unknown {
  if (typeof value === "string") return text(value);
  if (Array.isArray(value)) return value.map((v) => clean(v, text));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, v]) => [name, clean(v, text)]));
}

const why = (error: unknown): string => (error instanceof Error ? error.message : String(error));

function lastLines(file: string): string[] {
  try {
    return readFileSync(file, "utf8").trimEnd().split("\n").slice(-TAIL);
  } catch {
    return [];
  }
}
