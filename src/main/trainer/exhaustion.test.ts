/** What a candidate may try to use up: processes, memory, disk, output, time. Each failure names its cause. */
import { expect, it } from "vitest";
import { onEachTier, refused } from "./attack-bench.ts";
import { tinyProtocol } from "./testing.ts";

await onEachTier("exhaustion", (bench) => {
  it("cannot fill the memory behind /tmp and /dev/shm", async () => {
    const got = await bench.attempts(`
import tempfile
def fill(folder):
  written = 0
  with open(folder + "/fill", "wb") as f:
      while written < 1 << 30:
          written += f.write(bytes(1 << 20))
  return written
attempt("shm", lambda: fill("/dev/shm"))
${bench.tier === "bubblewrap" ? 'attempt("tmp", lambda: fill("/tmp"))\nos.remove("/tmp/fill")' : ""}`);
    expect(new Set(Object.values(refused(got)))).toEqual(new Set(["refused"]));
  });

  it("starts no fork bomb", async () => {
    expect(await bench.gateFails("import os\nwhile True: os.fork()")).toMatchObject({
      kind: "sandbox",
      message: expect.stringMatching(/sandbox forbids: BlockingIOError/),
    });
    const stubborn = "import os\nwhile True:\n    try: os.fork()\n    except OSError: pass";
    const protocol = tinyProtocol({ gateSeconds: 1 });
    expect(await bench.gateFails(stubborn, { protocol })).toMatchObject({
      kind: "timeout",
      message: expect.stringMatching(/time limit of 1 s/),
    });
  });

  it("is ended when it runs too many processes where processes are allowed", async () => {
    // A job for a GPU may start a compiler; the stand-in needs no GPU.
    const bomb =
      "import os, time\nfor i in range(5000):\n    if os.fork() == 0: time.sleep(60)\ntime.sleep(60)";
    expect(await bench.gateFails(bomb, { device: "cuda" })).toMatchObject({
      kind: "sandbox",
      message: expect.stringMatching(/processes and threads \(limit 512\)/),
    });
  });

  it("is ended by a bomb of threads", async () => {
    const bomb = `
import threading, time
threading.stack_size(65536)
for i in range(5000):
  threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
time.sleep(60)`;
    expect(await bench.gateFails(bomb)).toMatchObject({
      kind: "sandbox",
      message: expect.stringMatching(/threads/),
    });
  });

  it("allocates no 30 GB: at once, and page by page in memory that no limit of the process counts", async () => {
    expect(await bench.gateFails("x = bytearray(30 << 30)")).toMatchObject({
      kind: "memory",
      message: expect.stringMatching(/memory limit \(256 MB\)/),
    });
    const shared = `
import mmap
m = mmap.mmap(-1, 8 << 30)
for at in range(0, 8 << 30, 4096):
  m[at] = 1`;
    expect(await bench.gateFails(shared)).toMatchObject({
      kind: "memory",
      message: expect.stringMatching(/memory limit \(256 MB\)/),
    });
  });

  it("prints no endless output", async () => {
    expect(await bench.gateFails('import os\nwhile True: os.write(1, b"x" * 65536)')).toMatchObject({
      kind: "output",
      message: expect.stringMatching(/printed more than 64 MB/),
    });
  });

  it("writes no endless events", async () => {
    expect(await bench.gateFails("while True: emit('step', run='icr-s0', x='y' * 60000)")).toMatchObject({
      kind: expect.stringMatching(/disk|output/),
    });
  });

  it("fills no disk: with bytes, with one huge file, with files", async () => {
    const bytes = `
for i in range(100):
  write(f"file{i}", "x" * (4 << 20))
  __import__("time").sleep(0.02)`;
    expect(await bench.gateFails(bytes)).toMatchObject({
      kind: "disk",
      message: expect.stringMatching(/disk limit \(32 MB\)/),
    });
    const huge = 'f = open(out + "/huge", "wb")\nwhile True: f.write(bytes(1 << 20))';
    expect(await bench.gateFails(huge)).toMatchObject({
      kind: "disk",
      message: expect.stringMatching(/larger than its limit|disk limit/),
    });
    const many = 'i = 0\nwhile True:\n    open(f"{out}/{i}", "w").close()\n    i += 1';
    expect(await bench.gateFails(many)).toMatchObject({
      kind: "disk",
      message: expect.stringMatching(/more than 2000 files/),
    });
    const deep =
      'import os\nos.chdir(out)\nfor i in range(3000):\n    os.mkdir("d")\n    os.chdir("d")\n__import__("time").sleep(60)';
    expect(await bench.gateFails(deep)).toMatchObject({ kind: "disk" });
  });

  it("hangs on import, or in its constructor, no longer than its limit", async () => {
    const protocol = tinyProtocol({ gateSeconds: 1 });
    expect(await bench.gateFails("while True: pass", { protocol })).toMatchObject({ kind: "timeout" });
    expect(
      await bench.gateFails("import time\ndef construct(): time.sleep(300)", { protocol }),
    ).toMatchObject({
      kind: "timeout",
      message: "The candidate ran past its time limit of 1 s before its gates were decided.",
    });
  });
});
