/** For the tests of attacks: a trainer on each tier, and what a hostile program inside is asked to try. */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect } from "vitest";
import type { Failure } from "../../shared/job.ts";
import type { JobRequest } from "../interfaces.ts";
import { trainerFolder } from "../paths.ts";
import type { LocalTrainer } from "./index.ts";
import { type Interpreter, inspectInterpreter } from "./interpreter.ts";
import { probeTier } from "./probe.ts";
import { isAlive, type ProcessMark } from "./processes.ts";
import { hostFacts } from "./sandbox.ts";
import { newHome, python, tinyJob, tinyTrainer } from "./testing.ts";

/** Prints one JSON line for each attempt: what it gave, or the exception that stopped it. */
const ATTEMPT = `
import ctypes, json, os, socket, sys, time
def attempt(name, f):
    try:
        result = ["got", repr(f())[:200]]
    except BaseException as e:
        result = ["refused", type(e).__name__ + ": " + str(e)]
    print("ATTEMPT " + json.dumps([name, *result]))
`;

export type Attempts = Record<string, { result: "got" | "refused"; detail: string }>;

export const refused = (results: Attempts) =>
  Object.fromEntries(Object.entries(results).map(([name, { result }]) => [name, result]));

export interface AttackBench {
  tier: "bubblewrap" | "landlock";
  trainer: LocalTrainer;
  interpreter: Interpreter;
  home: string;
  /** A folder in the user's home, with the file `id_ed25519` that holds `token`. */
  secrets: string;
  token: string;
  /** Runs attempts to the end of the gates, and returns what became of each. */
  attempts(code: string, change?: Partial<JobRequest>): Promise<Attempts>;
  /** The failure of a hostile candidate in its gates, with nothing of it left and the next job unharmed. */
  gateFails(code: string, change?: Partial<JobRequest>): Promise<Failure>;
  expectNextJobRuns(): Promise<void>;
}

/** Registers the tests for both tiers; those of a tier that this machine lacks are skipped, saying so. */
export async function onEachTier(title: string, tests: (bench: AttackBench) => void): Promise<void> {
  const interpreter = await inspectInterpreter(python);
  const host = hostFacts();
  for (const tier of ["bubblewrap", "landlock"] as const) {
    const probe = await probeTier(tier, { interpreter, trainerFolder, host, device: "cpu" });
    if (!probe.ok)
      console.warn(`SKIPPED: ${title} on the ${tier} tier, which this machine lacks: ${probe.detail}`);
    describe.skipIf(!probe.ok)(`${title} on the ${tier} tier`, () => {
      const secrets = mkdtempSync(join(homedir(), ".cambrian-attack-"));
      const bench = { tier, interpreter, secrets, token: "sk-of-the-host" } as AttackBench;
      beforeAll(async () => {
        process.env.OPENAI_API_KEY = bench.token;
        writeFileSync(join(secrets, "id_ed25519"), bench.token);
        bench.home = newHome();
        const limits = { outputMB: 64, diskMB: 32, files: 2000, graceSeconds: 1 };
        bench.trainer = await tinyTrainer({ sandbox: tier, home: bench.home, limits });
      });
      afterAll(async () => {
        delete process.env.OPENAI_API_KEY;
        await bench.trainer.close();
        rmSync(secrets, { recursive: true });
        rmSync(bench.home, { recursive: true });
      });
      Object.assign(bench, actions(bench));
      tests(bench);
    });
  }
}

function actions(bench: AttackBench): Pick<AttackBench, "attempts" | "gateFails" | "expectNextJobRuns"> {
  return {
    async attempts(code, change) {
      const job = tinyJob(`${ATTEMPT}\n${code}`, { runs: [], ...change });
      const outcome = await bench.trainer.gate(job);
      expect(outcome.failure).toBeNull();
      const log = bench.trainer.logTail(job.id);
      const lines = [...log.matchAll(/^ATTEMPT (.*)$/gm)].map((match) => JSON.parse(match[1]!));
      return Object.fromEntries(lines.map(([name, result, detail]) => [name, { result, detail }]));
    },
    async gateFails(code, change) {
      const job = tinyJob(code, change);
      const outcome = await bench.trainer.gate(job);
      expect(outcome.ok).toBe(false);
      expect(existsSync(join(bench.home, "jobs", job.id, "process.json"))).toBe(false);
      await bench.expectNextJobRuns();
      return outcome.failure!;
    },
    async expectNextJobRuns() {
      const job = tinyJob("print('all is well')");
      expect((await bench.trainer.gate(job)).failure).toBeNull();
      expect((await bench.trainer.train(job)).failure).toBeNull();
      expect((await bench.trainer.score(job)).ok).toBe(true);
    },
  };
}

/** Waits until none of them is there; the test's own time limit ends it otherwise. */
export async function gone(processes: ProcessMark[]): Promise<void> {
  while (processes.some(isAlive)) await new Promise((resolve) => setTimeout(resolve, 20));
}
