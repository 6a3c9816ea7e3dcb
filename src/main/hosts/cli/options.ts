/** Values of options, checked where they are read: a wrong one is wrong usage, never a surprise later. */
import { type Command, InvalidArgumentError } from "commander";
import type { ModelFlags } from "../../program.ts";
import type { Context } from "./context.ts";

export function positive(text: string): number {
  if (!/^\d+$/.test(text) || Number(text) < 1 || !Number.isSafeInteger(Number(text))) {
    throw new InvalidArgumentError("It must be a whole number from 1.");
  }
  return Number(text);
}

export function wholeNumber(text: string): number {
  if (!/^-?\d+$/.test(text) || !Number.isSafeInteger(Number(text))) {
    throw new InvalidArgumentError("It must be a whole number.");
  }
  return Number(text);
}

/** "90s", "30m", "8h", "2d", or plain seconds; in seconds. */
export function seconds(text: string): number {
  const match = text.match(/^(\d+(?:\.\d+)?)\s*(s|m|min|h|d)?$/);
  const value = match ? Number(match[1]) * { s: 1, m: 60, min: 60, h: 3600, d: 86400 }[match[2] ?? "s"]! : 0;
  if (!(value > 0)) throw new InvalidArgumentError("It must be a time such as 90s, 30m or 8h.");
  return value;
}

/** A sum of money, such as 2.50. */
export function amount(text: string): number {
  const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : 0;
  if (!(value > 0)) throw new InvalidArgumentError("It must be a number above 0.");
  return value;
}

/** "200000", "200k" or "5M". */
export function tokens(text: string): number {
  const match = text.match(/^(\d+(?:\.\d+)?)\s*([kM])?$/);
  const value = match ? Math.round(Number(match[1]) * { k: 1e3, M: 1e6, "": 1 }[match[2] ?? ""]!) : 0;
  if (!(value >= 1)) throw new InvalidArgumentError("It must be a number of tokens such as 200k or 5M.");
  return value;
}

export interface ModelValues {
  llmBaseUrl?: string;
  llmModel?: string;
  models?: string;
}

/** The options that say which language models play. */
export const modelOptions = (command: Command): Command =>
  command
    .option("--llm-base-url <url>", "address of an OpenAI-compatible server (default: CAMBRIAN_LLM_BASE_URL)")
    .option("--llm-model <name>", "model there (default: CAMBRIAN_LLM_MODEL)")
    .option("--models <file>", "endpoints, roles and prices (default: models.json in the data folder)");

export const modelFlags = (context: Context, { llmBaseUrl, llmModel, models }: ModelValues): ModelFlags => ({
  ...(llmBaseUrl && { baseUrl: llmBaseUrl }),
  ...(llmModel && { model: llmModel }),
  ...(models && { settingsFile: context.path(models) }),
});
