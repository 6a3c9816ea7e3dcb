/** A campaign that runs: the engine with its agents and its archive, as a host follows it. */
import type { Campaign, Experiment } from "../../shared/domain.ts";
import type { JobEvent } from "../../shared/job.ts";
import {
  activity,
  discoveries,
  type CampaignHandle as EngineHandle,
  proxyValidity,
  startCampaign,
  totals,
} from "../campaign/index.ts";
import type { Archive, DeviceLease, Judged, Llm, Trainer } from "../interfaces.ts";
import type { ReplaySource } from "../llm/index.ts";
import type { CampaignHandle, CampaignListener, CampaignSnapshot, ProgramOptions } from "../program.ts";
import type { TranscriptHeader } from "../transcript.ts";
import { type Draw, keepDrawing } from "./drawing.ts";
import { agentsOf } from "./models.ts";

export interface Followed {
  campaign: Campaign;
  archive: Archive;
  trainer: Trainer;
  lease: DeviceLease;
  threads: number;
  measuredOn: string;
  replay: { source: ReplaySource; timed: TranscriptHeader["timed"] } | null;
  draw: Draw;
  /** Called once, when nothing of the campaign runs any more; then the archive is closed. */
  onEnd: (last: CampaignSnapshot) => void;
}

/** Events after which other experiments may be discoveries. */
const DECIDE = new Set(["archived", "promoted", "promotion-scored", "promotion-failed", "baseline"]);

/** Begins a campaign, or goes on with a stored one: to the engine they are the same. */
export function followCampaign(
  host: Pick<ProgramOptions, "env" | "home" | "secret">,
  given: Followed,
): { handle: CampaignHandle; engine: EngineHandle } {
  const { campaign, trainer, lease, replay } = given;
  const listeners = new Set<CampaignListener>();
  const tell = (call: (listener: CampaignListener) => void) => {
    for (const listener of [...listeners]) call(listener);
  };
  const changed = () => tell((l) => l.onChange?.());
  const training: CampaignSnapshot["training"] = {};
  const drawing = keepDrawing(given.archive, given.draw, (id) => {
    tell((l) => l.onDiagram?.(id));
    changed();
  });
  const { archive } = drawing;
  const { agents, llm } = agentsOf(host, campaign, archive, replay?.source ?? null, {
    onChange: changed,
    onSpeech: (event) => tell((l) => l.onSpeech?.(event)),
  });
  const statistics = remembered();
  const engine = startCampaign({
    campaign,
    archive,
    trainer,
    lease,
    agents,
    threads: given.threads,
    measuredOn: given.measuredOn,
    onEvent(event) {
      if (DECIDE.has(event.type)) keepDiscoveries();
      tell((l) => l.onEvent?.(event));
      changed();
    },
    onJob(id, event, task) {
      if (id !== null) trackTraining(training, id, event);
      tell((l) => l.onJob?.(id, event, task));
      changed();
    },
    onTask: changed,
    ...(llm && { spent: () => llm.spent() }),
    ...(replay && { timed: (index: number) => replay.timed[index] ?? null }),
  });
  const snapshot = () => readCampaign(engine, training, lease.slots, llm, statistics);

  let marked: string | null = null;
  function keepDiscoveries(): void {
    const { experiments, baseline, campaign: now } = engine.snapshot();
    const found = statistics(experiments, baseline, now).judged;
    const key = JSON.stringify(found);
    if (key === marked) return;
    try {
      archive.setDiscoveries(campaign.id, found);
      marked = key;
    } catch {
      // The archive is busy or full: the next decision says it again.
    }
  }

  const handle: CampaignHandle = {
    snapshot,
    listen(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    onChange(listener) {
      return handle.listen({ onChange: () => listener() });
    },
    pauseAfterStep: () => engine.pauseAfterStep(),
    pauseNow: () => engine.pauseNow(),
    stop: () => engine.stop(),
    done: engine.done.then(async () => {
      await drawing.settled();
      await Promise.allSettled([...listeners].map((l) => l.onClose?.()));
      const last = snapshot();
      given.onEnd(last);
      return last;
    }),
  };
  return { handle, engine };
}

function trackTraining(training: CampaignSnapshot["training"], id: string, event: JobEvent): void {
  if (event.type === "run_started") {
    training[id] = { run: event.run, step: event.step, until: event.until, loss: null };
  } else if (event.type === "step") {
    const until = training[id]?.run === event.run ? training[id].until : event.step;
    training[id] = { run: event.run, step: event.step, until, loss: event.loss };
  } else if (event.type === "trained" || event.type === "error") delete training[id];
}

type Statistics = (
  experiments: readonly Experiment[],
  baseline: Parameters<typeof discoveries>[1],
  campaign: Campaign,
) => Pick<CampaignSnapshot, "proxy"> & { judged: Judged[] };

/** What is computed over all scores, computed again only when there is another score: a snapshot is taken at every step. */
function remembered(): Statistics {
  let key = "";
  let last: ReturnType<Statistics> | null = null;
  return (experiments, baseline, { protocol, device, measuredOn }) => {
    let scores = 0;
    let archived = 0;
    let judged = 0;
    for (const e of experiments) {
      scores += e.scores.length;
      if (e.status === "archived") archived++;
      if (e.judgement) judged++;
    }
    const now = [scores, archived, judged, ...baseline.map((p) => p.runs.length)].join();
    if (last === null || now !== key) {
      key = now;
      const found = discoveries(experiments, baseline, protocol, measuredOn ?? device);
      last = {
        proxy: proxyValidity(experiments),
        judged: found.map(({ experimentId, discovery }) => ({ experimentId, discovery })),
      };
    }
    return last;
  };
}

function readCampaign(
  engine: EngineHandle,
  training: CampaignSnapshot["training"],
  slots: number,
  llm: Llm | null,
  statistics: Statistics,
): CampaignSnapshot {
  const { campaign, experiments, promotions, baseline, running, since } = engine.snapshot();
  const { wallSeconds, deviceSeconds } = campaign.used;
  const { proxy, judged } = statistics(experiments, baseline, campaign);
  return {
    campaign,
    experiments: [...experiments],
    promotions: [...promotions],
    baseline: [...baseline],
    proxy,
    discoveries: judged.flatMap((d) => (d.discovery ? [d.experimentId] : [])),
    totals: {
      ...totals(experiments),
      wallSeconds,
      deviceBusyFraction: wallSeconds > 0 ? Math.min(1, deviceSeconds / (slots * wallSeconds)) : 0,
    },
    activity: activity(running, experiments),
    endpoints: llm?.endpoints() ?? [],
    tasks: { ...since },
    slots,
    training: { ...training },
  };
}
