/** The only wiring: modules meet here, and hosts come in here. */
import { randomUUID } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { type Campaign, Tier } from "../shared/domain.ts";
import { protocolHash } from "../shared/hash.ts";
import type { JobEvent } from "../shared/job.ts";
import type { Protocol } from "../shared/protocol.ts";
import { createAgents, posterior } from "./agents/index.ts";
import {
  ArchiveError,
  agentStats,
  createArchive,
  isHeld,
  openArchive,
  openOrCreateArchive,
  openReader,
  setMarks,
} from "./archive/index.ts";
import { keepBaselines, measuredWith, readBaselines } from "./baseline-cache.ts";
import {
  benchPipeline,
  type CampaignHandle as EngineHandle,
  evaluate,
  gateOnly,
  proxyValidity,
  timedOf,
} from "./campaign/index.ts";
import { openDesk } from "./cognition/index.ts";
import { createDiagrams } from "./diagram/index.ts";
import { doctor } from "./doctor.ts";
import { exportOf } from "./gallery/export.ts";
import type { Archive, DeviceLease, PythonEnvironment } from "./interfaces.ts";
import { detectLocal, type ReplaySource, writeTranscript } from "./llm/index.ts";
import { trainerFolder } from "./paths.ts";
import { readPreset } from "./presets.ts";
import {
  type CandidateRequest,
  type Program,
  ProgramError,
  type ProgramOptions,
  type RunRequest,
} from "./program.ts";
import { budgetOf, readProtocol, rungNamed } from "./requests.ts";
import { createDeviceLease, createTrainer, type LocalTrainer, SandboxUnavailable } from "./trainer/index.ts";
import { ensurePython, SetupError } from "./trainer/python/index.ts";
import { againOf, type CampaignPlan, headerOf, type TranscriptHeader } from "./transcript.ts";
import type { Draw } from "./wiring/drawing.ts";
import { followCampaign } from "./wiring/follow.ts";
import {
  extractorOf,
  keyOf,
  neededSettings,
  pricedBy,
  settingsOf,
  transcriptOf,
  withLedger,
} from "./wiring/models.ts";
import { traceMissing } from "./wiring/tracing.ts";

const NOTHING_USED: Campaign["used"] = {
  wallSeconds: 0,
  deviceSeconds: 0,
  tokens: 0,
  cost: 0,
  refused: null,
};

type Device = Campaign["device"];

/** What trains: made by the first call that needs it. */
interface Machine {
  python: PythonEnvironment;
  trainer: LocalTrainer;
  device: Device;
  threads: number;
}

export async function openProgram(options: ProgramOptions): Promise<Program> {
  const { env, home, signal } = options;
  let starting: Promise<Machine> | null = null;
  let diagrams: ReturnType<typeof createDiagrams> | null = null;
  const archives = new Set<Archive>();
  const running = new Set<EngineHandle>();

  const python = () =>
    ensurePython({ home, env, signal, onProgress: options.onSetup }).catch((error) => {
      options.onSetupFailed?.(error);
      throw error;
    });

  async function start(): Promise<Machine> {
    const found = await python();
    const device: Device = found.cuda && env.CAMBRIAN_DEVICE !== "cpu" ? "cuda" : "cpu";
    const sandbox = Tier.or(z.literal("auto")).parse(env.CAMBRIAN_SANDBOX || "auto");
    const trainer = await createTrainer({
      ...{ python: found.python, home, trainerFolder, device, sandbox },
      onProcess: options.onTerminal,
    });
    return { python: found, trainer, device, threads: device === "cpu" ? 1 : 4 };
  }

  const machine = (): Promise<Machine> => {
    starting ??= start().catch((error) => {
      starting = null; // a later call may find it mended
      throw error;
    });
    return starting;
  };

  const draw: Draw = (graph) => {
    diagrams ??= createDiagrams();
    return diagrams.draw(graph);
  };

  const lease = (device: Device, slots?: number): DeviceLease => createDeviceLease({ device, slots });

  function presetOf(name: string) {
    try {
      return readPreset(name);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      throw new ProgramError(
        "usage",
        "unknown_preset",
        error.message,
        "Name one of these presets with --preset.",
      );
    }
  }

  function candidate(request: CandidateRequest): { code: string; protocol: Protocol } {
    const protocol = request.protocol ?? presetOf(request.preset).protocol;
    try {
      return { code: readFileSync(request.file, "utf8"), protocol };
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      throw new ProgramError(
        "usage",
        "no_file",
        `${request.file} cannot be read: ${why}`,
        "Name a Python file.",
      );
    }
  }

  /** A new campaign as it was asked for, but for what only the machine can say. */
  function begun(request: RunRequest): CampaignPlan {
    const whole = request.protocol && request.search && request.budget;
    const preset = whole ? null : presetOf(request.preset);
    const own = request.protocolFile === undefined ? undefined : readProtocol(request.protocolFile);
    const protocol = request.protocol ?? own ?? preset!.protocol;
    const title = preset?.preset.title ?? request.preset;
    return {
      id: randomUUID(),
      name: request.name ?? `${title}, ${new Date().toISOString().slice(0, 16).replace("T", " ")}`,
      seed: request.seed,
      researcher: request.researcher,
      llm: request.researcher === "llm" ? neededSettings(options, request.models, request.llm) : null,
      protocol,
      protocolHash: protocolHash(protocol),
      search: request.search ?? preset!.preset.search,
      budget: budgetOf(request, request.budget ?? preset!.preset.budget),
    };
  }

  /** With an archive that is closed again where the campaign cannot be begun: a later call may open it. */
  async function within<T>(archive: Archive, work: (archive: Archive) => Promise<T>): Promise<T> {
    archives.add(archive);
    try {
      return await work(archive);
    } catch (error) {
      archives.delete(archive);
      archive.close();
      throw error;
    }
  }

  /** Goes on with a stored campaign, or begins a new one: to the engine they are the same. */
  async function follow(
    campaign: Campaign,
    archive: Archive,
    ready: Machine,
    workers?: number,
    replay: { source: ReplaySource; timed: TranscriptHeader["timed"] } | null = null,
  ) {
    const { trainer, device, threads } = ready;
    const measuredOn = measuredWith(device, ready.python, trainerFolder);
    const key = { protocolHash: campaign.protocolHash, device: measuredOn };
    if (archive.baseline(key).length === 0) {
      for (const { curves, ...point } of readBaselines(home, key)) archive.putBaseline(key, point, curves);
    }
    const { handle, engine } = followCampaign(options, {
      ...{ campaign, archive, trainer, threads, measuredOn, replay, draw },
      lease: lease(device, workers),
      onEnd(last) {
        try {
          const kept = last.baseline.map((p) => ({ ...p, curves: archive.baselineCurves(key, p) }));
          if (kept.length > 0) keepBaselines(home, key, kept);
        } catch {
          // A full disk: the next campaign measures again. The archive is closed all the same.
        } finally {
          running.delete(engine);
          archives.delete(archive);
          archive.close();
        }
      },
    });
    running.add(engine);
    return handle;
  }

  return {
    doctor: () =>
      doctor({
        ...{ home, env, python, explained },
        machine: async () => {
          const { device, trainer } = await machine();
          return { device, workers: lease(device).slots, tier: trainer.tier, found: trainer.probe.detail };
        },
      }),

    gate: (request) =>
      explained(async () => {
        const { code, protocol } = candidate(request);
        const { trainer, device, threads } = await machine();
        const job = { code, protocol, device, threads, rung: 0, nonce: randomUUID().slice(0, 8) };
        return gateOnly(job, trainer, { signal });
      }),

    evaluate: (request) =>
      explained(async () => {
        const { code, protocol } = candidate(request);
        const rung = rungNamed(protocol, request.rung);
        const { trainer, device, threads } = await machine();
        const nonce = randomUUID().slice(0, 8);
        const job = { code, protocol, device, threads, rung, seeds: request.seeds, nonce };
        return evaluate(job, trainer, lease(device), { signal, onEvent: (e) => note(e, request.onNote) });
      }),

    run: (request) =>
      explained(async () => {
        const replay = request.replayFile === undefined ? null : transcriptOf(request.replayFile);
        const given = replay ? againOf(replay.header) : begun(request);
        const ready = await machine();
        const campaign: Campaign = {
          ...given,
          ...{ device: ready.device, tier: ready.trainer.tier, state: "running", reason: null },
          used: NOTHING_USED,
          ...(request.estimate !== undefined && { estimate: request.estimate }),
          createdAt: new Date().toISOString(),
          endedAt: null,
        };
        return within(openOrCreateArchive(request.archive), async (archive) => {
          if (replay && archive.campaigns().some((c) => c.id === campaign.id)) {
            const what = `${request.archive} holds that campaign itself.`;
            const fix = "Name another archive: the campaign that is run again keeps its ids.";
            throw new ProgramError("usage", "same_archive", what, fix);
          }
          const again = replay && { source: replay.source, timed: replay.header.timed };
          return follow(campaign, archive, ready, request.workers, again);
        });
      }),

    resume: (request) =>
      explained(async () => {
        if (!existsSync(request.archive)) {
          const fix = "Name the file of an archive, or begin a campaign with `run`.";
          throw new ProgramError("archive", "missing", `There is no archive at ${request.archive}.`, fix);
        }
        const ready = await machine();
        return within(openArchive(request.archive), async (archive) => {
          const all = archive.campaigns();
          const campaign = request.campaign
            ? all.find((c) => c.id.startsWith(request.campaign!) || c.name === request.campaign)
            : (all.find((c) => c.state !== "finished") ?? all[0]);
          if (!campaign) {
            const what = request.campaign ? `no campaign "${request.campaign}"` : "no campaign";
            throw new ProgramError(
              "usage",
              "no_campaign",
              `The archive holds ${what}.`,
              "Begin one with `run`.",
            );
          }
          if (campaign.device !== ready.device) {
            const message = `The campaign trained on ${campaign.device}, this machine would train on ${ready.device}: their results cannot be compared.`;
            throw new ProgramError("environment", "other_device", message, "Resume it where it was begun.");
          }
          const replay = request.replayFile === undefined ? null : transcriptOf(request.replayFile);
          if (replay && replay.header.campaign.id !== campaign.id) {
            const what = `${request.replayFile} is the transcript of another campaign.`;
            throw new ProgramError("usage", "other_transcript", what, "Name the one that it was begun with.");
          }
          if (!replay && archive.ledger.calls(campaign.id).some((c) => c.source === "replay")) {
            const fix = "Name the transcript with --replay: without it, servers would be asked, and paid.";
            throw new ProgramError("usage", "was_replay", "The campaign runs from a transcript.", fix);
          }
          const again = replay && { source: replay.source, timed: replay.header.timed };
          const budget = budgetOf(request, campaign.budget);
          const asked = request.models && Object.keys(request.models).length > 0;
          const llm = campaign.llm && asked ? neededSettings(options, request.models) : campaign.llm;
          const resumed = { ...campaign, llm, budget, tier: ready.trainer.tier };
          return follow(resumed, archive, ready, request.workers, again);
        });
      }),

    reader: (archive) => explained(() => openReader(archive)),

    proxy: (_campaign, experiments) => proxyValidity(experiments),

    isHeld: async (archive) => isHeld(archive),

    mark: (archive, experimentId, patch) => explained(async () => setMarks(archive, experimentId, patch)),

    draw,

    exportOf,

    traceMissing: (archive, onProgress) =>
      explained(() => traceMissing(archive, machine, draw, onProgress, signal)),

    backup: (archive, to) =>
      explained(async () => {
        const reader = await openReader(archive);
        try {
          await reader.backup(to);
        } finally {
          await reader.close();
        }
        return statSync(to).size;
      }),

    agents: (archive, wanted) =>
      explained(() =>
        withLedger(archive, wanted, false, ({ campaign, experiments, calls }) => {
          const priced = pricedBy(options, campaign ? campaign.llm : settingsOf(options));
          const rows = agentStats(calls, experiments).map((row) => ({ ...row, priced: priced(row.model) }));
          const several = campaign?.llm && campaign.llm.researchers.length > 1;
          return { campaign, rows, posterior: several ? posterior(campaign.llm!, experiments) : [] };
        }),
      ),

    models: (flags) =>
      explained(async () => {
        const settings = settingsOf(options, flags);
        const keys = (settings?.endpoints ?? []).map(
          (e) => [e.name, keyOf(options, e.keyName) !== null] as const,
        );
        return { settings, keys: Object.fromEntries(keys), local: await detectLocal() };
      }),

    transcript: (archive, wanted) =>
      explained(() =>
        withLedger(archive, wanted, true, ({ campaign, experiments, calls }) => {
          if (campaign?.llm) return writeTranscript(headerOf(campaign, experiments.map(timedOf)), calls);
          const what = campaign ? `Campaign "${campaign.name}"` : "This ledger";
          const fix = "Name a campaign that was run with --researcher llm.";
          throw new ProgramError(
            "usage",
            "no_models",
            `${what} has no transcript: no language model plays in it.`,
            fix,
          );
        }),
      ),

    cognition: ({ models: flags, tokens = null, cost = null } = {}) =>
      explained(async () => {
        const settings = settingsOf(options, flags);
        return openDesk({
          home,
          env,
          signal,
          extract: settings && extractorOf(options, settings, { tokens, cost }),
        });
      }),

    benchPipeline: ({ experiments, onNote }) =>
      explained(async () => {
        const { trainer, device } = await machine();
        const folder = mkdtempSync(join(tmpdir(), "cambrian-bench-"));
        try {
          const { protocol } = readPreset("smoke");
          return await benchPipeline(
            {
              protocol,
              device,
              tier: trainer.tier,
              trainer,
              agents: createAgents("grammar"),
              newLease: (slots) => lease(device, slots),
              newArchive: () => createArchive(join(folder, `${randomUUID()}.db`)),
              signal,
              onNote: onNote ?? (() => {}),
            },
            experiments,
          );
        } finally {
          rmSync(folder, { recursive: true, force: true });
        }
      }),

    async close() {
      for (const engine of running) engine.pauseNow();
      await Promise.all([...running].map((engine) => engine.done));
      for (const archive of archives) archive.close();
      await diagrams?.close();
      await (await starting?.catch(() => null))?.trainer.close();
    },
  };
}

function note(event: JobEvent, onNote: ((line: string) => void) | undefined): void {
  if (event.type === "run_started") onNote?.(`${event.run}: training to step ${event.until}`);
  if (event.type === "run_done") onNote?.(`${event.run}: trained in ${event.seconds.toFixed(1)} s`);
}

/** Errors of the modules as the hosts know them: who has to act, and what to do. */
async function explained<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof ArchiveError)
      throw new ProgramError("archive", error.code, error.message, error.fix);
    if (error instanceof SetupError)
      throw new ProgramError("environment", error.code, error.message, error.fix);
    if (error instanceof SandboxUnavailable) {
      const fix = "Run `cambrian doctor`, which says what is missing and how to install it.";
      throw new ProgramError("environment", "no_sandbox", error.message, fix);
    }
    throw error;
  }
}
