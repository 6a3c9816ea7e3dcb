/**
 * Runs a campaign: starts what the queue names, stores what comes of it, one transaction a step. The only place that
 * knows about concurrency. Nothing here decides what a candidate is worth or what an agent may see.
 */
import type { Campaign, Experiment, Promotion } from "../../shared/domain.ts";
import type { Change } from "../interfaces.ts";
import { measureCell, mergePoint, readMixer } from "./baseline.ts";
import { allDone, timeIsUp } from "./budget.ts";
import type { StepContext } from "./context.ts";
import { finalDecision, regularDecision } from "./decisions.ts";
import { ArchiveFault, isMachineFault, write } from "./faults.ts";
import type { CampaignHandle, CampaignOptions, StoredEvent } from "./handle.ts";
import { experimentJob, obsoleteJobs } from "./jobs.ts";
import { type Opens, othersOf } from "./opening.ts";
import { depth, paceMeter } from "./pace.ts";
import { promotionException, runPromotion } from "./promotionSteps.ts";
import { deviceQueue, mindQueue, type Task, waitingProcesses } from "./queue.ts";
import { afterException, attemptOf, openExperiment } from "./record.ts";
import { runStep } from "./steps.ts";
import { inTurn } from "./turns.ts";

/** How long a trainer may take to end its jobs after it was told to. */
const GRACE_SECONDS = 60;
/** The time used is stored this often, so that a crash forgets no more of it. */
const SAVE_SECONDS = 5;
const DEVICE_PRIORITY = 10;

type Work = Exclude<Task, { kind: "open" }>;

const seconds = () => performance.now() / 1000;

/**
 * Begins a campaign, or goes on with it from whatever the archive holds: the two are the same. `campaign` may come with
 * another budget than the stored one. Throws only when the archive cannot be read.
 */
export function startCampaign(options: CampaignOptions): CampaignHandle {
  const { archive, trainer, lease, agents, timed = null, threads = 1 } = options;
  const { paced = false } = agents;
  const { mind = paced ? 64 : 4, buffer = paced ? 2 * lease.slots + 2 : 2 } = options;
  const { agentSeconds = paced ? 7200 : 900 } = options;
  const stored = archive.campaigns().find((c) => c.id === options.campaign.id);
  const usedBefore = stored?.used ?? options.campaign.used;
  const startedAt = seconds();
  const heldAtStart = lease.heldSeconds();
  const key = {
    protocolHash: options.campaign.protocolHash,
    device: options.measuredOn ?? options.campaign.device,
  };
  /** Results are not held up by proposals. */
  const forProposals = Math.max(1, mind - Math.max(1, Math.floor(mind / 4)));
  const running = new Set<string>();
  const since = new Map<string, string>();
  const state = {
    campaign: {
      ...options.campaign,
      used: { ...usedBefore, refused: null },
      measuredOn: key.device,
    } as Campaign,
    experiments: stored ? [...archive.experiments(stored.id)].sort((a, b) => a.index - b.index) : [],
    promotions: stored ? archive.promotions(stored.id) : [],
    baseline: archive.baseline(key),
    decided: 0,
    running,
  };
  const abort = new AbortController();
  /** Aborted as soon as nothing new may start. */
  const closing = new AbortController();
  const { promise: done, resolve } = Promise.withResolvers<Campaign>();
  let ending: { state: Campaign["state"]; reason: string } | null = null;
  let concluded = false;
  const pace = paceMeter(seconds);
  const fingerprints = inTurn(lease.slots);
  let minds = 0;
  let proposing = 0;
  let devices = 0;
  let awaiting = 0;
  let savedAt = startedAt;

  /** A listener's fault is not the campaign's. */
  function tell(call: () => void): void {
    try {
      call();
    } catch (error) {
      process.emitWarning(error instanceof Error ? error : String(error));
    }
  }
  const emit = (event: StoredEvent) => tell(() => options.onEvent?.(event));

  function measureUse(): void {
    const wallSeconds = usedBefore.wallSeconds + seconds() - startedAt;
    const deviceSeconds = usedBefore.deviceSeconds + lease.heldSeconds() - heldAtStart;
    const { tokens, cost } = usedBefore;
    const spent = options.spent?.() ?? { tokens, cost, refused: null };
    state.campaign = { ...state.campaign, used: { wallSeconds, deviceSeconds, ...spent } };
  }

  function opens(): Opens {
    if (timed) return { by: "record", timed };
    return paced ? { by: "demand", depth: depth(pace.facts, lease.slots) } : { by: "lag" };
  }

  function saveCampaign(type: string, data: Record<string, unknown> = {}): void {
    measureUse();
    write(() => archive.updateCampaign(state.campaign, { type, data }));
    // The first one comes before the caller has the handle that its listener may use.
    queueMicrotask(() => emit({ seq: null, experimentId: null, type, data }));
  }

  /** Stores a change, then makes it true in memory: never the other way round. */
  function commit(change: Omit<Change, "campaignId">): void {
    const seq = write(() => archive.commit({ ...change, campaignId: state.campaign.id }));
    const { experiment, promotion } = change;
    if (experiment) {
      state.experiments[experiment.index] = experiment;
      pace.stored(experiment);
    }
    if (promotion) {
      const same = (p: Promotion) => p.experimentId === promotion.experimentId && p.rung === promotion.rung;
      state.promotions = [...state.promotions.filter((p) => !same(p)), promotion];
    }
    const subject = experiment ?? state.experiments.find((e) => e.id === promotion?.experimentId);
    if (subject) {
      // Only now: until it is stored, a restart would need them.
      for (const job of obsoleteJobs(state.campaign.protocol, subject, promotion ?? null))
        trainer.forget(job);
    }
    emit({ seq, experimentId: subject?.id ?? null, ...change.event });
  }

  function end(to: Campaign["state"], reason: string, now: boolean): void {
    // A pause that still waits for its steps may turn into a stop, a fault, or a pause at once: what cuts them off is told.
    const harder = to !== "paused" || (now && !abort.signal.aborted);
    if (!ending || (ending.state === "paused" && harder)) ending = { state: to, reason };
    closing.abort(new Error(reason));
    if (now && !abort.signal.aborted) {
      abort.abort(new Error(reason));
      setTimeout(conclude, GRACE_SECONDS * 1000).unref();
    }
    queueMicrotask(pump);
  }

  /** Ends the campaign for what no experiment is to blame for: paused when it can be mended outside, else failed. */
  function trouble(error: unknown): void {
    const why = error instanceof Error ? error.message : String(error);
    const mendable = error instanceof ArchiveFault || isMachineFault(error);
    const then = mendable ? "resume when it is mended" : "resume to try again";
    end(
      mendable ? "paused" : "failed",
      `${why.replace(/\.?$/, ".")} Everything stored before is kept; ${then}.`,
      true,
    );
  }

  function conclude(): void {
    if (concluded || !ending) return;
    concluded = true;
    clearInterval(ticker);
    for (const e of state.experiments) {
      // The processes of gated candidates wait for a word that will not come.
      const waits = e.status === "gate" || e.status === "check" || e.status === "train";
      if (waits) trainer.discard(experimentJob(state.campaign, e, 0, threads).id);
    }
    const endedAt =
      ending.state === "finished" || ending.state === "failed" ? new Date().toISOString() : null;
    state.campaign = { ...state.campaign, ...ending, endedAt };
    try {
      saveCampaign(ending.state, { reason: ending.reason });
    } catch {
      // The archive is what broke; the caller learns it from the campaign returned.
    }
    resolve(state.campaign);
  }

  const contextFor = (experimentId: string | null, task: string): StepContext => ({
    campaign: state.campaign,
    records: state,
    baseline: state.baseline,
    agents,
    trainer,
    threads,
    agentSeconds,
    signal: abort.signal,
    fingerprints,
    othersOf: (e) => othersOf(state, e, attemptOf(e), opens()) ?? [],
    timed,
    mayWait: () => waitingProcesses(state) < buffer,
    onJob: (event) => tell(() => options.onJob?.(experimentId, event, task)),
  });

  function promotionOf(task: Work & { kind: "promotion" }): [Experiment, Promotion] {
    const { experimentId: id, rung } = task;
    const promotion = state.promotions.find((p) => p.experimentId === id && p.rung === rung)!;
    return [state.experiments.find((e) => e.id === id)!, promotion];
  }

  async function runTask(task: Work): Promise<() => void> {
    if (task.kind === "baseline") {
      const code = (options.mixerCode ?? readMixer)(state.campaign.protocol.baseline.mixer);
      const { signal, onJob } = contextFor(null, task.key);
      const { point, curves } = await measureCell(state.campaign, task.cell, code, trainer, threads, {
        signal,
        onEvent: onJob,
      });
      return () => {
        const merged = mergePoint(state.baseline, point);
        const whole = merged.find((p) => p.rung === point.rung && p.width === point.width)!;
        write(() => archive.putBaseline(key, whole, curves));
        state.baseline = merged;
        const { width, rung, mixerParams } = point;
        commit({ event: { type: "baseline", data: { width, rung, mixerParams, seed: task.cell.seed } } });
      };
    }
    if (task.kind === "experiment") {
      const experiment = state.experiments[task.index]!;
      const result = await runStep(experiment, contextFor(experiment.id, task.key));
      return () => commit(result);
    }
    const [experiment, promotion] = promotionOf(task);
    const result = await runPromotion(experiment, promotion, contextFor(experiment.id, task.key));
    return () => commit(result);
  }

  /** The archive stored nothing of a result: this record's fault, or the archive's own. */
  function refused(task: Work, error: unknown): void {
    try {
      const unfit = error instanceof ArchiveFault && error.code === "invalid";
      if (!unfit || task.kind === "baseline") throw error;
      if (task.kind === "experiment") commit(afterException(state.experiments[task.index]!, error));
      else commit(promotionException(...promotionOf(task), error));
    } catch (why) {
      trouble(why);
    }
  }

  /** Does a task and stores its result. A task that the ending interrupted stores nothing: it is done again. */
  async function perform(task: Work): Promise<void> {
    running.add(task.key);
    since.set(task.key, new Date().toISOString());
    tell(() => options.onTask?.());
    try {
      const store = await runTask(task);
      if (concluded) return;
      try {
        store();
      } catch (error) {
        refused(task, error);
      }
    } catch (error) {
      if (abort.signal.aborted) return;
      // Steps turn their own exceptions into failed experiments: what arrives here is the baseline's, the machine's or ours.
      trouble(error);
    } finally {
      running.delete(task.key);
      since.delete(task.key);
      tell(() => options.onTask?.());
    }
  }

  function startMind(task: Task, isProposal: boolean): void {
    if (task.kind === "open") {
      pace.opened(task.index);
      commit(openExperiment(state.campaign, task.index, agents.researcher.name, task.sees));
    }
    const work: Work = task.kind === "open" ? { kind: "experiment", key: task.key, index: task.index } : task;
    minds++;
    if (isProposal) proposing++;
    perform(work).finally(() => {
      minds--;
      if (isProposal) proposing--;
      pump();
    });
  }

  /** Waits for a slot, and only then chooses what to do with it. */
  async function useSlot(): Promise<void> {
    devices++;
    awaiting++;
    try {
      const release = await lease.acquire(DEVICE_PRIORITY, closing.signal).finally(() => awaiting--);
      try {
        const task = ending ? undefined : deviceQueue(state, opens(), buffer, lease.slots)[0];
        const from = seconds();
        if (task) await perform(task as Work);
        if (task?.kind === "experiment") pace.held(state.experiments[task.index]!, seconds() - from);
        if (task?.kind === "baseline" && task.cell.rung === 0) pace.baselineHeld(seconds() - from);
      } finally {
        release();
      }
    } catch (error) {
      if (!ending) trouble(new Error(`The device could not be had: ${(error as Error).message}`));
    } finally {
      devices--;
      pump();
    }
  }

  function decide(): void {
    for (;;) {
      const decision = regularDecision(state.campaign, state);
      if (!decision) break;
      for (const promotion of decision.promotions) commit(promoted(promotion));
      state.decided = decision.time;
    }
    for (const promotion of finalDecision(state.campaign, state) ?? []) commit(promoted(promotion));
  }

  const promoted = (promotion: Promotion) => ({
    promotion,
    event: { type: "promote", data: { rung: promotion.rung, decidedAt: promotion.decidedAt } },
  });

  function pump(): void {
    if (concluded) return;
    if (ending) {
      if (running.size === 0 && devices === 0) conclude();
      return;
    }
    try {
      measureUse();
      decide();
      for (;;) {
        const { short, proposals } = mindQueue(state, opens());
        if (short.length > 0 && minds < mind) startMind(short[0]!, false);
        else if (proposals.length > 0 && minds < mind && proposing < forProposals) {
          startMind(proposals[0]!, true);
        } else break;
      }
    } catch (error) {
      trouble(error);
      return;
    }
    const wanted = deviceQueue(state, opens(), buffer, lease.slots).length;
    while (awaiting < wanted && devices < lease.slots) useSlot();
    if (running.size === 0 && devices === 0) finish();
  }

  /** Nothing runs and nothing can start: the campaign is done, or we have a fault to own up to. */
  function finish(): void {
    const last = finalDecision(state.campaign, state);
    if (last && last.length === 0) end("finished", allDone(state.campaign, state.experiments.length), false);
    else end("failed", "Internal fault: nothing can be started, yet not everything is done.", false);
  }

  function tick(): void {
    measureUse();
    const reason = timeIsUp(state.campaign.budget, state.campaign.used);
    if (reason) end("finished", reason, true);
    else if (seconds() - savedAt >= SAVE_SECONDS) {
      savedAt = seconds();
      try {
        saveCampaign("progress", { ...state.campaign.used });
      } catch (error) {
        trouble(error);
      }
    }
  }

  const ticker = setInterval(tick, 1000);
  try {
    state.campaign = { ...state.campaign, state: "running", reason: null, endedAt: null };
    if (!stored) write(() => archive.createCampaign(state.campaign));
    saveCampaign(stored ? "resumed" : "started");
    tick();
  } catch (error) {
    trouble(error);
  }
  queueMicrotask(pump);

  return {
    done,
    pauseAfterStep: () => end("paused", "Paused after the running steps.", false),
    pauseNow: () => end("paused", "Paused at once; interrupted steps are done again.", true),
    stop: () => end("finished", "stopped", true),
    snapshot: () => {
      measureUse();
      return {
        campaign: state.campaign,
        experiments: [...state.experiments],
        promotions: [...state.promotions],
        baseline: [...state.baseline],
        running: [...running],
        since: Object.fromEntries(since),
        meter: { seconds: seconds(), held: lease.heldSeconds(), slots: lease.slots },
      };
    },
  };
}
