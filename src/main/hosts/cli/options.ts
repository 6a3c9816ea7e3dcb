/** Values of options, checked where they are read: a wrong one is wrong usage, never a surprise later. */
import { InvalidArgumentError } from "commander";

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
