/** kill -9 at any moment of a request, with real processes, a real server and the real archive. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterAll, expect, it } from "vitest";
import { random } from "../../shared/random.ts";
import { openArchive } from "../archive/index.ts";

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const children: ChildProcess[] = [];
afterAll(() => {
  for (const child of children) child.kill("SIGKILL");
});

function start(script: string, ...args: string[]) {
  const child = spawn(process.execPath, [at(script), ...args], { stdio: ["ignore", "pipe", "inherit"] });
  children.push(child);
  return { child, lines: createInterface({ input: child.stdout! }), exited: once(child, "exit") };
}

const KEYS = 40;
const KILLS = 8;

it("no answer is paid for twice without the ledger knowing, and none is lost", async () => {
  const folder = mkdtempSync(join(tmpdir(), "llm-kill-"));
  const [file, hitsFile] = [join(folder, "archive.sqlite"), join(folder, "hits.jsonl")];
  const server = start("./testing/server-process.ts", at("./testing/slow-script.ts"), hitsFile);
  const [first] = await once(server.lines, "line");
  const { url } = JSON.parse(first as string) as { url: string };
  const hits = (): { user: string }[] =>
    existsSync(hitsFile)
      ? readFileSync(hitsFile, "utf8")
          .trimEnd()
          .split("\n")
          .map((line) => JSON.parse(line))
      : [];
  const hitsOf = (key: string) => hits().filter((h) => h.user === `question ${key}`).length;

  const rng = random("llm", "kill");
  /** Hits of a key at the moment when its answer was first reported. */
  const reported = new Map<string, number>();
  const twice = new Set<string>();
  for (let round = 0; round <= KILLS; round++) {
    const args = [at("../archive/index.ts"), file, url, String(KEYS)];
    const { child, lines, exited } = start("./testing/asking-process.ts", ...args);
    // Killed when the server has seen so many more, or none, and some milliseconds later: any moment of a request.
    const [more, ms] = [rng.int(7), rng.int(80)];
    const before = hits().length;
    const kill = () => {
      if (child.exitCode !== null) return;
      if (hits().length < before + more) setTimeout(kill, 5);
      else setTimeout(() => child.kill("SIGKILL"), ms);
    };
    lines.on("line", (line) => {
      if (line === "ready") {
        if (round < KILLS) kill();
        return;
      }
      const [key, what] = line.split(" ") as [string, string];
      if (what === "done") reported.set(key, reported.get(key) ?? hitsOf(key));
      else if (what === "twice") twice.add(key);
      else expect.unreachable(line);
    });
    const [code] = await exited;
    if (round === KILLS) expect(code).toBe(0);
  }

  const archive = openArchive(file);
  const rows = archive.ledger.calls(null);
  const totals = archive.ledger.totals(null);
  archive.close();
  let unknown = 0;
  let extra = 0;
  for (let i = 0; i < KEYS; i++) {
    const key = `k${i}`;
    const own = rows.filter((row) => row.key === key);
    const count = (state: string) => own.filter((row) => row.state === state).length;
    const done = count("done");
    expect(done + count("unknown")).toBe(own.length);
    // Answered once, or lost twice and said so: then it was not sent a third time.
    if (twice.has(key)) expect([done, count("unknown")]).toEqual([0, 2]);
    else expect(done).toBe(1);
    // A row for every request: the server never saw one more, and nothing after the answer.
    expect(hitsOf(key)).toBeLessThanOrEqual(own.length);
    expect(hitsOf(key)).toBeLessThanOrEqual(2);
    if (!twice.has(key)) expect(hitsOf(key)).toBe(reported.get(key));
    unknown += count("unknown");
    extra += hitsOf(key) - done;
  }
  expect(twice.size + reported.size).toBe(KEYS);
  expect(extra).toBeGreaterThan(0);
  // A request may have been killed between its row and the wire; the books err on that side only.
  expect(extra).toBeLessThanOrEqual(unknown);
  const lost = rows.filter((row) => row.state === "unknown");
  const kept = rows.filter((row) => row.state === "done");
  expect(totals.tokens).toBe(
    lost.reduce((sum, row) => sum + row.reserved.tokens, 0) + kept.reduce((sum, row) => sum + row.tokens, 0),
  );
  console.info(
    `${KILLS} kills, ${hits().length} requests, ${unknown} lost (${extra} of them reached the server), ${twice.size} lost twice`,
  );
});
