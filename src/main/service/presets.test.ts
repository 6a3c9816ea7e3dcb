import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { CampaignForm } from "../../shared/campaigns.ts";
import { SearchSettings } from "../../shared/domain.ts";
import { LlmSettings } from "../../shared/llm.ts";
import { Protocol } from "../../shared/protocol.ts";
import { trainerFolder } from "../paths.ts";
import { presetChoices } from "./presets.ts";

const now = new Date(2026, 10, 25, 14, 3);
const models = LlmSettings.parse({
  endpoints: [{ name: "a", baseUrl: "http://127.0.0.1:1/v1", model: "m" }],
});
const choices = (gpu: boolean, llm: LlmSettings | null = null) =>
  presetChoices({ gpu, models: llm, workers: null, now });

describe("presets", () => {
  it("come in the order of the page, each as a form that can be started", () => {
    const titles = ["Smoke test", "CPU overnight", "GPU exploration", "Reproduce ASI-Arch", "Custom"];
    expect(choices(true).map((c) => c.title)).toEqual(titles);
    for (const { form, name } of choices(true)) {
      expect(CampaignForm.parse(form)).toEqual(form);
      expect(form.preset).toBe(name);
    }
    expect(choices(true)[1]!.form).toMatchObject({
      ...{ name: "CPU overnight, 25 Nov 14:03", archive: null, researcher: "grammar", models: null },
    });
  });

  it("play with models where some are configured", () => {
    expect(choices(false, models)[0]!.form).toMatchObject({ researcher: "llm", models });
  });

  it("say which need a GPU where there is none, and can be looked at all the same", () => {
    const without = choices(false);
    expect(without.filter((c) => c.unavailable !== null).map((c) => c.name)).toEqual(["gpu", "asi-arch"]);
    expect(without.every((c) => c.form.protocol.rungs.length > 0)).toBe(true);
    expect(choices(true).every((c) => c.unavailable === null)).toBe(true);
  });

  it("reproduce ASI-Arch with its constants, and say what is not the paper's", () => {
    const asi = choices(true).find((c) => c.name === "asi-arch")!;
    expect(asi.form.search).toEqual(SearchSettings.parse({ mode: "paper" }));
    expect(asi.description).toMatch(/not comparable with the paper/);
    const { model, tasks } = asi.form.protocol;
    expect(model).toMatchObject({ hiddenSize: 256, numHeads: 8, numLayers: 8 });
    expect(tasks.lm!.steps * tasks.lm!.batch * tasks.lm!.seqLen).toBe(2000 * 256 * 2048);
  });
});

const folder = join(trainerFolder, "protocols");
describe("protocol files", () => {
  it.each(readdirSync(folder))("%s is valid, and its rungs train what it describes", (file) => {
    const protocol = Protocol.parse(JSON.parse(readFileSync(join(folder, file), "utf8")));
    expect(`${protocol.name}.json`).toBe(file);
    for (const { runs } of protocol.rungs)
      for (const { task, until } of runs) expect(until).toBeLessThanOrEqual(protocol.tasks[task]!.steps);
    expect(protocol.rungs.at(-1)!.promote).toBeNull();
  });
});
