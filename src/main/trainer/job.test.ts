/** The life of a job: repeated calls, crashes, stops, slow viewers, a full disk. With the stand-in worker, so without torch. */
import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { trainerFolder } from "../paths.ts";
import { createTrainer, type LocalTrainer } from "./index.ts";
import { inspectInterpreter } from "./interpreter.ts";
import { chooseTier, SandboxUnavailable } from "./probe.ts";
import { isAlive, markProcess } from "./processes.ts";
import { hostFacts } from "./sandbox.ts";
import { newHome, python, STAND_IN, standInScorer, tinyJob, tinyProtocol, tinyTrainer } from "./testing.ts";

/** The best tier there is; the attacks are tested on each, life on one. */
const sandbox = await (async () => {
  const interpreter = await inspectInterpreter(python);
  const options = { interpreter, trainerFolder, host: hostFacts(), device: "cpu" as const };
  try {
    return (await chooseTier("auto", options)).tier;
  } catch (error) {
    console.warn(`jobs are tested without a sandbox: ${(error as Error).message}`);
    return "none";
  }
})();

let home: string;
let trainer: LocalTrainer;
beforeEach(async () => {
  home = newHome();
  trainer = await tinyTrainer({ home, sandbox, limits: { graceSeconds: 5 } });
});
afterEach(async () => {
  await trainer.close();
  rmSync(home, { recursive: true });
});
const again = async () => {
  await trainer.close();
  trainer = await tinyTrainer({ home, sandbox });
};
const inJob = (id: string, ...parts: string[]) => join(home, "jobs", id, ...parts);

it("does nothing twice: outcomes are returned as they were, also after a restart", async () => {
  const job = tinyJob(`import os\nprint("pid", os.getpid())`);
  const gated = await trainer.gate(job);
  expect(await trainer.gate(job)).toEqual(gated);
  const trained = await trainer.train(job);
  expect(trained).toMatchObject({ ok: true, curves: [{ run: "icr-s0", steps: [1], losses: [1] }] });
  const scored = await trainer.score(job);
  await again();
  expect(await trainer.gate(job)).toEqual(gated);
  expect(await trainer.train(job)).toEqual(trained);
  expect(await trainer.score(job)).toEqual(scored);
  expect(trainer.logTail(job.id)).toMatch(/^pid \d+\n$/);
});

it("refuses a job's name for another request", async () => {
  const job = tinyJob("");
  await trainer.gate(job);
  await expect(trainer.gate({ ...job, code: "print()" })).rejects.toThrow("belongs to another request");
});

it("scores again when the result is not whole, and not before training", async () => {
  const job = tinyJob("");
  expect(await trainer.score(job)).toMatchObject({
    ok: false,
    failure: { message: expect.stringContaining("not been trained") },
  });
  await trainer.gate(job);
  await trainer.train(job);
  writeFileSync(inJob(job.id, "result.json"), '{"job": "ha');
  expect((await trainer.score(job)).ok).toBe(true);
});

it("keeps one process from gates to inference, and shows its events as they come", async () => {
  const job = tinyJob("import os\nprint('once')");
  const seen: string[] = [];
  const onEvent = (event: { type: string }) => seen.push(event.type);
  await trainer.gate(job, { onEvent });
  expect(seen).toEqual(["started", "gated"]);
  await trainer.train(job, { onEvent });
  expect(seen.slice(2)).toEqual(["started", "gated", "run_started", "step", "trained", "inferred"]);
  expect(trainer.logTail(job.id)).toBe("once\n");
});

it("ends a warm process that nobody wants, and can still train the job", async () => {
  const job = tinyJob("");
  await trainer.gate(job);
  const { process: mark } = JSON.parse(readFileSync(inJob(job.id, "process.json"), "utf8"));
  trainer.discard(job.id);
  while (isAlive(mark)) await new Promise((resolve) => setTimeout(resolve, 10));
  expect((await trainer.train(job)).ok).toBe(true);
});

it("stops politely: the candidate writes its checkpoint, and goes on from there", async () => {
  const job = tinyJob(`
import os, sys, time
def train():
    if spec["runs"][0]["resume"]:
        print("resumed from " + open(inn + "/ckpt/icr-s0.safetensors").read())
        return
    emit("run_started", run="icr-s0", step=1, until=2)
    while not os.path.exists(inn + "/stop"):
        time.sleep(0.01)
    write("icr-s0/checkpoint.safetensors", "step 1")
    sys.exit(75)`);
  await trainer.gate(job);
  const stop = new AbortController();
  const training = trainer.train(job, { signal: stop.signal });
  setTimeout(() => stop.abort(new Error("pause")), 300);
  await expect(training).rejects.toThrow("pause");
  await again();
  const outcome = await trainer.train(job);
  expect(outcome.ok).toBe(true);
  expect(trainer.logTail(job.id)).toContain("resumed from step 1");
  expect(outcome.curves[0]!.steps).toEqual([1]);
});

it("goes on from the checkpoint after kill -9 of the program, and from kept weights after they were taken", async () => {
  const code = `
import time
def train():
    if spec["runs"][0]["resume"]:
        print("resumed from " + open(inn + "/ckpt/icr-s0.safetensors").read())
    else:
        write("icr-s0/checkpoint.safetensors", "half way")
        print("waiting")
        time.sleep(300)`;
  const script = `
    import { tinyJob, tinyTrainer } from ${JSON.stringify(join(import.meta.dirname, "testing.ts"))};
    const trainer = await tinyTrainer({ sandbox: "${sandbox}", home: ${JSON.stringify(home)} });
    const job = tinyJob(${JSON.stringify(code)}, { id: "killed" });
    await trainer.gate(job);
    trainer.train(job);
    while (!trainer.logTail("killed").includes("waiting")) await new Promise((r) => setTimeout(r, 20));
    console.log("ready");`;
  const program = spawn(process.execPath, ["--input-type=module-typescript", "-e", script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  await new Promise((resolve, reject) => {
    program.stdout.once("data", resolve);
    program.once("exit", (code) => reject(new Error(`the program ended with status ${code}`)));
  });
  program.kill("SIGKILL");
  await again();
  const job = tinyJob(code, { id: "killed" });
  expect((await trainer.train(job)).ok).toBe(true);
  expect(trainer.logTail(job.id)).toContain("resumed from half way");

  // As if it had been killed between taking the weights and storing the outcome.
  rmSync(inJob(job.id, "train.json"));
  writeFileSync(inJob(job.id, "kept", "icr-s0", "model.safetensors"), "kept weights");
  await again();
  expect((await trainer.train(job)).ok).toBe(true);
  expect(trainer.logTail(job.id)).toContain("resumed from checkpoint");
  expect(readFileSync(inJob(job.id, "kept", "icr-s0", "model.safetensors"), "utf8")).toBe("kept weights");
});

it("ends at its start what an earlier program left running, and nothing of a program that is there", async () => {
  const sleeper = () => {
    const child = spawn("sleep", ["300"], { detached: true, stdio: "ignore" });
    child.unref();
    return markProcess(child.pid!);
  };
  const gone = { pid: process.pid, start: "another boot:1" };
  const [orphan, other, stranger] = [sleeper(), sleeper(), sleeper()];
  const records = {
    orphan: { process: orphan, owner: gone },
    other: { process: other, owner: markProcess(process.pid) },
    // The number belongs to somebody else by now.
    reused: { process: { ...stranger, start: "another boot:2" }, owner: gone },
    broken: "half a rec",
  };
  for (const [id, record] of Object.entries(records)) {
    mkdirSync(inJob(id), { recursive: true });
    writeFileSync(inJob(id, "process.json"), JSON.stringify(record));
  }
  await again();
  while (isAlive(orphan)) await new Promise((resolve) => setTimeout(resolve, 10));
  expect([isAlive(other), isAlive(stranger)]).toEqual([true, true]);
  for (const mark of [other, stranger]) process.kill(mark.pid, "SIGKILL");
  expect(existsSync(inJob("reused", "process.json"))).toBe(false);
});

it("is held up by no viewer, and keeps the end of 50 MB for whoever comes late", async () => {
  const job = tinyJob(`
import os
def train():
    block = (b"x" * 127 + b"\\n") * 512
    for i in range(800):
        os.write(1, block)
    print("the end")`);
  await trainer.gate(job);
  const terminal = trainer.terminal(job.id)!;
  let told = 0;
  terminal.subscribe(() => {
    told++; // and never reads
  });
  expect((await trainer.train(job)).failure).toBeNull();
  expect(told).toBeGreaterThan(0);
  const { from, to, bytes } = terminal.snapshot();
  expect(to).toBeGreaterThan(50 * 1024 * 1024);
  expect(bytes.length).toBe(to - from);
  expect(bytes.length).toBeLessThanOrEqual(4 * 1024 * 1024);
  expect(trainer.logTail(job.id)).toMatch(/the end\n$/);
});

it("says which artifact a training did not leave", async () => {
  const job = tinyJob('import os\ndef train(): os.remove(out + "/icr-s0/model.safetensors")');
  await trainer.gate(job);
  expect((await trainer.train(job)).failure).toMatchObject({
    message: expect.stringContaining("model.safetensors"),
  });
  const silent = tinyJob('import os\ndef infer(): os.remove(out + "/icr-s0/hidden.safetensors")');
  await trainer.gate(silent);
  expect((await trainer.train(silent)).failure).toMatchObject({
    message: expect.stringContaining("hidden states"),
  });
  expect(await trainer.score(silent)).toMatchObject({ ok: false, runs: [] });
});

it("limits the time of training, too", async () => {
  const job = tinyJob("import time\ndef train(): time.sleep(300)", {
    protocol: tinyProtocol({ runSeconds: 1 }),
  });
  await trainer.gate(job);
  expect((await trainer.train(job)).failure).toMatchObject({
    kind: "timeout",
    message: "The candidate ran past its time limit of 1 s in training.",
  });
});

it.skipIf(process.platform !== "linux")("does not count the time in which others had the core", async () => {
  const pinned = "import os, time\nos.sched_setaffinity(0, {0})\n";
  // Sessions of their own: some kernels divide a core among sessions first.
  const others = [1, 2].map(() => spawn(python, ["-c", `${pinned}while True: pass`], { detached: true }));
  try {
    const longer =
      "def train():\n    end = time.perf_counter() + 2.6\n    while time.perf_counter() < end: pass";
    const job = tinyJob(`${pinned}${longer}`, {
      protocol: tinyProtocol({ runSeconds: 2 }),
    });
    await trainer.gate(job);
    expect((await trainer.train(job)).failure).toBeNull();
  } finally {
    for (const other of others) other.kill("SIGKILL");
  }
});

it("rejects by a verdict of its gates, with its kind", async () => {
  const verdict = `emit("gate", gate={"name": "causality", "ok": False, "value": 0.5, "limit": 1e-9, "detail": "t=3", "kind": "leak"})`;
  const outcome = await trainer.gate(tinyJob(verdict));
  expect(outcome).toMatchObject({ ok: false, gates: [{ name: "causality" }], failure: { kind: "leak" } });
});

describe("a disk that is really full", () => {
  const disk = mkdtempSync(join(tmpdir(), "cambrian-disk-"));
  const mounted = (() => {
    try {
      execFileSync("mount", ["-t", "tmpfs", "-o", "size=40m", "tmpfs", disk], { stdio: "ignore" });
      return true;
    } catch {
      console.warn("SKIPPED: the test of a full disk, which needs the right to mount one");
      return false;
    }
  })();
  afterEach(() => {
    if (mounted) execFileSync("umount", ["-l", disk]);
  });

  it.skipIf(!mounted)("fails the job with its cause, and the next runs once there is space", async () => {
    const full = await createTrainer({
      ...{ python, home: disk, trainerFolder, sandbox, device: "cpu", scorer: standInScorer(disk) },
      worker: STAND_IN,
      limits: { diskMB: 100 }, // of which the program below takes more than a quarter
    });
    const job = tinyJob(`
def train():
    with open(out + "/fill", "wb") as f:
        while True: f.write(bytes(1 << 16))`);
    expect((await full.gate(job)).ok).toBe(true);
    const outcome = await full.train(job);
    expect(outcome.failure).toMatchObject({ kind: "disk", message: expect.stringContaining("disk full") });
    expect(outcome.failure?.detail).not.toMatch(/^ENOSPC/);
    const next = tinyJob("");
    await full.gate(next);
    expect((await full.train(next)).ok).toBe(true);

    const others = () => {
      const { bavail, bsize } = statfsSync(disk);
      writeFileSync(join(disk, "others"), Buffer.alloc(bavail * bsize - (4 << 20)));
    };
    const ofTheMachine = { kind: "disk", detail: expect.stringMatching(/^ENOSPC/) };
    others();
    const large = tinyJob(`def train(): write("icr-s0/model.safetensors", "w" * (6 << 20))`);
    await full.gate(large);
    expect((await full.train(large)).failure).toMatchObject(ofTheMachine);
    rmSync(join(disk, "others"));
    expect((await full.train(large)).ok).toBe(true);

    // Whatever the program says of it, and in whichever phase.
    others();
    const verdict = `emit("gate", gate={"name": "save", "ok": False, "value": None, "limit": None, "detail": "PytorchStreamWriter failed", "kind": "interface"})`;
    const gated = tinyJob(verdict);
    expect((await full.gate(gated)).failure).toMatchObject(ofTheMachine);
    rmSync(join(disk, "others"));
    expect((await full.gate(gated)).failure).toMatchObject({ kind: "interface" });
    await full.close();
  });
});

it("refuses to run without a sandbox, unless asked by name", async () => {
  const interpreter = await inspectInterpreter(python);
  const host = { ...hostFacts(), bwrap: null };
  const none = { interpreter, trainerFolder: "/nowhere", host, device: "cpu" as const };
  const refusal = chooseTier("auto", none);
  await expect(refusal).rejects.toThrow(SandboxUnavailable);
  await expect(refusal).rejects.toThrow(/bwrap is not installed.*CAMBRIAN_SANDBOX=none/);
  expect(await chooseTier("none", none)).toMatchObject({ tier: "none", ok: true });
});
