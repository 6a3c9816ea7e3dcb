import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { trainerFolder } from "../paths.ts";
import { createScorer, type Scorer, ScorerError } from "./scorer.ts";
import { python } from "./testing.ts";

/** A package `trainer` whose scorer does what the protocol's name says. */
const STAND_IN = `
import json, os, sys, time
print("a library says hello", flush=True)
calls = sys.argv[0]
for line in sys.stdin:
    r = json.loads(line)
    how, mark = r["protocol"], os.path.join(r["data"], "crashed")
    if how == "crash once" and not os.path.exists(mark):
        open(mark, "w").close()
        os._exit(3)
    if how == "crash": sys.exit("it cannot be done")
    if how == "hang": time.sleep(100)
    answer = {"id": r["id"], "ok": True, "train": str(os.getpid()), "dataHash": how, "mask": []}
    if how == "refuse": answer = {"id": r["id"], "ok": False, "failure": {"kind": "disk", "message": "full"}}
    if how == "noise": print('{"id": 999, "ok": true}\\nnoise', flush=True)
    print(json.dumps(answer), flush=True)
`;

let folder: string;
let scorer: Scorer;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "cambrian-scorer-"));
  mkdirSync(join(folder, "trainer"));
  writeFileSync(join(folder, "trainer", "score.py"), STAND_IN);
  copyFileSync(join(trainerFolder, "confine.py"), join(folder, "trainer", "confine.py"));
  scorer = createScorer({ python, trainerFolder: join(folder, "trainer"), limits: { prepare: 2 } });
});
afterEach(async () => {
  await scorer.close();
  rmSync(folder, { recursive: true });
});

it("stays warm, and answers in order", async () => {
  const answers = await Promise.all(["a", "noise", "c"].map((name) => scorer.prepare(name, folder)));
  expect(answers.map((a) => a.dataHash)).toEqual(["a", "noise", "c"]);
  expect(new Set(answers.map((a) => a.train)).size).toBe(1);
});

it("is started again after a crash, and the request repeated", async () => {
  const before = await scorer.prepare("a", folder);
  const after = await scorer.prepare("crash once", folder);
  expect(after.dataHash).toBe("crash once");
  expect(after.train).not.toBe(before.train);
});

it("passes on a failure, and the last words of a crash, and goes on", async () => {
  await expect(scorer.prepare("refuse", folder)).rejects.toThrow(ScorerError);
  await expect(scorer.prepare("crash", folder)).rejects.toThrow("it cannot be done");
  expect((await scorer.prepare("a", folder)).dataHash).toBe("a");
});

it("waits no longer than the limit of a request", async () => {
  await expect(scorer.prepare("hang", folder)).rejects.toThrow('no answer to "prepare" within 2 s');
  expect((await scorer.prepare("a", folder)).dataHash).toBe("a");
});

it("answers nothing once closed", async () => {
  await scorer.close();
  await expect(scorer.prepare("a", folder)).rejects.toThrow("closed");
});
