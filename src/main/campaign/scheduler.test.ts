import { describe, expect, it } from "vitest";
import type { Campaign } from "../../shared/domain.ts";
import { isEnd } from "../../shared/domain.ts";
import type { CampaignOptions } from "./handle.ts";
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

const mixerCode = () => "baseline";

interface Setting {
  campaign?: Campaign;
  slots?: number;
  timing?: number;
  disk?: Disk;
  folders?: Set<string>;
  crash?: { writes: number; torn?: boolean } | null;
  more?: Partial<CampaignOptions>;
}

function start(setting: Setting = {}) {
  const {
    campaign = testCampaign(),
    slots = 2,
    timing = 1,
    disk = emptyDisk(),
    folders = new Set<string>(),
  } = setting;
  const delay = delays(timing);
  const archive = fakeArchive(disk, setting.crash ?? null);
  const trainer = fakeTrainer(delay, folders);
  const lease = fakeLease(slots);
  const agents = fakeAgents(delay);
  const handle = startCampaign({ campaign, archive, trainer, lease, agents, mixerCode, ...setting.more });
  return { handle, archive, trainer, lease, disk, folders, campaign };
}

describe("a campaign", () => {
  it("takes every experiment to its end, with the baseline first", async () => {
    const { handle, disk, lease, trainer } = start();
    const campaign = await handle.done;
    expect(campaign).toMatchObject({
      state: "finished",
      reason: "All 12 experiments of the budget are done.",
    });
    const experiments = [...disk.experiments.values()];
    expect(experiments).toHaveLength(12);
    expect(experiments.every((e) => isEnd(e.status))).toBe(true);
    expect(experiments.filter((e) => e.status === "archived").length).toBeGreaterThan(3);
    expect(disk.promotions.size).toBeGreaterThan(0);
    expect([...disk.promotions.values()].every((p) => p.status === "done" || p.status === "failed")).toBe(
      true,
    );
    const types = disk.events.map((e) => e.type);
    expect(types.lastIndexOf("baseline")).toBeGreaterThan(-1);
    expect(types.filter((t) => t === "baseline").slice(0, 4)).toHaveLength(4);
    expect(types.indexOf("scored")).toBeGreaterThan(types.indexOf("baseline"));
    expect(lease.most()).toBe(2);
    expect(trainer.warm.size).toBe(0);
    for (const e of experiments.filter((x) => x.status === "archived")) {
      expect(e.scores[0]!.parts.judge).not.toBeNull();
      expect(e.analysis).toContain("screen");
    }
  });

  it("is the same whatever the number of slots and the timing", async () => {
    const runs = [];
    for (const [slots, timing] of [
      [1, 1],
      [2, 2],
      [4, 3],
    ] as const) {
      const { handle, disk } = start({ slots, timing });
      await handle.done;
      runs.push(substance(disk));
    }
    expect(runs[1]).toEqual(runs[0]);
    expect(runs[2]).toEqual(runs[0]);
  });
});
