/** The real worker and the real scorer, in the best sandbox there is: a reference mixer through both rungs of `smoke`. */
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Protocol } from "../../shared/protocol.ts";
import type { JobRequest } from "../interfaces.ts";
import { trainerFolder } from "../paths.ts";
import { createTrainer, type LocalTrainer } from "./index.ts";
import { newHome, python } from "./testing.ts";

const torch = spawnSync(python, ["-c", "import torch, safetensors"], { timeout: 60_000 }).status === 0;
if (!torch)
  console.warn("SKIPPED: the reference mixers, because this interpreter has no torch (set CAMBRIAN_PYTHON)");

const protocol = Protocol.parse(
  JSON.parse(readFileSync(join(trainerFolder, "protocols", "smoke.json"), "utf8")),
);
const mixer = (name: string) => readFileSync(join(trainerFolder, "mixers", `${name}.py`), "utf8");

function request(id: string, rung: number, change: Partial<JobRequest> = {}): JobRequest {
  const runs = protocol.rungs[rung]!.runs.flatMap(({ task, until, seeds }) =>
    Array.from({ length: seeds }, (_, seed) => {
      const before = protocol.rungs[rung - 1]?.runs.find((r) => r.task === task);
      return {
        id: `${task}-s${seed}`,
        task,
        seed,
        until,
        resume: before !== undefined && seed < before.seeds,
      };
    }),
  );
  return {
    ...{ id, protocol, runs, code: mixer("delta_net"), device: "cpu", threads: 1, mixerKwargs: {} },
    ...{ gates: rung === 0, from: null, heldoutKey: `test/${rung}` },
    ...change,
  };
}

describe.skipIf(!torch)("a reference mixer", () => {
  let trainer: LocalTrainer;
  const home = newHome();
  beforeAll(async () => {
    trainer = await createTrainer({ python, home, trainerFolder, device: "cpu" });
  });
  afterAll(async () => {
    await trainer.close();
    rmSync(home, { recursive: true });
  });

  it("passes its gates, trains, is scored, and goes on to the next rung from what was kept", async () => {
    const screen = request("screen", 0);
    const gated = await trainer.gate(screen);
    expect(gated.failure).toBeNull();
    expect(gated.gates.length).toBeGreaterThan(5);
    expect(gated.mixerParams).toBeGreaterThan(0);
    expect(gated.graph?.nodes.map((n) => n.module)).toContain("heads.q_proj");
    const trained = await trainer.train(screen);
    expect(trained.failure).toBeNull();
    expect(trained.curves.map((c) => [c.run, c.steps.at(-1)])).toEqual([
      ["lm-s0", 40],
      ["icr-s0", 40],
    ]);
    const scored = await trainer.score(screen);
    expect(scored).toMatchObject({ ok: true, failure: null });
    expect(readdirSync(join(home, "jobs", "screen"))).not.toContain("out");
    expect(existsSync(join(home, "jobs", "screen", "in", "heldout"))).toBe(false);

    const confirm = request("confirm", 1, { from: "screen" });
    expect((await trainer.train(confirm)).failure).toBeNull();
    const deeper = await trainer.score(confirm);
    expect(deeper.runs.map((r) => [r.id, r.step])).toEqual([
      ["lm-s0", 80],
      ["lm-s1", 80],
      ["icr-s0", 80],
    ]);
    expect(deeper.runs[0]!.loss).toBeLessThan(scored.runs[0]!.loss);
  });

  it("has the same scores when it is stopped in the middle and goes on in another process", async () => {
    const whole = await trainer.score(request("screen", 0));
    const stopped = request("stopped", 0, { gates: false });
    const stop = new AbortController();
    const onEvent = (event: { type: string }) => {
      if (event.type === "step") stop.abort(new Error("pause"));
    };
    await expect(trainer.train(stopped, { signal: stop.signal, onEvent })).rejects.toThrow("pause");
    expect(existsSync(join(home, "jobs", "stopped", "out", "lm-s0", "checkpoint.safetensors"))).toBe(true);
    expect((await trainer.train(stopped)).failure).toBeNull();
    expect(await trainer.score(stopped)).toEqual({ ...whole, job: "stopped" });
  });

  it("is rejected when it hangs on import, and when it asks for more memory than its limit", async () => {
    const limits = { ...protocol.limits, gateSeconds: 8 };
    const hanging = request("hanging", 0, { code: "while True: pass", protocol: { ...protocol, limits } });
    expect((await trainer.gate(hanging)).failure).toMatchObject({ kind: "timeout" });
    const code = `import torch\nx = torch.ones(30 << 30)\n${mixer("delta_net")}`;
    expect((await trainer.gate(request("greedy", 0, { code }))).failure).toMatchObject({ kind: "memory" });
  });
});
