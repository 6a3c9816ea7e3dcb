import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createDeviceLease } from "./lease.ts";

const turn = () => new Promise((resolve) => setImmediate(resolve));

it("gives slots by priority, then by arrival", async () => {
  const lease = createDeviceLease({ device: "cpu", slots: 1 });
  const release = await lease.acquire(5);
  const order: string[] = [];
  const wait = (name: string, priority: number) =>
    lease.acquire(priority).then((done) => {
      order.push(name);
      done();
    });
  const all = [wait("late", 2), wait("first", 1), wait("second", 1), wait("last", 9)];
  expect(lease.idle()).toBe(0);
  release();
  await Promise.all(all);
  expect(order).toEqual(["first", "second", "late", "last"]);
  expect(lease.idle()).toBe(1);
});

it("never gives more slots than there are, and counts a release once", async () => {
  const lease = createDeviceLease({ device: "cpu", slots: 2 });
  const first = await lease.acquire(0);
  await lease.acquire(0);
  let third = false;
  lease.acquire(0).then(() => {
    third = true;
  });
  await turn();
  expect(third).toBe(false);
  first();
  first();
  await turn();
  expect(third).toBe(true);
  expect(lease.idle()).toBe(0);
  expect(lease.heldSeconds()).toBeGreaterThan(0);
});

it("forgets who gave up waiting", async () => {
  const lease = createDeviceLease({ device: "cpu", slots: 1 });
  const release = await lease.acquire(0);
  const stop = new AbortController();
  const waiting = lease.acquire(0, stop.signal);
  stop.abort(new Error("enough"));
  await expect(waiting).rejects.toThrow("enough");
  await expect(lease.acquire(0, stop.signal)).rejects.toThrow("enough");
  release();
  expect(lease.idle()).toBe(1);
});

describe("the GPU", () => {
  let folder: string;
  let lockFile: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "cambrian-lock-"));
    lockFile = join(folder, "lock");
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it("has one slot, however many were asked for", () => {
    expect(createDeviceLease({ device: "cuda", slots: 4, lockFile }).slots).toBe(1);
  });

  it("is taken over from a process that has gone, not from one that is there", async () => {
    const script = `
      import { createDeviceLease } from ${JSON.stringify(join(import.meta.dirname, "lease.ts"))};
      await createDeviceLease({ device: "cuda", lockFile: ${JSON.stringify(lockFile)} }).acquire(0);
      console.log("held");
      setInterval(() => {}, 1000);`;
    const other = spawn(process.execPath, ["--input-type=module-typescript", "-e", script], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    await new Promise((resolve) => other.stdout.once("data", resolve));
    const lease = createDeviceLease({ device: "cuda", lockFile });
    let mine: (() => void) | null = null;
    const acquired = lease.acquire(0).then((release) => {
      mine = release;
    });
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(mine).toBeNull();
    other.kill("SIGKILL");
    await acquired;
    mine!();
    expect(existsSync(lockFile)).toBe(false);
  });

  it("is taken over from a lock file that means nothing", async () => {
    writeFileSync(lockFile, "not a mark");
    const release = await createDeviceLease({ device: "cuda", lockFile }).acquire(0);
    release();
    expect(existsSync(lockFile)).toBe(false);
  });
});
