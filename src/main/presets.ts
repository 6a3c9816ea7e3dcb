/** Presets and protocols as shipped: JSON files, validated by the contract when they are read. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Preset } from "../shared/domain.ts";
import { Protocol } from "../shared/protocol.ts";
import { resourcesFolder, trainerFolder } from "./paths.ts";

const presetFolder = join(resourcesFolder, "presets");

const json = (file: string): unknown => JSON.parse(readFileSync(file, "utf8"));

export const presetNames = (): string[] =>
  readdirSync(presetFolder)
    .filter((f) => f.endsWith(".json"))
    .map((f) => f.slice(0, -".json".length))
    .sort();

/** Throws a RangeError that names the presets there are. */
export function readPreset(name: string): { preset: Preset; protocol: Protocol } {
  if (!presetNames().includes(name)) {
    throw new RangeError(`There is no preset "${name}". Presets: ${presetNames().join(", ")}.`);
  }
  const preset = Preset.parse(json(join(presetFolder, `${name}.json`)));
  return {
    preset,
    protocol: Protocol.parse(json(join(trainerFolder, "protocols", `${preset.protocol}.json`))),
  };
}
