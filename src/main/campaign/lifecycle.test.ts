/** Pausing, stopping, budgets, and what happens when something breaks. */
import { describe, expect, it } from "vitest";
import type { Campaign } from "../../shared/domain.ts";
import { isEnd } from "../../shared/domain.ts";
import type { Agents } from "../interfaces.ts";
import { busyFraction, type CampaignOptions } from "./handle.ts";
import { startCampaign } from "./scheduler.ts";
import {
  type Delay,
  delays,
  emptyDisk,
  fakeAgents,
  fakeArchive,
  fakeLease,
  fakeTrainer,
  substance,
  testCampaign,
} from "./testing/fakes.ts";

interface Setting extends Partial<CampaignOptions> {
  broken?: Parameters<typeof fakeAgents>[1];
  change?: (agents: Agents) => Partial<Agents>;
}

function world(campaign = testCampaign(), delay: Delay = delays(5)) {
  const disk = emptyDisk();
  const folders = new Set<string>();
  const lease = fakeLease(2);
  const trainer = fakeTrainer(delay, folders);
  const start = ({ broken, change, ...options }: Setting = {}) => {
    const agents = fakeAgents(delay, broken);
    const all = { ...agents, ...change?.(agents) };
    const archive = fakeArchive(disk);
    return startCampaign({
      campaign,
      archive,
      trainer,
      lease,
      agents: all,
      mixerCode: () => "baseline",
      ...options,
    });
  };
  const experiments = () => [...disk.experiments.values()].sort((a, b) => a.index - b.index);
  return { disk, folders, lease, trainer, start, experiments, campaign };
}

/** Calls `then` at the nth event of a type. */
const onNth = (type: string, n: number, then: () => void) => {
  let seen = 0;
  return (e: { type: string }) => {
    if (e.type === type && ++seen === n) then();
  };
};

async function whole(campaign = testCampaign()) {
  const w = world(campaign);
  await w.start().done;
  return substance(w.disk);
}

describe("pause", () => {
  it("after this step lets running steps finish, and starts nothing new", async () => {
    const w = world();
    const handle = w.start({ onEvent: onNth("gated", 2, () => handle.pauseAfterStep()) });
    const before = () => w.disk.events.length;
    const paused = await handle.done;
    expect(paused).toMatchObject({ state: "paused", reason: "Paused after the running steps." });
    expect([...w.disk.campaigns.values()]).toEqual([paused]);
    expect(handle.snapshot().running).toEqual([]);
    expect(w.lease.idle()).toBe(2);
    expect(w.trainer.warm.size).toBe(0);
    const events = before();
    await new Promise((r) => setTimeout(r, 20));
    expect(before()).toBe(events);
    expect(w.experiments().some((e) => !isEnd(e.status))).toBe(true);
    expect(await w.start().done).toMatchObject({ state: "finished" });
    expect(substance(w.disk)).toEqual(await whole());
  });

  it("now interrupts trainings, which are then done again", async () => {
    const slow: Delay = async (turns, signal) => {
      for (let i = 0; i < (turns === 12 ? 1e9 : 1); i++) {
        signal?.throwIfAborted();
        await new Promise((r) => setImmediate(r));
      }
    };
    const w = world(testCampaign(), slow);
    // Nothing can finish training: only pausing at once ends this.
    const handle = w.start({ onEvent: onNth("novel", 3, () => handle.pauseNow()) });
    expect(await handle.done).toMatchObject({
      state: "paused",
      reason: expect.stringContaining("Paused at once"),
    });
    expect(w.trainer.trained).toEqual([]);
    expect(w.lease.idle()).toBe(2);
    const next = world();
    for (const [id, e] of w.disk.experiments) next.disk.experiments.set(id, e);
    for (const [id, v] of w.disk.versions) next.disk.versions.set(id, v);
    for (const [id, c] of w.disk.campaigns) next.disk.campaigns.set(id, c);
    await next.start().done;
    expect(substance(next.disk)).toEqual(await whole());
  });

  it("can turn into a stop, which finishes the campaign", async () => {
    const w = world();
    const handle = w.start({
      onEvent: onNth("gated", 1, () => {
        handle.pauseAfterStep();
        handle.stop();
      }),
    });
    expect(await handle.done).toMatchObject({ state: "finished", reason: "stopped" });
    expect([...w.disk.campaigns.values()][0]!.endedAt).not.toBeNull();
  });
});

describe("budgets", () => {
  it.each([
    {
      budget: { experiments: null, wallSeconds: 5, deviceSeconds: null },
      reason: "The wall-clock budget of 5 seconds is used up.",
    },
    {
      budget: { experiments: 12, wallSeconds: 9999, deviceSeconds: 7200 },
      reason: "The device budget of 2.0 hours is used up.",
    },
  ])("of time end a campaign where it stands: $reason", async ({ budget, reason }) => {
    const used = { wallSeconds: 6, deviceSeconds: 7200 };
    const w = world(testCampaign({ budget, used }));
    expect(await w.start().done).toMatchObject({ state: "finished", reason });
    expect(w.experiments()).toEqual([]);
    // A larger budget goes on from there, and time is not forgotten.
    const larger = testCampaign({ budget: { experiments: 12, deviceSeconds: 9000 } });
    const end = await w.start({ campaign: larger }).done;
    expect(end).toMatchObject({ state: "finished", reason: "All 12 experiments of the budget are done." });
    expect(end.used.wallSeconds).toBeGreaterThan(6);
    expect(end.used.deviceSeconds).toBeGreaterThan(7200);
    expect(substance(w.disk).experiments).toEqual((await whole()).experiments);
  });

  it("of time end a campaign that never ends by itself", async () => {
    const w = world(testCampaign({ budget: { experiments: null, wallSeconds: 1.5 } }));
    const end = await w.start().done;
    expect(end.reason).toMatch(/wall-clock budget/);
    expect(w.experiments().length).toBeGreaterThan(0);
    expect(w.lease.idle()).toBe(2);
  });

  it("of experiments can be raised", async () => {
    const few = testCampaign({ budget: { experiments: 5 } });
    const w = world(few);
    await w.start().done;
    expect(w.experiments()).toHaveLength(5);
    await w.start({ campaign: { ...few, budget: { ...few.budget, experiments: 12 } } }).done;
    expect(w.experiments()).toHaveLength(12);
    expect(w.experiments().every((e) => isEnd(e.status))).toBe(true);
    for (const p of w.disk.promotions.values()) expect(p.status).toBe("done");
  });

  it("of experiments that are used up leave nothing to do", async () => {
    const w = world();
    await w.start().done;
    const before = substance(w.disk);
    const trained = w.trainer.trained.length;
    expect(await w.start().done).toMatchObject({ state: "finished" });
    expect(substance(w.disk)).toEqual(before);
    expect(w.trainer.trained.length).toBe(trained);
  });
});

describe("when something breaks", () => {
  it("a researcher's exception fails that experiment with its stack, and the campaign goes on", async () => {
    const w = world();
    expect(await w.start({ broken: { propose: 4 } }).done).toMatchObject({ state: "finished" });
    const e = w.experiments()[4]!;
    expect(e).toMatchObject({
      status: "failed",
      failure: { kind: "internal", message: "The propose step threw: no idea" },
    });
    expect(e.failure!.detail).toContain("fakes.ts");
    expect(w.experiments().filter((x) => x.failure?.message.includes("no idea"))).toHaveLength(1);
  });

  it("an analyst's exception loses no training", async () => {
    const w = world();
    const archivedIndex = (await whole()).experiments.find((e) => e.status === "archived")!.index;
    await w.start({ broken: { analyst: archivedIndex } }).done;
    const e = w.experiments()[archivedIndex]!;
    expect(e.status).toBe("archived");
    expect(e.analysis).toContain("No report: the analyst failed (writer's block).");
    expect(e.scores[0]!.parts.judge).not.toBeNull();
  });

  it.each([
    { name: "an invalid proposal", propose: { name: "" }, says: /propose step threw/ },
    {
      name: "a parent that was not shown",
      propose: { parentId: "00000000-0000-4000-8000-000000000000" },
      says: /which it was not shown/,
    },
  ])("$name fails the experiment", async ({ propose, says }) => {
    const w = world();
    const change = (agents: Agents): Partial<Agents> => ({
      researcher: {
        name: "odd",
        propose: async (c, signal) => ({
          ...(await agents.researcher.propose(c, signal)),
          ...(c.index === 2 && propose),
        }),
      },
    });
    await w.start({ change }).done;
    expect(w.experiments()[2]).toMatchObject({
      status: "failed",
      failure: { kind: "internal", message: expect.stringMatching(says) },
    });
  });

  it("an agent that never answers is given up", async () => {
    const w = world();
    const change = (agents: Agents): Partial<Agents> => ({
      judge: {
        judge: (c, signal) =>
          c.experiment.index % 2 ? new Promise(() => {}) : agents.judge.judge(c, signal),
      },
    });
    expect(await w.start({ change, agentSeconds: 0.1 }).done).toMatchObject({ state: "finished" });
    const odd = w.experiments().filter((e) => e.index % 2 && e.scores.length > 0);
    expect(odd.length).toBeGreaterThan(0);
    for (const e of odd) {
      expect(e).toMatchObject({ status: "archived", judgement: null });
      expect(e.provenance.notes).toContain("Not judged: The judge gave no answer in 0.1 s.");
    }
  });

  it("the trainer's own fault is tried again once, and costs nothing", async () => {
    const w = world();
    const first = (await whole()).experiments.filter((e) => e.status === "archived" && e.repairs === 0);
    for (const e of first.slice(0, 3)) w.trainer.flaky.add(`${e.id}-v0-screen`);
    await w.start().done;
    expect(w.trainer.flaky.size).toBe(0);
    expect(substance(w.disk)).toEqual(await whole());
  });

  it("lost checkpoints make a promotion train from its first step", async () => {
    const w = world();
    const onEvent = (e: { type: string; experimentId: string | null }) => {
      if (e.type === "promote") w.folders.delete(`${e.experimentId}-v0-screen`);
    };
    await w.start({ onEvent }).done;
    expect(w.trainer.trained.some((id) => id.endsWith("-confirm-anew"))).toBe(true);
    expect([...w.disk.promotions.values()].every((p) => p.status === "done")).toBe(true);
    expect(substance(w.disk)).toEqual(await whole());
  });

  it("a baseline that cannot be trained ends the campaign with the reason", async () => {
    const w = world();
    const end = await w.start({ mixerCode: () => "bad-train baseline" }).done;
    expect(end.state).toBe("failed");
    expect(end.reason).toMatch(
      /baseline \(width 1(\.5)?, seed \d\) failed in training: The loss is not a number/,
    );
    expect(await w.start().done).toMatchObject({ state: "finished" });
    expect(substance(w.disk)).toEqual(await whole());
  });

  it("a missing reference mixer says so", async () => {
    const w = world();
    const end = await w.start({
      mixerCode: undefined,
      campaign: testCampaign({
        protocol: { ...w.campaign.protocol, baseline: { ...w.campaign.protocol.baseline, mixer: "no_such" } },
      }),
    }).done;
    expect(end).toMatchObject({ state: "failed", reason: expect.stringMatching(/ENOENT.*no_such\.py/) });
  });

  it("a device that cannot be had ends the campaign with the reason", async () => {
    const w = world();
    const lease = { ...w.lease, acquire: () => Promise.reject(new Error("lock file: permission denied")) };
    expect(await w.start({ lease }).done).toMatchObject({
      state: "failed",
      reason: expect.stringContaining("The device could not be had: lock file: permission denied"),
    });
  });

  it("a record that the archive calls invalid fails alone", async () => {
    const w = world();
    const archive = fakeArchive(w.disk);
    const commit = archive.commit;
    archive.commit = (change) => {
      if (change.experiment?.index === 3 && change.event.type === "gated")
        throw Object.assign(new Error("params: not a number"), { code: "invalid" });
      return commit(change);
    };
    expect(await w.start({ archive }).done).toMatchObject({ state: "finished" });
    expect(w.experiments()[3]).toMatchObject({
      status: "failed",
      failure: {
        kind: "internal",
        message: "The gate step threw: The archive could not be written: params: not a number",
      },
    });
  });

  it.each([
    { name: "reported by the trainer", how: "outcome" },
    { name: "thrown by it", how: "exception" },
  ])("a full disk, $name, pauses the campaign and blames no candidate", async ({ how }) => {
    const w = world();
    const { train } = w.trainer;
    let full = true;
    w.trainer.train = async (job, o) => {
      if (!full || job.id.startsWith("baseline")) return train(job, o);
      const message = "ENOSPC: no space left on device, write";
      if (how === "exception") throw Object.assign(new Error(message), { code: "ENOSPC" });
      const failure = {
        kind: "disk" as const,
        message: "The disk is full: free some space.",
        detail: message,
      };
      return { ok: false, failure, curves: [], tier: "none", seconds: 0 };
    };
    const end = await w.start().done;
    expect(end).toMatchObject({
      state: "paused",
      reason: expect.stringMatching(/(disk is full|no space left).*resume/),
    });
    expect(w.experiments().filter((e) => e.status === "failed" && e.failure?.kind !== "numerical")).toEqual(
      [],
    );
    full = false;
    await w.start().done;
    expect(substance(w.disk)).toEqual(await whole());
  });

  it("a full disk is told also when it comes after a pause", async () => {
    const w = world();
    const { train } = w.trainer;
    w.trainer.train = async (job, o) => {
      if (job.id.startsWith("baseline")) return train(job, o);
      handle.pauseAfterStep();
      throw Object.assign(new Error("no space left on device"), { code: "ENOSPC" });
    };
    const handle = w.start();
    expect(await handle.done).toMatchObject({
      state: "paused",
      reason: expect.stringMatching(/no space left/),
    });
  });

  it("a promotion's result that the archive calls invalid fails alone", async () => {
    const w = world();
    const archive = fakeArchive(w.disk);
    const commit = archive.commit;
    let refused: string | null = null;
    archive.commit = (change) => {
      if (change.event.type === "promotion-scored" && !refused) {
        refused = change.promotion!.experimentId;
        throw Object.assign(new Error("loss: not a number"), { code: "invalid" });
      }
      return commit(change);
    };
    expect(await w.start({ archive }).done).toMatchObject({ state: "finished" });
    expect(w.disk.promotions.get(`${refused}/1`)).toMatchObject({
      status: "failed",
      failure: { kind: "internal" },
    });
    expect(w.disk.experiments.get(refused!)).toMatchObject({
      status: "archived",
      scores: [{ rung: "screen" }],
    });
  });

  it("a listener's fault is not the campaign's", async () => {
    const w = world();
    const warnings: string[] = [];
    const note = (warning: Error) => void warnings.push(warning.message);
    process.on("warning", note);
    const onEvent = onNth("archived", 1, () => {
      throw new Error("listener");
    });
    expect(await w.start({ onEvent }).done).toMatchObject({ state: "finished" });
    await new Promise((r) => setImmediate(r));
    process.off("warning", note);
    expect(warnings).toContain("listener");
    expect(substance(w.disk)).toEqual(await whole());
  });
});

describe("a second campaign", () => {
  it("takes the baseline from the archive", async () => {
    const w = world();
    await w.start().done;
    const before = w.trainer.trained.filter((id) => id.startsWith("baseline")).length;
    const second: Campaign = testCampaign({ seed: 2 });
    // Experiments of two campaigns share no index in the fake archive, but the baseline is theirs together.
    w.disk.experiments.clear();
    w.disk.promotions.clear();
    await w.start({ campaign: second }).done;
    expect(w.trainer.trained.filter((id) => id.startsWith("baseline")).length).toBe(before);
  });
});

describe("the device meter", () => {
  it("reads the part of a window that was used", () => {
    const at = (seconds: number, held: number) => ({ seconds, held, slots: 2 });
    expect(busyFraction(at(10, 4), at(20, 14))).toBe(0.5);
    expect(busyFraction(at(10, 4), at(10, 4))).toBeNull();
  });
});
