/** For the tests of this folder: an interpreter, a small protocol, and a worker that runs a hostile script without torch. */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Protocol } from "../../shared/protocol.ts";
import type { JobRequest } from "../interfaces.ts";
import { trainerFolder } from "../paths.ts";
import { createTrainer, type LocalTrainer, type TrainerOptions } from "./index.ts";
import type { Scorer } from "./scorer.ts";

/** The interpreter that the tests run with: CAMBRIAN_PYTHON, else the system's. */
export const python =
  process.env.CAMBRIAN_PYTHON ?? execFileSync("which", ["python3"], { encoding: "utf8" }).trim();

export const newHome = (): string => mkdtempSync(join(tmpdir(), "cambrian-test-"));

/** A protocol that the stand-in worker can be given; only its limits matter. */
export function tinyProtocol(limits: Partial<Protocol["limits"]> = {}): Protocol {
  return {
    name: "tiny",
    description: "for tests",
    model: { hiddenSize: 8, numHeads: 1, numLayers: 1, mlpRatio: 1 },
    optimiser: { betas: [0.9, 0.98], weightDecay: 0, warmup: 0, minLr: 1, clip: 1 },
    tasks: { icr: { kind: "icr", seqLen: 8, batch: 1, steps: 2, lr: 0.1, heldout: 1, params: {} } },
    rungs: [{ name: "screen", runs: [{ task: "icr", until: 2, seeds: 1 }], promote: null }],
    baseline: { mixer: "delta_net", seeds: 1, widths: [], widthSeeds: 1 },
    limits: { params: 2, flops: 2, memoryMB: 256, gateSeconds: 20, runSeconds: 20, ...limits },
  };
}

let count = 0;

/** A job whose candidate is Python for the stand-in worker below. */
export function tinyJob(code: string, change: Partial<JobRequest> = {}): JobRequest {
  return {
    id: `job-${count++}`,
    code,
    protocol: tinyProtocol(),
    device: "cpu",
    threads: 1,
    mixerKwargs: {},
    gates: true,
    runs: [{ id: "icr-s0", task: "icr", seed: 0, until: 2, resume: false }],
    from: null,
    heldoutKey: "test",
    ...change,
  };
}

/**
 * Stands in for trainer/worker.py, with the same hand-shake but without torch. The candidate is executed as it is, and may define
 * construct(), train() and infer(), each called at its place; `out`, `inn`, `emit` and `write` are at hand.
 */
const STAND_IN_CODE = `
import argparse, json, os, sys, time, traceback
p = argparse.ArgumentParser()
for name in ("in", "out", "data"):
    p.add_argument("--" + name, dest=name + "_")
a = p.parse_args()
inn, out, data = a.in_, a.out_, a.data_
log = open(out + "/events.jsonl", "a", buffering=1)
def emit(type, **fields):
    log.write(json.dumps({"t": 0, "type": type, **fields}) + "\\n")
def write(name, text="x"):
    os.makedirs(os.path.dirname(out + "/" + name), exist_ok=True)
    with open(out + "/" + name, "w") as f:
        f.write(text)
def wait(name):
    while not os.path.exists(inn + "/" + name):
        if os.path.exists(inn + "/stop"):
            sys.exit(75)
        time.sleep(0.02)
spec = json.load(open(inn + "/spec.json"))
names = {"out": out, "inn": inn, "data": data, "emit": emit, "write": write, "spec": spec, "wait": wait}
call = lambda name: names[name]() if name in names else None
try:
    emit("started", torch="none", device="cpu", threads=1)
    exec(compile(open(inn + "/mixer.py").read(), "mixer.py", "exec"), names)
    call("construct")
    emit("gated", ok=True, params=1, mixerParams=1, flopsPerToken=1, fingerprint=None, seconds=0)
    if spec["waitForGo"]:
        wait("go")
    for run in spec["runs"]:
        emit("run_started", run=run["id"], step=0, until=run["until"])
        emit("step", run=run["id"], step=1, loss=1.0, lr=0.1, tokensPerSecond=1, memoryMB=1)
        write(run["id"] + "/model.safetensors", "weights")
        write(run["id"] + "/checkpoint.safetensors", "checkpoint")
    call("train")
    emit("trained")
    wait("heldout.json")
    for run in spec["runs"]:
        write(run["id"] + "/hidden.safetensors", "hidden")
    call("infer")
    emit("inferred")
except Exception as error:
    failure = {"kind": "interface", "message": repr(error), "detail": traceback.format_exc()}
    emit("error", failure=failure)
    sys.exit(1)
`;

export const STAND_IN = ["-c", STAND_IN_CODE];

/** A scorer without torch: held-out inputs are a word that the tests look for, scores are read from the kept weights. */
export function standInScorer(home: string): Scorer {
  return {
    async prepare() {
      const train = join(home, "data", "train");
      mkdirSync(train, { recursive: true });
      return { train, dataHash: "data", mask: [] };
    },
    async heldout({ out }) {
      mkdirSync(join(out, "heldout"), { recursive: true });
      writeFileSync(join(out, "heldout", "icr-s0.safetensors"), HELD_OUT);
    },
    async score({ job, protocolHash, result }) {
      const value = { job, ok: true, failure: null, runs: [], protocolHash, dataHash: "data" };
      writeFileSync(result, JSON.stringify(value));
    },
    async close() {},
  };
}

export const HELD_OUT = "held-out tokens";

/** A trainer whose worker and scorer are the stand-ins. */
export function tinyTrainer(options: Partial<TrainerOptions> = {}): Promise<LocalTrainer> {
  const home = options.home ?? newHome();
  return createTrainer({
    ...{ python, home, trainerFolder, sandbox: "bubblewrap", device: "cpu" },
    ...{ worker: STAND_IN, scorer: standInScorer(home) },
    ...options,
  });
}
