/** A whole small campaign, as a screen would start and follow it: real trainer, real sandbox, real archive. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { CampaignForm } from "../../shared/campaigns.ts";
import { GalleryFilter } from "../../shared/settings.ts";
import { TOPICS } from "../../shared/topics.ts";
import { readPreset } from "../presets.ts";
import type { Service } from "../server/service.ts";
import { createService } from "./index.ts";
import { now, until } from "./testing/read.ts";

const python = process.env.CAMBRIAN_PYTHON ?? "python3";
const torch = spawnSync(python, ["-c", "import torch, safetensors"], { timeout: 120_000 }).status === 0;
if (!torch) console.warn("SKIPPED: a campaign through the service (set CAMBRIAN_PYTHON)");

const home = mkdtempSync(join(tmpdir(), "cambrian-service-"));
afterAll(() => rmSync(home, { recursive: true, force: true }));

const signal = new AbortController().signal;

/** What candidates were seen to do, and which of their runs were drawn. */
function watch(service: Service) {
  const seen = { steps: new Set<string>(), runs: new Set<string>() };
  service.topic("live")!.listen(() => {
    for (const task of now(service, "live")?.tasks ?? []) if (task.experimentId) seen.steps.add(task.step);
  });
  service.topic("curves")!.listen(() => {
    for (const curve of now(service, "curves")) {
      expect(curve.losses).toHaveLength(curve.steps.length);
      if (curve.experimentId !== null) seen.runs.add(curve.run);
    }
  });
  return seen;
}

describe.skipIf(!torch)("a campaign of two experiments", () => {
  it("is started, watched to its end, and found in the gallery", { timeout: 600_000 }, async () => {
    const service = await createService({
      ...{ env: process.env, home, host: "web", demo: join(home, "none.sqlite") },
    });
    const { procedures } = service;
    try {
      const { preset, protocol } = readPreset("smoke");
      const [screen] = protocol.rungs;
      const form = CampaignForm.parse({
        ...{ preset: "smoke", name: "Two", archive: "two.sqlite", seed: 3, researcher: "grammar" },
        protocol: {
          ...protocol,
          rungs: [{ ...screen, promote: null }],
          baseline: { ...protocol.baseline, widths: [1.5] },
          limits: { ...protocol.limits, gateSeconds: 300, runSeconds: 600 }, // the machine may be busy
        },
        search: preset.search,
        budget: { experiments: 2 },
        ...{ workers: 2, models: null },
      });
      const { archive, campaign } = await procedures["campaigns.start"](form, signal);
      await expect(procedures["campaigns.start"](form, signal)).rejects.toMatchObject({ code: "busy" });

      const live = await until(service, "live", (state) => Object.keys(state?.stages ?? {}).length > 0, 300);
      expect(TOPICS.live.data.safeParse(live).error).toBeUndefined();
      expect(live).toMatchObject({ archive, campaign: { id: campaign, state: "running" } });
      expect((await procedures["campaigns.list"]({}, signal)).map((c) => c.live)).toEqual(["running"]);

      const seen = watch(service);
      await until(service, "live", (state) => state?.campaign.state !== "running", 500);
      const last = now(service, "live")!;
      expect(last.campaign).toMatchObject({
        reason: "All 2 experiments of the budget are done.",
        state: "finished",
      });
      expect(last.tasks).toEqual([]);
      expect(seen.steps.has("train")).toBe(true);
      expect([...seen.runs].sort()).toEqual(["icr-s0", "lm-s0"]);
      const shown = now(service, "terminals").find((t) => t.id.includes("-v0-screen"))!;
      expect(shown).toMatchObject({ live: false, title: expect.stringContaining(", screen") });
      const bytes = Buffer.from(now(service, `terminal/${shown.id}`), "base64");
      expect(bytes.length).toBeGreaterThan(0);
      const feed = now(service, "feed");
      expect(TOPICS.feed.data.safeParse(feed).error).toBeUndefined();
      expect(feed.map((item) => item.who)).toEqual(expect.arrayContaining(["Researcher", "Gate", "Analyst"]));
      expect(now(service, "notices").map((n) => n.kind)).toEqual(["finished"]);

      const [row] = await procedures["campaigns.list"]({}, signal);
      expect(row).toMatchObject({ live: "finished", experiments: 2, archive });
      expect(row!.estimate).not.toBeNull();
      const found = await procedures["gallery.query"](
        {
          ...{ archive, filter: GalleryFilter.parse({ campaigns: [campaign] }) },
          ...{ sort: { by: "fitness", descending: true }, offset: 0, limit: 10 },
        },
        signal,
      );
      expect(found.total).toBe(2);
      const [card] = found.cards;
      expect(last.leaderboard.map((c) => c.id)).toContain(card!.id);
      const view = await procedures["experiments.get"]({ archive, id: card!.id }, signal);
      expect(view).toMatchObject({ archive, experiment: { id: card!.id }, campaign: { id: campaign } });
      expect(view.curves.length).toBeGreaterThan(0);
      const baseline = view.baseline.map((b) => [b.rung, b.curves.map((c) => c.run)]);
      expect(baseline).toEqual([[screen!.name, expect.arrayContaining(["icr-s0", "lm-s0"])]]);
      expect(view.baseline[0]!.curves.every((c) => c.losses.every((loss) => loss !== null))).toBe(true);

      const diagram = await procedures["experiments.diagram"]({ archive, id: card!.id }, signal);
      expect(diagram!.svg).toContain("<svg");
      expect(card!.thumbnail).toContain("<svg");
      const marks = { starred: true, tags: ["first"], note: "" };
      expect(await procedures["marks.set"]({ archive, id: card!.id, marks }, signal)).toEqual(marks);
      const svg = await procedures["experiments.export"]({ archive, id: card!.id, format: "svg" }, signal);
      expect(svg.text).toContain("<svg");
      const insights = await procedures["insights.get"]({ archive, campaign }, signal);
      expect(insights.proxy.n).toBe(0);
    } finally {
      await service.close();
    }
    // Nothing is left in a file beside it: it can be copied and opened elsewhere.
    expect(existsSync(join(home, "two.sqlite-wal"))).toBe(false);
  });
});
