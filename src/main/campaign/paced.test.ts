/** Campaigns whose agents take long: open on demand, see what had ended, and can be run again from what was recorded. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Campaign, SearchSettings } from "../../shared/domain.ts";
import { isEnd } from "../../shared/domain.ts";
import type { LlmSpent } from "../../shared/llm.ts";
import { startCampaign } from "./scheduler.ts";
import {
  type Disk,
  delays,
  digest,
  emptyDisk,
  fakeArchive,
  fakeLease,
  fakeTrainer,
  substance,
  testCampaign,
} from "./testing/fakes.ts";
import { pacedAgents, repairsMade } from "./testing/paced.ts";
import { type Timed, timedOf } from "./timed.ts";
import { type Records, settled, viewAt } from "./view.ts";

interface World {
  disk: Disk;
  folders: Set<string>;
}
const newWorld = (): World => ({ disk: emptyDisk(), folders: new Set() });

interface How {
  slots: number;
  timing: number;
  mind?: number;
  buffer?: number;
  timed?: (index: number) => Timed | null;
  spent?: () => LlmSpent;
}

const recordsOf = (disk: Disk): Records => ({
  experiments: [...disk.experiments.values()].sort((a, b) => a.index - b.index),
  promotions: [...disk.promotions.values()],
  decided: Number.POSITIVE_INFINITY,
});

async function run(
  campaign: Campaign,
  { slots, timing, ...more }: How,
  world = newWorld(),
  crash: { writes: number; torn?: boolean } | null = null,
) {
  const delay = delays(timing);
  const archive = fakeArchive(world.disk, crash);
  const lease = fakeLease(slots);
  const trainer = fakeTrainer(delay, world.folders);
  /** What each proposal was shown, by index: what it saw in its last attempt. */
  const shown = new Map<number, string>();
  const agents = pacedAgents(delay, (context, saw) => {
    const { sees } = recordsOf(world.disk).experiments[context.index]!;
    // Nothing of what it sees may still change.
    if (sees) expect(settled(recordsOf(world.disk), sees, campaign.search)).toBe(true);
    for (const v of context.visible) {
      expect(isEnd(v.status)).toBe(true);
      if (sees) expect(v.index).toBeLessThan(sees.experiments);
    }
    shown.set(context.index, saw);
  });
  const parts = { campaign, archive, trainer, lease, agents, mixerCode: () => "baseline" };
  const end = await startCampaign({ ...parts, ...more }).done;
  expect(lease.most()).toBeLessThanOrEqual(slots);
  expect(lease.idle()).toBe(slots);
  expect(trainer.warm.size).toBe(0);
  return { end, disk: world.disk, writes: archive.writes(), shown };
}

function sound(disk: Disk, campaign: Campaign) {
  const records = recordsOf(disk);
  const { experiments } = records;
  expect(experiments.map((e) => e.index)).toEqual(experiments.map((_, i) => i));
  expect(experiments).toHaveLength(campaign.budget.experiments!);
  for (const e of experiments) {
    expect(isEnd(e.status)).toBe(true);
    expect(e.failure === null).toBe(e.status === "archived");
    expect(e.provenance).not.toHaveProperty("before");
    expect(e.sees!.experiments).toBeLessThanOrEqual(e.index);
    if (e.code !== "") {
      expect(disk.versions.get(e.id)).toHaveLength(1 + repairsMade(e));
      expect(disk.versions.get(e.id)!.find((v) => v.version === e.repairs)!.code).toBe(e.code);
    }
    if (e.status !== "archived") continue;
    const promotions = [...disk.promotions.values()].filter((p) => p.experimentId === e.id);
    expect(promotions.map((p) => p.status).filter((s) => s !== "done")).toEqual([]);
    expect(e.scores).toHaveLength(1 + promotions.length);
  }
  const ends = disk.events.filter((e) => ["archived", "rejected", "failed"].includes(e.type));
  expect(new Set(ends.map((e) => e.experimentId)).size).toBe(ends.length);
}

const settings: fc.Arbitrary<Partial<SearchSettings>> = fc.record({
  promotionLag: fc.integer({ min: 0, max: 4 }),
  updateEvery: fc.integer({ min: 1, max: 5 }),
  coldStart: fc.integer({ min: 0, max: 4 }),
  noveltyRetries: fc.integer({ min: 0, max: 2 }),
  repairs: fc.integer({ min: 0, max: 2 }),
});

describe("a paced campaign", () => {
  it("shows nobody what may still change, and is the same when it is run again, whatever the timing", async () => {
    const seen = new Set<string>();
    await fc.assert(
      fc.asyncProperty(
        settings,
        fc.integer({ min: 0, max: 1e6 }),
        fc.integer(),
        async (search, seed, timing) => {
          const campaign = testCampaign({ seed, search, budget: { experiments: 20 } });
          const first = await run(campaign, { slots: 2, timing });
          expect(first.end).toMatchObject({ state: "finished" });
          sound(first.disk, campaign);
          const records = recordsOf(first.disk);
          for (const e of records.experiments) {
            expect(first.shown.get(e.index)).toBe(digest(viewAt(records, e.sees!)));
          }
          for (const type of first.disk.events.map((e) => e.type)) seen.add(type);
          const timed = (index: number) => {
            const e = records.experiments[index];
            return e ? timedOf(e) : null;
          };
          for (const [slots, mind] of [
            [1, 1],
            [2, 64],
            [4, 8],
          ] as const) {
            const again = await run(campaign, { slots, mind, timing: timing + slots, timed });
            expect(again.end).toMatchObject({ state: "finished" });
            expect(substance(again.disk)).toEqual(substance(first.disk));
          }
        },
      ),
      { numRuns: 25 },
    );
    // The fakes met every turn that the way of a candidate can take.
    expect([...seen]).toEqual(
      expect.arrayContaining(["repeat", "broke", "kept", "repaired", "restored", "checked", "promoted"]),
    );
  });

  it("opens more than one experiment before the first has ended, and sees more as more have", async () => {
    const campaign = testCampaign({ budget: { experiments: 90 } });
    const { disk } = await run(campaign, { slots: 1, timing: 3 });
    const sees = recordsOf(disk).experiments.map((e) => e.sees!.experiments);
    expect(sees.slice(0, 8)).toEqual([0, 0, 0, 0, 0, 0, 0, 0]);
    expect(sees).toEqual(sees.toSorted((a, b) => a - b));
    expect(sees.at(-1)).toBeGreaterThan(0);
  });
});

describe("crashes of a paced campaign", () => {
  const campaign = testCampaign({ seed: 11, budget: { experiments: 10 } });

  it.each([{ torn: false }, { torn: true }])(
    "at every write lose nothing and do nothing twice (stored before the crash: $torn)",
    async ({ torn }) => {
      const { writes: all } = await run(campaign, { slots: 2, timing: 1 });
      for (let writes = 0; writes < all; writes++) {
        const world = newWorld();
        const broken = await run(campaign, { slots: 2, timing: 1 }, world, { writes, torn });
        if (broken.end.state === "finished") continue;
        const before = recordsOf(structuredClone(world.disk)).experiments;
        const resumed = await run(campaign, { slots: 2, timing: writes + 2 }, world);
        expect(resumed.end.state).toBe("finished");
        sound(world.disk, campaign);
        const records = recordsOf(world.disk);
        for (const e of before) {
          const now = records.experiments[e.index]!;
          expect(now.sees).toEqual(e.sees);
          if (isEnd(e.status)) expect(now.scores[0]).toEqual(e.scores[0]);
        }
        for (const e of records.experiments) {
          const saw = resumed.shown.get(e.index) ?? broken.shown.get(e.index);
          expect(saw).toBe(digest(viewAt(records, e.sees!)));
        }
      }
    },
  );
});

describe("a budget for models", () => {
  const refused = "The token budget of 1000 is used up.";

  it("opens nothing once a request was refused, and finishes with the reason", async () => {
    const campaign = testCampaign({ budget: { experiments: null } });
    let asked = 0;
    const spent = () => ({ tokens: 10 * ++asked, cost: 0.5, refused: asked > 40 ? refused : null });
    const { end, disk } = await run(campaign, { slots: 2, timing: 1, spent });
    expect(end).toMatchObject({ state: "finished", reason: refused, used: { cost: 0.5, refused } });
    expect(end.used.tokens).toBeGreaterThan(400);
    const { experiments, promotions } = recordsOf(disk);
    expect(experiments.length).toBeGreaterThan(0);
    expect(experiments.every((e) => isEnd(e.status))).toBe(true);
    expect(promotions.every((p) => p.status === "done")).toBe(true);
  });

  it("goes on when it was raised", async () => {
    const campaign = testCampaign({ budget: { experiments: 6 } });
    const world = newWorld();
    const none = () => ({ tokens: 9, cost: 1, refused });
    const first = await run(campaign, { slots: 2, timing: 1, spent: none }, world);
    expect(first.end).toMatchObject({ state: "finished", reason: refused });
    expect(world.disk.experiments.size).toBe(0);
    const room = () => ({ tokens: 9, cost: 1, refused: null });
    const then = await run(campaign, { slots: 2, timing: 1, spent: room }, world);
    expect(then.end).toMatchObject({
      reason: "All 6 experiments of the budget are done.",
      used: { refused: null },
    });
    sound(world.disk, campaign);
  });
});
