/** What a host asked for, checked: budgets, rungs, protocol files. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { imported } from "../shared/campaign-file.ts";
import type { CampaignForm } from "../shared/campaigns.ts";
import type { Budget } from "../shared/domain.ts";
import { Protocol } from "../shared/protocol.ts";
import { trainerFolder } from "./paths.ts";
import { type Limits, ProgramError, type RunRequest } from "./program.ts";

export const budgetOf = (asked: Limits, otherwise: Budget): Budget => ({
  experiments: asked.experiments ?? otherwise.experiments,
  wallSeconds: asked.wallSeconds ?? otherwise.wallSeconds,
  deviceSeconds: asked.deviceSeconds ?? otherwise.deviceSeconds,
  tokens: asked.tokens ?? otherwise.tokens,
  cost: asked.cost ?? otherwise.cost,
});

export function rungNamed(protocol: Protocol, name: string | null): number {
  if (name === null) return protocol.rungs.length - 1;
  const rung = protocol.rungs.findIndex((r) => r.name === name);
  if (rung >= 0) return rung;
  const names = protocol.rungs.map((r) => r.name).join(", ");
  throw new ProgramError(
    "usage",
    "unknown_rung",
    `Protocol ${protocol.name} has no rung "${name}".`,
    `Rungs: ${names}.`,
  );
}

export function readProtocol(file: string): Protocol {
  try {
    return Protocol.parse(JSON.parse(readFileSync(file, "utf8")));
  } catch (error) {
    const why = error instanceof z.ZodError ? z.prettifyError(error) : String(error);
    const fix = `Start from a copy of ${join(trainerFolder, "protocols/cpu.json")}.`;
    throw new ProgramError("usage", "bad_protocol", `${file} is not a protocol: ${why}`, fix);
  }
}

/** What a filled form asks of the program. */
export function requestOf(form: CampaignForm, archive: string, workers: number | null): RunRequest {
  return {
    preset: form.preset,
    archive,
    seed: form.seed,
    researcher: form.researcher,
    name: form.name,
    protocol: form.protocol,
    search: form.search,
    budget: form.budget,
    ...(form.researcher === "llm" && form.models && { llm: form.models }),
    ...((form.workers ?? workers) !== null && { workers: form.workers ?? workers! }),
  };
}

/** A file that the wizard exported. @throws ProgramError bad_settings */
export function readSettings(file: string): CampaignForm {
  const read = imported(readFileSync(file, "utf8"));
  if ("form" in read) return read.form;
  throw new ProgramError("usage", "bad_settings", `${file}: ${read.problem}`, "Export the settings again.");
}
