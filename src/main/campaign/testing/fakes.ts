/**
 * An archive in memory, a lease, a trainer and agents for tests of the engine. The trainer's numbers are a function of
 * code, task, seed and step; its latencies are a function of another seed, so that a test can vary timing alone.
 */
import type { BaselinePoint, Campaign, Experiment, Promotion } from "../../../shared/domain.ts";
import { Budget, SearchSettings } from "../../../shared/domain.ts";
import { protocolHash, sha256, uuidOf } from "../../../shared/hash.ts";
import type { Failure, JobResult, RunScore } from "../../../shared/job.ts";
import { Protocol } from "../../../shared/protocol.ts";
import { random } from "../../../shared/random.ts";
import type {
  Agents,
  Archive,
  Change,
  CodeVersion,
  DeviceLease,
  JobRequest,
  LedgerStore,
  Trainer,
} from "../../interfaces.ts";

export class Crash extends Error {}

/** What lies on disk: survives a crash of the archive that wrote it. */
export interface Disk {
  campaigns: Map<string, Campaign>;
  experiments: Map<string, Experiment>;
  promotions: Map<string, Promotion>;
  baseline: Map<string, BaselinePoint>;
  versions: Map<string, CodeVersion[]>;
  events: { type: string; experimentId: string | null; data: Record<string, unknown> }[];
}

export const emptyDisk = (): Disk => ({
  campaigns: new Map(),
  experiments: new Map(),
  promotions: new Map(),
  baseline: new Map(),
  versions: new Map(),
  events: [],
});

const copy = <T>(value: T): T => structuredClone(value);

/** Fails every write after the first `writes`; with `torn`, the write that fails is stored all the same. */
export function fakeArchive(
  disk: Disk,
  crash: { writes: number; torn?: boolean } | null = null,
): Archive & { writes(): number } {
  let writes = 0;
  const write = <T>(store: () => T): T => {
    writes++;
    if (crash && writes > crash.writes) {
      if (crash.torn && writes === crash.writes + 1) store();
      throw new Crash("disk full");
    }
    return store();
  };
  return {
    path: ":memory:",
    writes: () => writes,
    createCampaign: (c) =>
      write(() => {
        if (disk.campaigns.has(c.id)) throw new Error("campaign exists");
        disk.campaigns.set(c.id, copy(c));
      }),
    updateCampaign: (c) => write(() => void disk.campaigns.set(c.id, copy(c))),
    campaigns: () => copy([...disk.campaigns.values()]).reverse(),
    commit: (change: Change) =>
      write(() => {
        const { experiment: e, promotion: p, version } = change;
        if (e) {
          const other = [...disk.experiments.values()].find((o) => o.index === e.index && o.id !== e.id);
          if (other) throw new Error(`index ${e.index} is taken`);
          disk.experiments.set(e.id, copy(e));
        }
        if (p) disk.promotions.set(`${p.experimentId}/${p.rung}`, copy(p));
        if (e && version) {
          const rest = (disk.versions.get(e.id) ?? []).filter((v) => v.version !== version.version);
          disk.versions.set(e.id, [...rest, copy(version)]);
        }
        return disk.events.push(copy({ ...change.event, experimentId: e?.id ?? p?.experimentId ?? null }));
      }),
    experiments: (id) => copy([...disk.experiments.values()].filter((e) => e.campaignId === id)),
    promotions: (id) => copy([...disk.promotions.values()].filter((p) => p.campaignId === id)),
    setDiscoveries: () => {},
    baseline: () => copy([...disk.baseline.values()]),
    putBaseline: (_, point) =>
      write(() => void disk.baseline.set(`${point.rung}/${point.width}`, copy(point))),
    baselineCurves: () => [],
    putDiagram: () => {},
    get ledger(): LedgerStore {
      throw new Error("the engine has no business with the ledger");
    },
    backup: async () => {},
    close: () => {},
  };
}

export function fakeLease(slots: number): DeviceLease & { most(): number } {
  let used = 0;
  let most = 0;
  let held = 0;
  const queue: { priority: number; take: () => void }[] = [];
  const serve = () => {
    while (used < slots && queue.length > 0) {
      queue.sort((a, b) => a.priority - b.priority);
      used++;
      most = Math.max(most, used);
      queue.shift()!.take();
    }
  };
  return {
    slots,
    most: () => most,
    acquire: (priority, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason);
        const since = performance.now();
        const entry = {
          priority,
          take: () =>
            resolve(() => {
              used--;
              held += (performance.now() - since) / 1000;
              serve();
            }),
        };
        queue.push(entry);
        signal?.addEventListener("abort", () => {
          const at = queue.indexOf(entry);
          if (at >= 0) {
            queue.splice(at, 1);
            reject(signal.reason);
          }
        });
        serve();
      }),
    idle: () => slots - used,
    heldSeconds: () => held,
  };
}

/** A number in [0, 1) that is a function of the key. */
const unit = (...key: (string | number)[]) => random("fake", ...key).next();

/** Waits a random number of turns of the event loop, up to `turns`; rejects when aborted. */
export type Delay = (turns: number, signal?: AbortSignal) => Promise<void>;
export function delays(timing: number): Delay {
  const rng = random("timing", timing);
  return async (turns, signal) => {
    for (let i = rng.int(turns + 1); i > 0; i--) {
      signal?.throwIfAborted();
      await new Promise((r) => setImmediate(r));
    }
    signal?.throwIfAborted();
  };
}

const failure = (kind: Failure["kind"], message: string): Failure => ({ kind, message, detail: "" });

/** Candidate programs of the fake researcher say in words what is to become of them. */
const says = (code: string, word: string) => code.split(" ").includes(word);

export interface FakeTrainer extends Trainer {
  trained: string[];
  /** Jobs that throw or report an internal failure the first time they are trained. */
  flaky: Set<string>;
  warm: Set<string>;
}

export function fakeTrainer(delay: Delay, folders: Set<string> = new Set()): FakeTrainer {
  const trained: string[] = [];
  const warm = new Set<string>();
  const flaky = new Set<string>();
  const size = (job: JobRequest) => {
    const width = Number(job.mixerKwargs.width ?? 1);
    return says(job.code, "baseline") ? 1000 * width : 800 + Math.floor(1200 * unit(job.code, "params"));
  };
  const run = (job: JobRequest, r: JobRequest["runs"][number]): RunScore => {
    const skill = says(job.code, "baseline") ? 0.5 : unit(job.code, r.task, "skill");
    const noise = unit(job.code, r.task, r.seed, r.until, "noise") - 0.5;
    const honest = 3 - 0.1 * Math.log(size(job)) - 0.3 * skill - 0.001 * r.until + 0.02 * noise;
    const loss = says(job.code, "too-good") ? honest / 2 : honest;
    const score = Math.max(0, Math.min(1, 0.2 + 0.5 * skill + 0.002 * r.until + 0.05 * noise));
    const broken = says(job.code, "nan-score");
    return {
      id: r.id,
      task: r.task,
      seed: r.seed,
      step: r.until,
      loss: broken ? Number.NaN : loss,
      accuracy: score,
      score,
      probe: 0,
    };
  };
  return {
    trained,
    flaky,
    warm,
    tier: "none",
    gate: async (job, o) => {
      await delay(4, o?.signal);
      const bad = says(job.code, "bad-gate");
      if (!bad && job.gates) warm.add(job.id);
      return {
        ok: !bad,
        gates: [
          {
            name: "shape",
            ok: !bad,
            value: 0,
            limit: 0,
            detail: "",
            warning: false,
            kind: bad ? "interface" : null,
          },
        ],
        params: 5000 + size(job),
        mixerParams: size(job),
        flopsPerToken: 2 * size(job),
        fingerprint: says(job.code, "twin") ? "the-twins" : sha256(job.code),
        failure: bad ? failure("interface", "Wrong shape.") : null,
        graph: null,
        tier: "none",
        seconds: 0.1,
      };
    },
    train: async (job, o) => {
      const curves = job.runs.map((r) => ({
        run: r.id,
        steps: [r.until],
        losses: [run(job, r).loss],
        aux: [null],
      }));
      const seconds = says(job.code, "laggard") ? 10 : 1;
      if (folders.has(job.id)) return { ok: true, failure: null, curves, tier: "none", seconds };
      if (job.runs.some((r) => r.resume) && !folders.has(job.from!)) {
        throw new Error(`${job.id} was to continue from ${job.from}, which was never trained`);
      }
      if (flaky.delete(job.id)) throw new Error("the trainer lost its way");
      await delay(says(job.code, "slow") ? 40 : 12, o?.signal);
      warm.delete(job.id);
      const bad = says(job.code, "bad-train");
      if (!bad) {
        folders.add(job.id);
        trained.push(job.id);
      }
      return {
        ok: !bad,
        failure: bad ? failure("divergence", "The loss is not a number.") : null,
        curves,
        tier: "none",
        seconds,
      };
    },
    score: async (job, o): Promise<JobResult> => {
      await delay(3, o?.signal);
      if (!folders.has(job.id)) throw new Error(`${job.id} was scored but never trained`);
      const leak = says(job.code, "leaks");
      const runs = leak ? [] : job.runs.map((r) => run(job, r));
      if (says(job.code, "missing-row")) runs.pop();
      const why = leak ? failure("leak", "A past position changed.") : null;
      return { job: job.id, ok: !leak, failure: why, runs, protocolHash: "", dataHash: "" };
    },
    discard: (id) => void warm.delete(id),
    forget: (id) => {
      warm.delete(id);
      folders.delete(id);
    },
    logTail: (id) => `log of ${id}`,
    close: async () => {},
  };
}

/** All that an agent can see of experiments, in a few letters. */
export const digest = (es: readonly Experiment[]): string =>
  sha256(
    JSON.stringify(
      es.map((e) => [
        e.index,
        e.status,
        e.code,
        e.scores,
        e.analysis,
        e.cognition,
        e.provenance,
        e.judgement,
        e.fingerprint,
        e.failure?.message,
      ]),
    ),
  ).slice(0, 12);

/** Agents whose every answer is a function of what they were shown: any breach of determinism shows in the candidates. */
export function fakeAgents(
  delay: Delay,
  broken: { novelty?: number; analyst?: number; propose?: number } = {},
): Agents {
  const words = [
    "bad-gate",
    "bad-train",
    "leaks",
    "nan-score",
    "missing-row",
    "twin",
    "twin",
    "slow",
    "slow",
  ];
  return {
    researcher: {
      name: "fake",
      propose: async (c, signal) => {
        await delay(20, signal);
        if (c.index === broken.propose) throw new Error("no idea");
        const rng = random(c.campaign.seed, c.index, c.attempt, "propose");
        const shown = `${digest(c.visible)}-${digest(c.pool)}-${c.parent?.index ?? "x"}-${c.references.map((r) => r.index)}`;
        // One proposal in five repeats a small alphabet of programs, to meet the novelty check.
        const code =
          rng.int(5) === 0
            ? `known ${rng.int(3)}`
            : `mixer ${c.index} ${c.attempt} ${shown} ${rng.int(3) === 0 ? rng.pick(words) : ""}`;
        return {
          name: `m${c.index}`,
          motivation: shown,
          code,
          genome: { shown },
          parentId: c.parent?.id ?? null,
          referenceIds: c.references.map((r) => r.id),
          provenance: { how: "fake" },
        };
      },
    },
    novelty: {
      check: async (p, known, signal) => {
        await delay(3, signal);
        const same = known.find((k) => k.code === p.code || k.motivation === `never ${p.code}`);
        if (same && same.index === broken.novelty) throw new Error("novelty check broke");
        return same
          ? { novel: false, repeats: same.name, reason: `same code; knows ${digest(known)}` }
          : { novel: true };
      },
    },
    engineer: {
      repair: async ({ experiment: e, failure: f, attempt }, signal) => {
        await delay(5, signal);
        if (f.kind === "numerical") return null;
        // The first repair changes the fault into another one half of the time, the second mends it.
        const rest = e.code
          .split(" ")
          .filter((w) => !words.includes(w))
          .join(" ");
        const code =
          attempt === 0 && unit(e.code, "repair") < 0.5 ? `${rest} bad-train` : `${rest} mended-${attempt}`;
        return { code, genome: { mended: attempt }, what: `attempt ${attempt}` };
      },
    },
    judge: {
      judge: async ({ experiment: e, visible }, signal) => {
        await delay(4, signal);
        return {
          score: 1 + Math.floor(9 * unit(e.code, "judge")),
          items: {},
          note: digest(visible),
          ...{ by: "fake", samples: 1, sd: 0 },
        };
      },
    },
    analyst: {
      analyse: async ({ experiment: e, score, parent, siblings, baseline }, signal) => {
        await delay(4, signal);
        if (e.index === broken.analyst) throw new Error("writer's block");
        const text = `${score.rung} ${score.fitness} parent ${digest(parent ? [parent] : [])} siblings ${digest(siblings)} ${baseline.loss.n}`;
        const id = `entry-${Math.floor(5 * unit(e.code, score.rung, "entry"))}`;
        return { text, cognition: [{ id, query: text, score: 0.5, by: "bm25" }] };
      },
    },
  };
}

const task = (kind: "lm" | "icr") => ({
  kind,
  seqLen: 16,
  batch: 2,
  steps: 40,
  lr: 0.01,
  heldout: 8,
  params: {},
});

/** Three rungs, so that a promotion can be promoted. */
export const testProtocol = Protocol.parse({
  name: "fake",
  description: "for tests",
  model: { hiddenSize: 8, numHeads: 1, numLayers: 1, mlpRatio: 2 },
  optimiser: { betas: [0.9, 0.98], weightDecay: 0, warmup: 0.1, minLr: 0.1, clip: 1 },
  tasks: { lm: task("lm"), icr: task("icr") },
  rungs: [
    {
      name: "screen",
      runs: [
        { task: "lm", until: 10, seeds: 1 },
        { task: "icr", until: 10, seeds: 1 },
      ],
      promote: { rule: "top", fraction: 0.25, tieLoss: 0.02 },
    },
    {
      name: "confirm",
      runs: [
        { task: "lm", until: 20, seeds: 2 },
        { task: "icr", until: 20, seeds: 1 },
      ],
      promote: { rule: "beats", z: 1 },
    },
    {
      name: "verify",
      runs: [
        { task: "lm", until: 40, seeds: 5 },
        { task: "icr", until: 40, seeds: 5 },
      ],
      promote: null,
    },
  ],
  baseline: { mixer: "delta_net", seeds: 2, widths: [1.5, 2], widthSeeds: 1 },
  limits: { params: 2, flops: 2, memoryMB: 100, gateSeconds: 10, runSeconds: 10 },
});

export function testCampaign(
  change: Partial<Omit<Campaign, "search" | "budget" | "used">> & {
    search?: Partial<SearchSettings>;
    budget?: Partial<Budget>;
    used?: Partial<Campaign["used"]>;
  } = {},
): Campaign {
  const protocol = change.protocol ?? testProtocol;
  const seed = change.seed ?? 1;
  return {
    id: uuidOf("campaign", seed),
    name: "test",
    seed,
    researcher: "fake",
    protocol,
    protocolHash: protocolHash(protocol),
    llm: null,
    device: "cpu",
    tier: "none",
    state: "running",
    reason: null,
    createdAt: "2026-01-01T00:00:00.000Z",
    endedAt: null,
    ...change,
    budget: Budget.parse({ experiments: 12, ...change.budget }),
    used: { wallSeconds: 0, deviceSeconds: 0, tokens: 0, cost: 0, refused: null, ...change.used },
    search: SearchSettings.parse({
      poolSize: 6,
      parentRanks: 2,
      references: 2,
      coldStart: 3,
      updateEvery: 2,
      lag: 3,
      promotionLag: 2,
      rungMinimum: 2,
      islands: 1,
      ...change.search,
    }),
  };
}

/** All of a disk that may not depend on timing, as comparable data. */
export function substance(disk: Disk) {
  const experiments = [...disk.experiments.values()]
    .sort((a, b) => a.index - b.index)
    // A stack trace shows how the event loop got there.
    .map(({ createdAt: _, updatedAt: __, failure, ...e }) => ({
      ...e,
      failure: failure && { ...failure, detail: "" },
    }));
  const promotions = [...disk.promotions.values()].map((p) => JSON.stringify(p)).sort();
  const baseline = [...disk.baseline.values()]
    .map((p) => JSON.stringify({ ...p, runs: p.runs.map((r) => JSON.stringify(r)).sort() }))
    .sort();
  return { experiments, promotions, baseline, versions: [...disk.versions.entries()].sort() };
}
