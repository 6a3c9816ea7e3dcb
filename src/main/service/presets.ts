/** The choices on the wizard's first page: the shipped presets, each as a form that can be started as it stands. */

import type { CampaignForm, PresetChoice } from "../../shared/campaigns.ts";
import type { LlmSettings } from "../../shared/llm.ts";
import type { Procedures } from "../../shared/procedures.ts";
import { presetNames, readPreset } from "../presets.ts";

/** As they stand on the page; presets that are added later come after them. */
const ORDER = ["smoke", "cpu", "gpu", "asi-arch", "custom"];

/** Presets whose protocol takes days on a CPU. */
const NEEDS_GPU = ["gpu", "asi-arch"];

const NO_GPU =
  "It needs an NVIDIA GPU that torch can use, and none was found on this machine. It can be looked at and exported, and run where there is one.";

/** "25 Nov 14:03" */
const shortTime = (now: Date): string => {
  const month = now.toLocaleString("en-GB", { month: "short" });
  return `${now.getDate()} ${month} ${String(now.getHours()).padStart(2, "0")}:${String(now.getMinutes()).padStart(2, "0")}`;
};

export function formOf(
  name: string,
  models: LlmSettings | null,
  workers: number | null,
  now: Date,
): CampaignForm {
  const { preset, protocol } = readPreset(name);
  return {
    preset: name,
    name: `${preset.title}, ${shortTime(now)}`,
    archive: null,
    seed: 0,
    researcher: models === null ? "grammar" : "llm",
    protocol,
    search: preset.search,
    budget: preset.budget,
    workers,
    models,
  };
}

export function presetChoices(facts: {
  gpu: boolean;
  models: LlmSettings | null;
  workers: number | null;
  now: Date;
}): PresetChoice[] {
  const place = (name: string) => (ORDER.includes(name) ? ORDER.indexOf(name) : ORDER.length);
  return presetNames()
    .sort((a, b) => place(a) - place(b))
    .map((name) => {
      const { title, description } = readPreset(name).preset;
      const unavailable = NEEDS_GPU.includes(name) && !facts.gpu ? NO_GPU : null;
      return {
        name,
        title,
        description,
        unavailable,
        form: formOf(name, facts.models, facts.workers, facts.now),
      };
    });
}

/**
 * @param models those that are configured; null where there are none, or they cannot be read
 * @param gpu whether there is a GPU that candidates would train on
 */
export const presetsProcedures = (given: {
  models: () => LlmSettings | null;
  workers: () => number | null;
  gpu: (signal: AbortSignal) => Promise<boolean>;
}): Pick<Procedures, "presets.list"> => ({
  "presets.list": async (_, signal) =>
    presetChoices({
      gpu: await given.gpu(signal),
      models: given.models(),
      workers: given.workers(),
      now: new Date(),
    }),
});
