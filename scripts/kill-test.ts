/**
 * Kills a real campaign with kill -9 at random moments, resumes it each time, and compares what it ends with to an
 * undisturbed run of the same seed: nothing lost, nothing twice, nothing forgotten, no process left behind.
 *
 *   npm run test:kill [-- --kills 50] [--experiments 5] [--seed N]
 */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { openReader } from "../src/main/archive/index.ts";
import { dataFolder, programFolder, trainerFolder } from "../src/main/paths.ts";
import { isAlive, markProcess, type ProcessMark, processTree } from "../src/main/trainer/processes.ts";
import { ensurePython } from "../src/main/trainer/python/index.ts";
import type { Experiment } from "../src/shared/domain.ts";
import { Protocol } from "../src/shared/protocol.ts";
import { random } from "../src/shared/random.ts";

const { values: args } = parseArgs({
  options: {
    kills: { type: "string", default: "50" },
    experiments: { type: "string", default: "5" },
    seed: { type: "string", default: String(Date.now() % 100000) },
  },
});
const kills = Number(args.kills);
const experiments = Number(args.experiments);
const rng = random(Number(args.seed), "kill-test");
const home = mkdtempSync(join(tmpdir(), "cambrian-kill-"));
const cli = join(programFolder, "src/main/hosts/cli/main.ts");
const say = (line: string) => console.log(line);

const { python } = await ensurePython({ home: dataFolder(), env: process.env, onProgress: () => {} });
const env = { ...process.env, CAMBRIAN_HOME: home, CAMBRIAN_PYTHON: python };

/** The smoke protocol with longer runs, so that many a kill meets one half-trained. */
function makeProtocol(): Protocol {
  const protocol = JSON.parse(readFileSync(join(trainerFolder, "protocols/smoke.json"), "utf8"));
  protocol.name = "kill-test";
  protocol.tasks.lm.steps = 2000;
  protocol.rungs[0].runs[0].until = 1400;
  protocol.rungs[1].runs[0] = { task: "lm", until: 1800, seeds: 1 };
  return Protocol.parse(protocol);
}
const protocol = makeProtocol();
const protocolFile = join(home, "protocol.json");
writeFileSync(protocolFile, JSON.stringify(protocol));

function start(
  verb: string[],
  archive: string,
): { child: ChildProcess; ended: Promise<number>; errors: () => string } {
  const child = spawn(process.execPath, [cli, ...verb, "--archive", archive, "--json"], {
    env,
    cwd: programFolder,
  });
  let errors = "";
  child.stderr?.on("data", (d) => {
    errors = (errors + d).slice(-4000);
  });
  child.stdout?.resume();
  const ended = new Promise<number>((resolve) => child.on("close", (code) => resolve(code ?? -1)));
  return { child, ended, errors: () => errors };
}

const firstRun = [
  "run",
  "--preset",
  "smoke",
  "--protocol",
  protocolFile,
  "--experiments",
  String(experiments),
  "--seed",
  "7",
];

function fail(message: string): never {
  say(`FAILED (seed ${args.seed}; kept in ${home}): ${message}`);
  process.exit(1);
}

async function records(archive: string): Promise<Experiment[]> {
  const reader = await openReader(archive);
  try {
    return (await reader.experiments()).sort((a, b) => a.index - b.index);
  } finally {
    await reader.close();
  }
}

const ended = (e: Experiment) => ["archived", "rejected", "failed"].includes(e.status);
/** What must never change once an experiment has ended: later rungs may only be added. */
const essence = (e: Experiment) =>
  JSON.stringify([
    e.id,
    e.index,
    e.status,
    e.codeHash,
    e.scores[0]?.loss.mean ?? null,
    e.scores[0]?.fitness ?? null,
  ]);

let known: Experiment[] = [];

/** After a kill: every record that was finished is still there as it was, and the indexes have no gap and no double. */
async function check(archive: string): Promise<void> {
  let now: Experiment[];
  try {
    now = await records(archive);
  } catch (error) {
    if (known.length === 0) return; // killed before there was an archive
    throw error;
  }
  now.forEach((e, i) => {
    if (e.index !== i) fail(`experiment ${i} is missing or there twice (found index ${e.index})`);
  });
  for (const before of known) {
    const after = now[before.index];
    if (!after || after.id !== before.id) fail(`experiment ${before.index} was forgotten`);
    if (ended(before) && essence(after) !== essence(before))
      fail(`experiment ${before.index} had ended and was changed:\n${essence(before)}\n${essence(after)}`);
    if (after.scores.length < before.scores.length) fail(`experiment ${before.index} lost a rung`);
  }
  known = now;
}

async function noneLeft(marks: ProcessMark[]): Promise<void> {
  for (let i = 0; i < 50; i++) {
    if (!marks.some(isAlive)) return;
    await sleep(100);
  }
  fail(
    `processes left after the kill: ${marks
      .filter(isAlive)
      .map((m) => m.pid)
      .join(", ")}`,
  );
}

/** Half-trained runs that were continued, by job, run and step: as far as the run folders that are left tell. */
const continued = new Set<string>();

function noteContinued(): void {
  const rungEnds = new Set(protocol.rungs.flatMap((r) => r.runs.map((run) => run.until)));
  for (const job of readdirSync(join(home, "jobs")).filter((name) => !name.startsWith("."))) {
    const folder = join(home, "jobs", job);
    const logs = readdirSync(folder).filter((name) => /^events-.*\.jsonl$/.test(name));
    for (const log of [...logs, "out/events.jsonl"].map((name) => join(folder, name))) {
      for (const line of existsSync(log) ? readFileSync(log, "utf8").split("\n") : []) {
        const [, run] = /"run_started".*"run": ?"([^"]+)"/.exec(line) ?? [];
        const step = Number(/"step": ?(\d+)/.exec(line)?.[1] ?? 0);
        // A promotion goes on where its rung ended: that is no interruption.
        if (run && step > 0 && !rungEnds.has(step)) continued.add(`${job} ${run} ${step}`);
      }
    }
  }
}

say(`Undisturbed run of ${experiments} experiments, for comparison.`);
const referenceArchive = join(home, "reference.db");
const began = Date.now();
const reference = start(firstRun, referenceArchive);
if ((await reference.ended) !== 0) fail(`the undisturbed run failed: ${reference.errors()}`);
const wanted = await records(referenceArchive);
const undisturbed = (Date.now() - began) / 1000;
say(`  ${undisturbed.toFixed(0)} s, ${wanted.filter((e) => e.scores.length > 0).length} trained.`);

let done = 0;
let campaigns = 0;
while (done < kills) {
  const archive = join(home, `campaign-${++campaigns}.db`);
  known = [];
  let verb = firstRun;
  for (;;) {
    const run = start(verb, archive);
    // From "barely started" to "well under way": most kills should meet something half done.
    const wait = done < kills ? 300 + rng.next() * 14_000 : Number.POSITIVE_INFINITY;
    const code = await Promise.race([
      run.ended,
      Number.isFinite(wait) ? sleep(wait, null as number | null) : new Promise<null>(() => {}),
    ]);
    if (code !== null) {
      if (code !== 0) fail(`the campaign ended with exit code ${code}: ${run.errors()}`);
      break;
    }
    const marks = processTree(run.child.pid!).map(markProcess);
    run.child.kill("SIGKILL");
    await run.ended;
    done++;
    await noneLeft(marks);
    await check(archive);
    noteContinued();
    const kept = known.filter(ended).length;
    say(
      `  kill ${String(done).padStart(2)} after ${(wait / 1000).toFixed(1).padStart(4)} s: ${marks.length} processes gone, ${kept} of ${known.length} experiments ended, all kept`,
    );
    // Without an archive there is nothing to resume: the run begins anew.
    verb = known.length > 0 ? ["resume"] : firstRun;
  }
  await check(archive);
  if (known.length !== wanted.length) fail(`${known.length} experiments instead of ${wanted.length}`);
  for (const [i, e] of known.entries()) {
    const w = wanted[i]!;
    if (e.codeHash !== w.codeHash || e.status !== w.status)
      fail(`experiment ${i} came out otherwise: ${e.name} ${e.status} instead of ${w.name} ${w.status}`);
    for (const [r, s] of w.scores.entries()) {
      const loss = e.scores[r]?.loss.mean;
      if (loss === undefined || Math.abs(loss - s.loss.mean) > 1e-6)
        fail(`experiment ${i} on rung ${s.rung}: loss ${loss} instead of ${s.loss.mean}`);
    }
  }
  say(`Campaign ${campaigns} ended as the undisturbed one did: same candidates, same losses.`);
}
say(
  `${done} kills, ${campaigns} campaigns, ${continued.size} half-trained runs continued from a checkpoint: nothing lost, nothing left running.`,
);
rmSync(home, { recursive: true, force: true });
