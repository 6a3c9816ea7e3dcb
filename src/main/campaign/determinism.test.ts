/** The same seed gives the same campaign, whatever the slots, the timing and the crashes. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Campaign, SearchSettings } from "../../shared/domain.ts";
import { isEnd } from "../../shared/domain.ts";
import { startCampaign } from "./scheduler.ts";
import {
  type Disk,
  delays,
  emptyDisk,
  fakeAgents,
  fakeArchive,
  fakeLease,
  fakeTrainer,
  substance,
  testCampaign,
} from "./testing/fakes.ts";

interface World {
  disk: Disk;
  folders: Set<string>;
}

const newWorld = (): World => ({ disk: emptyDisk(), folders: new Set() });

async function run(
  campaign: Campaign,
  how: { slots: number; timing: number; buffer?: number; mind?: number },
  world = newWorld(),
  crash: { writes: number; torn?: boolean } | null = null,
) {
  const delay = delays(how.timing);
  const archive = fakeArchive(world.disk, crash);
  const lease = fakeLease(how.slots);
  const trainer = fakeTrainer(delay, world.folders);
  const options = {
    campaign,
    archive,
    trainer,
    lease,
    agents: fakeAgents(delay),
    mixerCode: () => "baseline",
  };
  const end = await startCampaign({ ...options, buffer: how.buffer, mind: how.mind }).done;
  expect(lease.most()).toBeLessThanOrEqual(how.slots);
  expect(lease.idle()).toBe(how.slots);
  expect(trainer.warm.size).toBe(0);
  return { end, disk: world.disk, writes: archive.writes(), trained: trainer.trained };
}

/** What must hold of every finished campaign. */
function sound(disk: Disk, campaign: Campaign) {
  const experiments = [...disk.experiments.values()].sort((a, b) => a.index - b.index);
  expect(experiments.map((e) => e.index)).toEqual(experiments.map((_, i) => i));
  expect(experiments).toHaveLength(campaign.budget.experiments!);
  for (const e of experiments) {
    expect(isEnd(e.status)).toBe(true);
    expect(e.failure === null).toBe(e.status === "archived");
    if (e.status !== "archived") continue;
    for (const s of e.scores) {
      expect([s.fitness, s.fitnessPaper, s.gain, s.gainSe, s.parts.judge].every(Number.isFinite)).toBe(true);
    }
    const promotions = [...disk.promotions.values()].filter((p) => p.experimentId === e.id);
    expect(e.scores).toHaveLength(1 + promotions.filter((p) => p.status === "done").length);
    expect(disk.versions.get(e.id)).toHaveLength(e.repairs + 1);
  }
  for (const p of disk.promotions.values()) expect(["done", "failed"]).toContain(p.status);
  // Nothing is done twice: an experiment ends once, and each of its versions is trained to the end once.
  const ends = disk.events.filter((e) => ["archived", "rejected", "failed"].includes(e.type));
  expect(new Set(ends.map((e) => e.experimentId)).size).toBe(ends.length);
}

const settings: fc.Arbitrary<Partial<SearchSettings>> = fc.record({
  lag: fc.integer({ min: 0, max: 5 }),
  promotionLag: fc.integer({ min: 0, max: 4 }),
  updateEvery: fc.integer({ min: 1, max: 5 }),
  coldStart: fc.integer({ min: 0, max: 4 }),
  noveltyRetries: fc.integer({ min: 0, max: 2 }),
  repairs: fc.integer({ min: 0, max: 2 }),
});

describe("determinism", () => {
  it("holds for any settings, slots and timing", async () => {
    await fc.assert(
      fc.asyncProperty(
        settings,
        fc.integer({ min: 0, max: 1e6 }),
        fc.integer(),
        async (search, seed, timing) => {
          const campaign = testCampaign({
            seed,
            search,
            budget: { experiments: 14 },
          });
          const serial = await run(campaign, { slots: 1, timing, mind: 1, buffer: 0 });
          expect(serial.end).toMatchObject({ state: "finished" });
          sound(serial.disk, campaign);
          for (const slots of [1, 2, 4]) {
            const other = await run(campaign, { slots, timing: timing + slots });
            expect(substance(other.disk)).toEqual(substance(serial.disk));
          }
        },
      ),
      { numRuns: 40 },
    );
  });

  it("tells seeds apart", async () => {
    const [a, b] = [
      await run(testCampaign({ seed: 1 }), { slots: 2, timing: 1 }),
      await run(testCampaign({ seed: 2 }), { slots: 2, timing: 1 }),
    ];
    const codes = (d: Disk) => [...d.experiments.values()].map((e) => e.code).sort();
    expect(codes(a.disk)).not.toEqual(codes(b.disk));
  });
});

describe("crashes", () => {
  const campaign = testCampaign({
    seed: 7,
    budget: { experiments: 8 },
  });

  it.each([
    { torn: false, slots: 2 },
    { torn: true, slots: 4 },
  ])(
    "at every write lose nothing and do nothing twice (stored before the crash: $torn, $slots slots)",
    async ({ torn, slots }) => {
      const whole = await run(campaign, { slots, timing: 1 });
      sound(whole.disk, campaign);
      expect(whole.disk.promotions.size).toBeGreaterThan(0);
      for (let writes = 0; writes < whole.writes; writes++) {
        const world = newWorld();
        const broken = await run(campaign, { slots, timing: 1 }, world, { writes, torn });
        if (broken.end.state === "finished") continue; // It was the last write that failed.
        expect(broken.end.reason).toMatch(/archive could not be written.*disk full/);
        const end = await run(campaign, { slots, timing: writes + 2 }, world);
        expect(end.end.state).toBe("finished");
        sound(world.disk, campaign);
        expect(substance(world.disk)).toEqual(substance(whole.disk));
      }
    },
  );

  it("one after the other still come to the same end", async () => {
    const whole = await run(campaign, { slots: 2, timing: 1 });
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 3, max: 20 }), { minLength: 5, maxLength: 30 }),
        async (lives) => {
          const world = newWorld();
          for (const [i, writes] of lives.entries())
            await run(campaign, { slots: 1 + (i % 3), timing: i }, world, { writes });
          await run(campaign, { slots: 2, timing: 0 }, world);
          sound(world.disk, campaign);
          expect(substance(world.disk)).toEqual(substance(whole.disk));
        },
      ),
      { numRuns: 10 },
    );
  });
});
