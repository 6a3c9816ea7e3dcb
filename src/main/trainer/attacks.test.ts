/** What a candidate may try to see, reach, write, forge and survive, from inside. */
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, realpathSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { homedir } from "node:os";
import { basename, join } from "node:path";
import { expect, it } from "vitest";
import { trainerFolder } from "../paths.ts";
import { gone, onEachTier, refused } from "./attack-bench.ts";
import { isAlive, markProcess, processTree, sessionMembers } from "./processes.ts";
import { HELD_OUT, python, standInScorer, tinyJob, tinyTrainer } from "./testing.ts";

await onEachTier("attacks", (bench) => {
  it("reads no file of the home folder, and no password hashes", async () => {
    const got = await bench.attempts(`
attempt("key", lambda: open(${JSON.stringify(join(bench.secrets, "id_ed25519"))}).read())
attempt("home", lambda: os.listdir(${JSON.stringify(homedir())}).index(${JSON.stringify(basename(bench.secrets))}))
attempt("shadow", lambda: open("/etc/shadow").read())
attempt("passwd", lambda: open("/etc/passwd").read())`);
    expect(refused(got)).toEqual({ key: "refused", home: "refused", shadow: "refused", passwd: "refused" });
  });

  it("finds no key in its environment", async () => {
    const got = await bench.attempts(
      `attempt("key", lambda: [v for v in os.environ.values() if "${bench.token}" in v])`,
    );
    expect(got.key).toEqual({ result: "got", detail: "[]" });
  });

  it("finds no key in the environment of any other process", async () => {
    const got = await bench.attempts(`
def environments():
  found, seen = [], 0
  for pid in os.listdir("/proc"):
      if pid.isdigit():
          try:
              text = open(f"/proc/{pid}/environ", "rb").read()
          except OSError:
              continue
          seen += 1
          found += [pid] * (b"${bench.token}" in text)
  return found
attempt("keys", environments)
attempt("pid 1", lambda: b"${bench.token}" in open("/proc/1/environ", "rb").read())`);
    // Without a process namespace /proc itself is closed.
    expect(got.keys).toMatchObject(bench.tier === "bubblewrap" ? { detail: "[]" } : { result: "refused" });
    if (bench.tier === "bubblewrap") expect(got["pid 1"]).toEqual({ result: "got", detail: "False" });
    else expect(got["pid 1"]!.result).toBe("refused");
  });

  it("reaches no network: TCP and UDP to this machine, abstract and other sockets", async () => {
    let connections = 0;
    const server = createServer(() => connections++).listen(0, "127.0.0.1");
    await new Promise((resolve) => server.once("listening", resolve));
    const { port } = server.address() as { port: number };
    const got = await bench.attempts(`
attempt("tcp", lambda: socket.create_connection(("127.0.0.1", ${port}), 2))
attempt("udp", lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", ("127.0.0.1", ${port})))
attempt("abstract", lambda: socket.socket(socket.AF_UNIX).connect("\\0/tmp/.X11-unix/X0"))
attempt("netlink", lambda: socket.socket(socket.AF_NETLINK, socket.SOCK_RAW))
attempt("vsock", lambda: socket.socket(socket.AF_VSOCK))`);
    server.close();
    expect(new Set(Object.values(refused(got)))).toEqual(new Set(["refused"]));
    expect(connections).toBe(0);
  });

  it("writes nowhere but in its own folder", async () => {
    const victim = join(bench.secrets, "victim");
    writeFileSync(victim, "whole");
    const places = [
      victim,
      join(bench.secrets, "new"),
      "/new",
      "/dev/new",
      "/usr/lib/new",
      `${bench.interpreter.files[0]}/new`,
    ];
    const job = bench.tier === "bubblewrap" ? "/job" : join(bench.home, "jobs", "job-x");
    const own = [
      `${job}/new`,
      `${job}/in/go`,
      `${job}/in/mixer.py`,
      `${job}/result.json`,
      "/app/trainer/score.py",
      join(trainerFolder, "score.py"),
    ];
    const got = await bench.attempts(
      [...places, ...own]
        .map((p) => `attempt(${JSON.stringify(p)}, lambda: open(${JSON.stringify(p)}, "a"))`)
        .join("\n"),
      { id: "job-x" },
    );
    expect(new Set(Object.values(refused(got)))).toEqual(new Set(["refused"]));
    expect(readFileSync(victim, "utf8")).toBe("whole");
  });

  it("reads no file that is masked, by any of its names", async () => {
    const stdlib = bench.interpreter.files.find((file) => file.endsWith("/lib"))!;
    const find = ["-L", stdlib, "/usr/lib", "-maxdepth", "3", "-path", "*/python3*", "-name", "this*.py*"];
    const { stdout } = spawnSync("find", find, { encoding: "utf8" });
    const mask = [
      ...new Set(
        stdout
          .trim()
          .split("\n")
          .map((file) => realpathSync(file)),
      ),
    ];
    expect(mask.length).toBeGreaterThan(0);
    const home = join(bench.home, "masked");
    const scorer = standInScorer(home);
    const prepare = async () => ({ ...(await scorer.prepare({}, home)), mask });
    const trainer = await tinyTrainer({ sandbox: bench.tier, home, scorer: { ...scorer, prepare } });
    const names = [
      ...mask,
      ...mask.map((file) => file.replace(/^\/usr/, "")),
      ...mask.map((file) => file.replace("/lib/", "/lib64/")),
    ];
    const job = tinyJob(`
read = 0
for name in ${JSON.stringify(names)}:
    try:
        read += len(open(name, "rb").read())
    except OSError:
        pass
print(f"READ {read} bytes")`);
    await trainer.gate(job);
    expect(trainer.logTail(job.id)).toContain("READ 0 bytes");
    await trainer.close();
  });

  it("gets no symbolic link followed: as weights, as their folder; nor a pipe opened", async () => {
    const attack = async (code: string) => {
      const job = tinyJob(`import os\n${code}`);
      expect((await bench.trainer.gate(job)).ok).toBe(true);
      const outcome = await bench.trainer.train(job);
      expect(existsSync(join(bench.home, "jobs", job.id, "kept"))).toBe(false);
      return outcome.failure;
    };
    const target = JSON.stringify(join(bench.secrets, "id_ed25519"));
    const weights = `
def train():
  os.remove(out + "/icr-s0/model.safetensors")
  os.symlink(${target}, out + "/icr-s0/model.safetensors")`;
    expect(await attack(weights)).toMatchObject({
      kind: "sandbox",
      message: expect.stringMatching(/symbolic link.*model\.safetensors/),
    });
    const folder = `
def train():
  os.rename(out + "/icr-s0", out + "/away")
  os.symlink(${JSON.stringify(bench.secrets)}, out + "/icr-s0")`;
    expect(await attack(folder)).toMatchObject({
      kind: "sandbox",
      message: expect.stringMatching(/symbolic link/),
    });
    const pipe = `
def train():
  os.remove(out + "/icr-s0/model.safetensors")
  os.mkfifo(out + "/icr-s0/model.safetensors")`;
    expect(await attack(pipe)).toMatchObject({
      kind: "sandbox",
      message: expect.stringMatching(/special file/),
    });
    await bench.expectNextJobRuns();
  });

  it("leaves no daemon, although it ignores every signal and detaches", async () => {
    const daemon = `
import os, signal, time
for s in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
  signal.signal(s, signal.SIG_IGN)
if os.fork() == 0:
  if os.fork() == 0:
      write("ready")
      time.sleep(300)
  os._exit(0)
while not os.path.exists(out + "/ready"):
  time.sleep(0.01)`;
    const job = tinyJob(daemon, { device: "cuda" });
    expect((await bench.trainer.gate(job)).ok).toBe(true);
    const { process: mark } = JSON.parse(
      readFileSync(join(bench.home, "jobs", job.id, "process.json"), "utf8"),
    );
    const processes = [...processTree(mark.pid), ...sessionMembers(mark.pid)].map(markProcess);
    expect(processes.length).toBeGreaterThanOrEqual(2);
    expect((await bench.trainer.train(job)).failure).toBeNull();
    await gone(processes);
    await bench.expectNextJobRuns();
  });

  it("is stopped although it ignores SIGTERM and the polite request", async () => {
    const deaf = `
import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
def train():
  print("deaf")
  while True: time.sleep(1)`;
    const job = tinyJob(deaf);
    expect((await bench.trainer.gate(job)).ok).toBe(true);
    const stop = new AbortController();
    const training = bench.trainer.train(job, { signal: stop.signal });
    const { process: mark } = JSON.parse(
      readFileSync(join(bench.home, "jobs", job.id, "process.json"), "utf8"),
    );
    setTimeout(() => stop.abort(new Error("the user stopped")), 100);
    await expect(training).rejects.toThrow("the user stopped");
    await gone([mark]);
    await bench.expectNextJobRuns();
  });

  it("makes no user namespace and mounts nothing", async () => {
    const got = await bench.attempts(`
libc = ctypes.CDLL(None, use_errno=True)
def call(result):
  if result < 0:
      raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
attempt("unshare", lambda: call(libc.unshare(0x10000000)))
attempt("clone", lambda: call(libc.syscall(56, 0x10000000 | 17, 0, 0, 0, 0)))
attempt("mount", lambda: call(libc.mount(b"none", b"/tmp", b"tmpfs", 0, None)))
attempt("ptrace", lambda: call(libc.ptrace(16, os.getppid(), 0, 0)))`);
    expect(new Set(Object.values(refused(got)))).toEqual(new Set(["refused"]));
  });

  it("types nothing into the terminal that it was started from", async () => {
    const got = await bench.attempts(`
import fcntl
attempt("TIOCSTI", lambda: fcntl.ioctl(0, 0x5412, b"x"))`);
    expect(refused(got)).toEqual({ TIOCSTI: "refused" });
  });

  it("kills neither its parent nor anything else", async () => {
    expect(await bench.gateFails("import os\nos.kill(os.getppid(), 9)")).toMatchObject({ kind: "sandbox" });
    expect(await bench.gateFails("import os\nos.kill(-1, 9)")).toMatchObject({ kind: "sandbox" });
    expect(await bench.gateFails("import os\nos.kill(os.getpid(), 9)")).toMatchObject({
      kind: "sandbox",
      message: expect.stringMatching(/signal 9 \(SIGKILL\)/),
    });
  });

  it("does not choose its own result", async () => {
    const forged = `
import json
def train():
  for place in (out + "/result.json", out + "/../result.json", "/job/result.json"):
      try:
          with open(place, "w") as f:
              json.dump({"job": spec["job"], "ok": True, "runs": [{"loss": 0}]}, f)
      except OSError:
          pass`;
    const job = tinyJob(forged);
    await bench.trainer.gate(job);
    expect((await bench.trainer.train(job)).failure).toBeNull();
    const result = await bench.trainer.score(job);
    expect(result).toMatchObject({ ok: true, runs: [], dataHash: "data" });
  });

  it("keeps nothing of the held-out data, which it sees only after its weights were taken", async () => {
    const thief = `
import os
def train():
  assert not os.path.exists(inn + "/heldout")
def infer():
  stolen = open(inn + "/heldout/icr-s0.safetensors").read()
  for name in ("model", "checkpoint"):
      write(f"icr-s0/{name}.safetensors", stolen)
  write("elsewhere", stolen)`;
    const job = tinyJob(thief);
    await bench.trainer.gate(job);
    expect((await bench.trainer.train(job)).failure).toBeNull();
    const grep = execFileSync("sh", ["-c", `grep -rl "${HELD_OUT}" "${bench.home}/jobs/${job.id}" || true`]);
    expect(grep.toString()).toBe("");
    const next = tinyJob('assert open(inn + "/ckpt/icr-s0.safetensors").read() == "checkpoint"', {
      from: job.id,
      runs: [{ ...job.runs[0]!, resume: true }],
    });
    expect((await bench.trainer.train(next)).failure).toBeNull();
  });

  it("outlives no program that was killed with -9", async () => {
    const folder = mkdirSync(join(bench.home, "killed"), { recursive: true })!;
    const script = `
      import { tinyJob, tinyTrainer } from ${JSON.stringify(join(import.meta.dirname, "testing.ts"))};
      const trainer = await tinyTrainer({ sandbox: "${bench.tier}", home: ${JSON.stringify(folder)} });
      const job = tinyJob("import time\\ndef train():\\n    print('going')\\n    time.sleep(300)");
      await trainer.gate(job);
      trainer.train(job);
      console.log("ready");
      setInterval(() => {}, 1000);`;
    const program = spawn(process.execPath, ["--input-type=module-typescript", "-e", script], {
      stdio: ["ignore", "pipe", "inherit"],
      env: { ...process.env, CAMBRIAN_PYTHON: python },
    });
    await new Promise((resolve, reject) => {
      program.stdout.once("data", resolve);
      program.once("exit", (code) => reject(new Error(`the program ended with status ${code}`)));
    });
    const { process: mark } = JSON.parse(readFileSync(join(folder, "jobs", "job-0", "process.json"), "utf8"));
    const processes = processTree(mark.pid).map(markProcess);
    expect(processes.filter(isAlive).length).toBeGreaterThanOrEqual(1);
    program.kill("SIGKILL");
    await gone(processes);
  });
});
