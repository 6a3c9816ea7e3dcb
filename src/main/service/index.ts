/** What a screen's host serves: every procedure of the contract and every topic, over one program. */
import { randomUUID } from "node:crypto";
import type {
  DeviceSample,
  FeedItem,
  LiveState,
  Notice,
  SetupState,
  Speech,
  TerminalInfo,
} from "../../shared/live.ts";
import { TOPICS } from "../../shared/topics.ts";
import { openProgram } from "../app.ts";
import type { Program } from "../program.ts";
import type { Service, Source } from "../server/service.ts";
import { logSource, stateSource } from "../server/sources.ts";
import { createArchives } from "./archives.ts";
import { campaignProcedures } from "./campaigns.ts";
import { cognitionProcedures } from "./cognition.ts";
import type { Context, ServiceOptions, SetupListener, Topics } from "./context.ts";
import { createCurves } from "./curves.ts";
import { createDevice } from "./device.ts";
import { diagnosticsProcedures } from "./diagnostics.ts";
import { estimateProcedures } from "./estimate-facts.ts";
import { filesProcedures } from "./files.ts";
import { galleryProcedures } from "./gallery.ts";
import { createHealth, LOOKS } from "./health.ts";
import { configuredModels, modelsProcedures } from "./models.ts";
import { presetsProcedures } from "./presets.ts";
import { pythonProcedures } from "./python.ts";
import { createRunner } from "./runner.ts";
import { openSettings, settingsProcedures, withSettings } from "./settings.ts";
import { createSetup, IDLE } from "./setup.ts";
import { createTerminals } from "./terminals.ts";
import { throttled } from "./throttled.ts";
import { createUses } from "./uses.ts";

export type { Secrets, ServiceOptions } from "./context.ts";

const CHANGES_MS = 500;
/** How often archives that are looked at are checked for what another process wrote. */
const WATCH_MS = 2000;
const FEED = 500;
const NOTICES = 50;
/** Lines for a bug report. */
const LOG = 200;
/** Processes that only compute what a proposal gives: too many and too short to be looked at. */
const FINGERPRINT = /-f\d+-[0-9a-f]{8}$/;

const NO_SECRETS = { get: () => null, set: () => {}, canStore: false };

/** Opening is cheap: what trains is looked for by the first call that needs it. */
export async function createService(options: ServiceOptions): Promise<Service> {
  const { home, env, host, secrets = NO_SECRETS, open = openProgram } = options;
  const settings = openSettings(home);
  const abort = new AbortController();
  const device = createDevice();
  const topics: Topics = {
    live: stateSource<LiveState | null>(null),
    feed: logSource<FeedItem>({ keep: FEED }),
    speech: stateSource<Speech[]>([]),
    curves: createCurves(),
    device: device satisfies Source & { push(item: DeviceSample): void },
    terminals: stateSource<TerminalInfo[]>([]),
    setup: stateSource<SetupState>(IDLE),
    notices: logSource<Notice>({ keep: NOTICES }),
    changes: stateSource<Record<string, number>>({}),
  };
  const terminals = createTerminals(topics.terminals);
  const setupListeners = new Set<SetupListener>();

  const counts: Record<string, number> = {};
  const tellChanges = throttled(CHANGES_MS, () => topics.changes.set({ ...counts }));
  const touched = (archive: string) => {
    counts[archive] = (counts[archive] ?? 0) + 1;
    tellChanges();
  };

  const log: string[] = [];
  const say = (line: string) => {
    log.push(`${new Date().toISOString()} ${line}`);
    if (log.length > LOG) log.shift();
  };

  // ---- the program
  const programEnv = () => withSettings(env, settings.get());
  let opened: { program: Promise<Program>; with: string } | null = null;
  let refreshed = 0;

  async function program(): Promise<Program> {
    const used = programEnv();
    const key = JSON.stringify([
      refreshed,
      used.CAMBRIAN_PYTHON,
      used.CAMBRIAN_SANDBOX,
      used.CAMBRIAN_DEVICE,
    ]);
    if (opened && (opened.with === key || runner.isBusy())) return opened.program;
    const before = opened;
    const now = {
      with: key,
      program: open({
        ...{ env: used, home, signal: abort.signal },
        secret: (name) => secrets.get(name),
        onSetup(progress) {
          for (const listener of [...setupListeners]) listener.progress(progress);
        },
        onSetupFailed(error) {
          for (const listener of [...setupListeners]) listener.failed(error);
        },
        onTerminal: showTerminal,
      }),
    };
    opened = now;
    now.program.catch(() => {
      if (opened === now) opened = null; // a later call may find it mended
    });
    void before?.program.then((p) => p.close()).catch(() => {});
    return now.program;
  }

  function showTerminal(
    ...[job, terminal, ended]: Parameters<NonNullable<Parameters<typeof open>[0]["onTerminal"]>>
  ) {
    if (FINGERPRINT.test(job)) return;
    terminals.add(job, runner.titleOf(job), terminal);
    const end = () => terminals.end(job, terminal);
    ended.then(end, end);
  }

  const archives = createArchives({ home, settings, program, demo: options.demo });
  const runner = createRunner({ archives, topics, settings, program, touched, say });
  const watch = setInterval(() => {
    // A campaign of this process tells its changes as they come.
    for (const id of archives.changed()) if (id !== runner.running()?.archive) touched(id);
  }, WATCH_MS).unref();
  const ctx: Context = {
    ...{ home, host, env, programEnv, secrets, settings, archives, topics, terminals, program },
    refresh() {
      refreshed++;
    },
    onSetup(listener) {
      setupListeners.add(listener);
      return () => setupListeners.delete(listener);
    },
    running: () => runner.running(),
  };
  if (options.archive !== undefined) archives.remember(options.archive);

  const demo = () => archives.known().find((a) => a.origin === "demo")?.id ?? null;
  const health = createHealth(ctx);
  const setup = createSetup(ctx, health.forget);
  const estimates = estimateProcedures(ctx);
  /** Settings that cannot be read are told where they are looked at, not where they are one thing among others. */
  const models = () => {
    try {
      return configuredModels(ctx);
    } catch {
      return null;
    }
  };
  const keyNames = () => (models()?.endpoints ?? []).map((e) => e.keyName);
  const gpu = async (signal: AbortSignal) =>
    programEnv().CAMBRIAN_DEVICE !== "cpu" &&
    (await LOOKS.gpus(programEnv(), signal).catch(() => [])).length > 0;
  const campaigns = campaignProcedures(ctx, runner, estimates["campaigns.estimate"]);
  // Every window asks for them first: the archives are opened and counted while the first one is still on its way.
  void archives
    .list()
    .then(() => campaigns["campaigns.list"]({}, abort.signal))
    .catch(() => {}); // a file that goes away just now; the window's own question tells
  return {
    epoch: randomUUID(),
    procedures: {
      ...settingsProcedures(ctx, demo),
      ...health.procedures,
      ...pythonProcedures(ctx),
      ...setup.procedures,
      ...diagnosticsProcedures({ ctx, health: () => health.check(false), log: () => log, keyNames }),
      ...filesProcedures(),
      ...presetsProcedures({ models, workers: () => settings.get().workers, gpu }),
      ...estimates,
      ...campaigns,
      ...galleryProcedures({ ...ctx, touched }),
      ...cognitionProcedures(
        ctx,
        createUses(archives, () => counts),
      ),
      ...modelsProcedures(ctx),
    },
    topic(name) {
      if (name.startsWith("terminal/")) return terminals.source(name.slice("terminal/".length));
      return Object.hasOwn(TOPICS, name) ? topics[name as keyof Topics] : null;
    },
    async close() {
      clearInterval(watch);
      await runner.close();
      await setup.close();
      abort.abort(new Error("Cambrian is closing."));
      device.close();
      await archives.close();
      await opened?.program.then((p) => p.close()).catch(() => {});
    },
  };
}
