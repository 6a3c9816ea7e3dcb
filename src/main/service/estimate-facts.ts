/** What an estimate rests on: the machine, earlier campaigns, calibrations, prices. */
import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import type { CampaignForm } from "../../shared/campaigns.ts";
import type { Experiment } from "../../shared/domain.ts";
import { protocolHash, sha256 } from "../../shared/hash.ts";
import type { Procedures } from "../../shared/procedures.ts";
import type { Protocol } from "../../shared/protocol.ts";
import { measuredWith, readBaselines } from "../baseline-cache.ts";
import type { PythonEnvironment } from "../interfaces.ts";
import { priceOf, readPrices } from "../llm/index.ts";
import { trainerFolder } from "../paths.ts";
import { CallFailure } from "../server/service.ts";
import { hasNvidiaGpu, readyPython } from "../trainer/index.ts";
import type { Context } from "./context.ts";
import {
  type Calibration,
  type EstimateFacts,
  estimate,
  type History,
  RATE,
  rungFlops,
  TOKENS,
} from "./estimate.ts";
import { writeWhole } from "./settings.ts";

export interface Machine {
  device: "cpu" | "cuda";
  /** null: the environment is not set up, or cannot be used. */
  python: PythonEnvironment | null;
}

/** Milliseconds for which the machine is remembered: a form asks at every change. */
const REMEMBERED_MS = 30_000;

/** Which device candidates would train on. Builds nothing. */
export function machineOf(
  ctx: Pick<Context, "home" | "programEnv">,
  looks = { ready: readyPython, gpu: hasNvidiaGpu },
): (signal?: AbortSignal) => Promise<Machine> {
  let known: { key: string; until: number; machine: Machine } | null = null;
  return async (signal) => {
    const env = ctx.programEnv();
    const key = JSON.stringify([env.CAMBRIAN_PYTHON, env.CAMBRIAN_DEVICE]);
    if (known?.key === key && Date.now() < known.until) return known.machine;
    const python = await looks.ready({ home: ctx.home, env, signal }).catch(() => null);
    signal?.throwIfAborted();
    const cuda = python ? python.cuda : await looks.gpu(env, signal);
    const device = cuda && env.CAMBRIAN_DEVICE !== "cpu" ? "cuda" : "cpu";
    known = { key, until: Date.now() + REMEMBERED_MS, machine: { device, python } };
    return known.machine;
  };
}

/** What the experiments of one campaign say about time; null where none was trained. */
export function historyOf(experiments: readonly Experiment[]): History | null {
  const scored = experiments.filter((e) => e.scores.length > 0);
  const ended = experiments.filter((e) => ["archived", "rejected", "failed"].includes(e.status));
  if (scored.length === 0) return null;
  return {
    screenSeconds: scored.map((e) => e.scores[0]!.seconds),
    promotionSeconds: scored.flatMap((e) => e.scores.slice(1, 2).map((s) => s.seconds)),
    rejectedShare: ended.filter((e) => e.scores.length === 0).length / Math.max(1, ended.length),
  };
}

/** Campaigns that are read for the times of their experiments, at most. */
const CAMPAIGNS = 5;

/** Earlier campaigns under the same protocol and device, newest first. Each is read again when its archive has changed. */
export function historyIn(ctx: Pick<Context, "archives" | "topics">) {
  const known = new Map<string, History | null>();
  return async (hash: string, device: Machine["device"]): Promise<History[]> => {
    const found: History[] = [];
    for (const { id } of ctx.archives.known()) {
      if (found.length >= CAMPAIGNS) break;
      try {
        await ctx.archives.read(id, async (reader) => {
          for (const c of await reader.campaigns()) {
            if (c.protocolHash !== hash || c.device !== device || found.length >= CAMPAIGNS) continue;
            const key = `${id}/${c.id}/${ctx.topics.changes.value[id] ?? 0}`;
            let history = known.get(key);
            if (history === undefined) {
              history = historyOf(await reader.experiments(c.id));
              known.set(key, history);
            }
            if (history) found.push(history);
          }
        });
      } catch {
        // An archive that cannot be read is told in the list of archives; the estimate does without.
      }
    }
    return found;
  };
}

// ---------------------------------------------------------------- calibration

const Stored = z.object({ gateSeconds: z.number().positive(), trainSeconds: z.number().positive() });
const fileOf = (home: string, hash: string, device: string) =>
  join(home, "calibrations", `${sha256(`${hash} ${device}`).slice(0, 24)}.json`);

function readCalibration(home: string, hash: string, device: string): Calibration | null {
  try {
    return Stored.parse(JSON.parse(readFileSync(fileOf(home, hash, device), "utf8")));
  } catch {
    return null; // None, or a damaged one: it only costs measuring again.
  }
}

/** Seconds that a calibration is meant to train. */
const CALIBRATION_SECONDS = 30;
const FEWEST_STEPS = 10;

/** The protocol with its first rung cut so that the baseline trains for about half a minute. */
export function shortened(protocol: Protocol, device: Machine["device"]): Protocol {
  const [first, ...deeper] = protocol.rungs as [Protocol["rungs"][0], ...Protocol["rungs"]];
  const part = Math.min(1, (CALIBRATION_SECONDS * RATE[device]) / rungFlops(protocol, 0));
  const runs = first.runs.map((r) => ({
    ...r,
    until: Math.min(r.until, Math.max(FEWEST_STEPS, Math.ceil(part * r.until))),
  }));
  return { ...protocol, rungs: [{ ...first, runs }, ...deeper] };
}

async function calibrate(
  ctx: Needs,
  form: CampaignForm,
  machine: Machine,
  measuredOn: string,
): Promise<void> {
  const running = ctx.running();
  if (running) {
    const message = `Campaign "${running.name}" is using the device: what is measured beside it would be wrong.`;
    throw new CallFailure("busy", message, "Measure when it is paused or finished.");
  }
  const { protocol } = form;
  const short = shortened(protocol, machine.device);
  // The baseline is measured, not judged: on a machine that is busy its gates may take long.
  const patient = { ...short, limits: { ...short.limits, gateSeconds: 4 * short.limits.gateSeconds } };
  const file = join(trainerFolder, "mixers", `${protocol.baseline.mixer}.py`);
  const found = await (await ctx.program()).evaluate({
    ...{ file, preset: form.preset, protocol: patient, rung: short.rungs[0]!.name, seeds: 1 },
  });
  if (ctx.running())
    throw new CallFailure(
      "busy",
      "A campaign began meanwhile: what was measured beside it would be wrong, and was not kept.",
      "Measure when it is paused or finished.",
    );
  if (found.status !== "scored") {
    const what = found.failure?.message ?? "no reason was given";
    const message = `The baseline could not be trained under this protocol: ${what} Nothing was kept.`;
    throw new CallFailure(
      "calibration_failed",
      message,
      "Correct the protocol, or look at the machine's health.",
    );
  }
  const gateSeconds = Math.max(0.01, found.gate.seconds);
  const train = Math.max(0.01, found.seconds - found.gate.seconds);
  const trainSeconds = (train * rungFlops(protocol, 0)) / rungFlops(short, 0, 1);
  const kept = JSON.stringify({ gateSeconds, trainSeconds });
  writeWhole(fileOf(ctx.home, protocolHash(protocol), measuredOn), kept);
}

// ---------------------------------------------------------------- procedures

type Needs = Pick<Context, "home" | "programEnv" | "archives" | "topics" | "program" | "running">;

/** Price of an experiment's requests; null where the price of one of its models is not known. */
function costOf(home: string, form: CampaignForm): number | null {
  if (form.researcher !== "llm" || form.models === null) return 0;
  const { endpoints, roles, researchers } = form.models;
  const playing = new Set([
    ...Object.values(roles),
    ...researchers.map((r) => r.endpoint),
    endpoints[0]!.name,
  ]);
  const table = readPrices(home);
  const prices = endpoints.filter((e) => playing.has(e.name)).map((e) => priceOf(e, e.model, table));
  if (prices.some((p) => p === null)) return null;
  // Which role asks how much is not known beforehand: the mean of the models that play.
  const cost = prices.map((p) => (TOKENS.input * p!.input + TOKENS.output * p!.output) / 1e6);
  return cost.reduce((a, b) => a + b, 0) / cost.length;
}

export function estimateProcedures(
  ctx: Needs,
  machine = machineOf(ctx),
): Pick<Procedures, "campaigns.estimate" | "campaigns.calibrate"> {
  const history = historyIn(ctx);

  const on = ({ device, python }: Machine) => (python ? measuredWith(device, python, trainerFolder) : device);

  async function factsOf(form: CampaignForm, found: Machine): Promise<EstimateFacts> {
    const hash = protocolHash(form.protocol);
    const { device } = found;
    const measuredOn = on(found);
    const points = readBaselines(ctx.home, { protocolHash: hash, device: measuredOn });
    return {
      device,
      slots: device === "cuda" ? 1 : (form.workers ?? availableParallelism()),
      history: await history(hash, device),
      calibration: readCalibration(ctx.home, hash, measuredOn),
      measured: form.protocol.rungs.map((r) => r.name).filter((name) => points.some((p) => p.rung === name)),
      costPerExperiment: costOf(ctx.home, form),
    };
  }

  return {
    "campaigns.estimate": async (form, signal) => estimate(form, await factsOf(form, await machine(signal))),
    "campaigns.calibrate": async (form, signal) => {
      const found = await machine(signal);
      await calibrate(ctx, form, found, on(found));
      const facts = await factsOf(form, await machine(signal));
      return estimate(form, { ...facts, history: [] });
    },
  };
}
