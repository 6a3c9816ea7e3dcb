/**
 * How busy the device is kept by language models in every role, whose answers take as long as a training: on a server
 * that behaves, and on one where 30 % of the requests fail with HTTP 500 and 10 % fall silent.
 *
 *   npm run bench:agents [-- --experiments 60] [--only healthy|faulty] [--timeline]
 *
 * Busy is the share of the slots' time in which the device is held, in steady state: from the third experiment that has
 * ended until the last proposal has been made.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { openProgram } from "../../src/main/app.ts";
import { startServer } from "../../src/main/llm/testing/server.ts";
import { dataFolder } from "../../src/main/paths.ts";
import { readPreset } from "../../src/main/presets.ts";
import type { CampaignSnapshot } from "../../src/main/program.ts";
import { isEnd } from "../../src/shared/domain.ts";
import { play } from "./play.ts";

const { values: args } = parseArgs({
  options: {
    experiments: { type: "string", default: "60" },
    only: { type: "string" },
    workers: { type: "string", default: "2" },
    timeline: { type: "boolean", default: false },
  },
});
const experiments = Number(args.experiments);
const workers = Number(args.workers);

interface Faults {
  fail: number;
  stall: number;
}

async function measure(name: string, faults: Faults): Promise<{ busy: number; goal: number }> {
  const folder = mkdtempSync(join(tmpdir(), "cambrian-bench-"));
  const { protocol } = readPreset("smoke");
  const trained: number[] = [];
  const training = () => (trained.length ? trained.reduce((a, b) => a + b, 0) / trained.length : 5);
  const server = await startServer(play({ protocol, seed: 11, ...faults, delay: () => 1000 * training() }));
  const program = await openProgram({
    env: { ...process.env, CAMBRIAN_DEVICE: "cpu" },
    home: dataFolder(),
    signal: new AbortController().signal,
  });
  try {
    const handle = await program.run({
      preset: "smoke",
      archive: join(folder, "bench.sqlite"),
      seed: 11,
      researcher: "llm",
      models: { baseUrl: server.url, model: "played" },
      experiments,
      workers,
    });
    let from: CampaignSnapshot["campaign"]["used"] | null = null;
    let to: CampaignSnapshot["campaign"]["used"] | null = null;
    let most = 0;
    const counted = new Set<string>();
    let before = { wallSeconds: 0, deviceSeconds: 0 };
    const timeline = setInterval(() => {
      const { campaign, experiments: all } = handle.snapshot();
      const { wallSeconds, deviceSeconds } = campaign.used;
      const share = (deviceSeconds - before.deviceSeconds) / (workers * (wallSeconds - before.wallSeconds));
      before = { wallSeconds, deviceSeconds };
      const at = (...steps: string[]) => all.filter((e) => steps.includes(e.status)).length;
      if (args.timeline)
        console.log(
          `${wallSeconds.toFixed(0).padStart(5)} s  busy ${(100 * share).toFixed(0).padStart(3)} %  opened ${all.length}  proposing ${at("propose")}  novelty ${at("novelty")}  gate ${at("gate")}  check ${at("check")}  train ${at("train", "score")}  judge and report ${at("judge", "analyse")}  ended ${all.filter((e) => isEnd(e.status)).length}`,
        );
    }, 10_000);
    handle.onChange(() => {
      const s = handle.snapshot();
      const ended = s.experiments.filter((e) => isEnd(e.status));
      for (const e of s.experiments) {
        if (e.scores.length === 0 || counted.has(e.id)) continue;
        counted.add(e.id);
        if (trained.length < 8) trained.push(e.seconds);
      }
      most = Math.max(most, s.experiments.length - ended.length);
      if (ended.length >= 3) from ??= s.campaign.used;
      if (s.experiments.length === experiments && s.experiments.every((e) => e.status !== "propose"))
        to ??= s.campaign.used;
    });
    const last = await handle.done.finally(() => clearInterval(timeline));
    if (!from || !to) throw new Error("Too few experiments for a steady state; ask for more.");
    const wall =
      (to as typeof last.campaign.used).wallSeconds - (from as typeof last.campaign.used).wallSeconds;
    const held =
      (to as typeof last.campaign.used).deviceSeconds - (from as typeof last.campaign.used).deviceSeconds;
    const busy = held / (workers * wall);
    const stood = last.experiments.filter((e) => e.provenance.fallback !== undefined).length;
    console.log(
      `${name}: device busy ${(100 * busy).toFixed(1)} % of ${workers} slots over ${wall.toFixed(0)} s; an answer takes ${training().toFixed(1)} s, as a training does; ` +
        `${server.hits.length} requests for ${last.experiments.length} experiments (${(server.hits.length / last.experiments.length).toFixed(1)} each), ` +
        `${last.totals.trained} trained, ${stood} proposals by the built-in researcher in place of a model, at most ${most} under way at once.`,
    );
    return { busy, goal: faults.fail > 0 ? 0.9 : 0.98 };
  } finally {
    await program.close();
    await server.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

const all = { healthy: { fail: 0, stall: 0 }, faulty: { fail: 0.3, stall: 0.1 } };
let ok = true;
for (const [name, faults] of Object.entries(all)) {
  if (args.only && args.only !== name) continue;
  const { busy, goal } = await measure(name, faults);
  ok &&= busy >= goal;
}
process.exitCode = ok ? 0 : 1;
