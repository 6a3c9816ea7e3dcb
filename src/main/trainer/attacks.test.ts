/** Every attack that a candidate may try, from inside: what it gets, and that the next job runs as if nothing had been. */
import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { homedir } from "node:os";
import { basename, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { JobRequest } from "../interfaces.ts";
import { trainerFolder } from "../paths.ts";
import type { LocalTrainer } from "./index.ts";
import { inspectInterpreter } from "./interpreter.ts";
import { probeTier } from "./probe.ts";
import { isAlive, markProcess, processTree, sessionMembers } from "./processes.ts";
import { hostFacts } from "./sandbox.ts";
import { HELD_OUT, newHome, python, tinyJob, tinyProtocol, tinyTrainer } from "./testing.ts";

const interpreter = await inspectInterpreter(python);
const probeOptions = { interpreter, trainerFolder, host: hostFacts(), device: "cpu" as const };

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

type Attempts = Record<string, { result: "got" | "refused"; detail: string }>;

for (const tier of ["bubblewrap", "landlock"] as const) {
  const probe = await probeTier(tier, probeOptions);
  if (!probe.ok)
    console.warn(`SKIPPED: all attacks on the ${tier} tier, which this machine lacks: ${probe.detail}`);

  describe.skipIf(!probe.ok)(`attacks on the ${tier} tier`, () => {
    let trainer: LocalTrainer;
    let home: string;
    const secrets = mkdtempSync(join(homedir(), ".cambrian-attack-"));
    const token = "sk-of-the-host";

    beforeAll(async () => {
      process.env.OPENAI_API_KEY = token;
      writeFileSync(join(secrets, "id_ed25519"), token);
      home = newHome();
      trainer = await tinyTrainer({
        sandbox: tier,
        home,
        limits: { outputMB: 64, diskMB: 32, graceSeconds: 1 },
      });
    });
    afterAll(async () => {
      delete process.env.OPENAI_API_KEY;
      await trainer.close();
      rmSync(secrets, { recursive: true });
      rmSync(home, { recursive: true });
    });

    /** Runs attempts to the end of the gates, and returns what became of each. */
    async function attempts(code: string, change: Partial<JobRequest> = {}): Promise<Attempts> {
      const job = tinyJob(`${ATTEMPT}\n${code}`, { runs: [], ...change });
      const outcome = await trainer.gate(job);
      expect(outcome.failure).toBeNull();
      const lines = [...trainer.logTail(job.id).matchAll(/^ATTEMPT (.*)$/gm)].map((m) => JSON.parse(m[1]!));
      return Object.fromEntries(lines.map(([name, result, detail]) => [name, { result, detail }]));
    }
    const refused = (results: Attempts) =>
      Object.fromEntries(Object.entries(results).map(([name, { result }]) => [name, result]));

    async function expectNextJobRuns() {
      const job = tinyJob("print('all is well')");
      expect((await trainer.gate(job)).failure).toBeNull();
      expect((await trainer.train(job)).failure).toBeNull();
      expect((await trainer.score(job)).ok).toBe(true);
    }

    /** The failure of a hostile candidate in its gates, with nothing of it left and the next job unharmed. */
    async function gateFails(code: string, change: Partial<JobRequest> = {}) {
      const job = tinyJob(code, change);
      const outcome = await trainer.gate(job);
      expect(outcome.ok).toBe(false);
      expect(existsSync(join(home, "jobs", job.id, "process.json"))).toBe(false);
      await expectNextJobRuns();
      return outcome.failure!;
    }

    it("reads no file of the home folder, and no password hashes", async () => {
      const got = await attempts(`
attempt("key", lambda: open(${JSON.stringify(join(secrets, "id_ed25519"))}).read())
attempt("home", lambda: os.listdir(${JSON.stringify(homedir())}).index(${JSON.stringify(basename(secrets))}))
attempt("shadow", lambda: open("/etc/shadow").read())
attempt("passwd", lambda: open("/etc/passwd").read())`);
      expect(refused(got)).toEqual({ key: "refused", home: "refused", shadow: "refused", passwd: "refused" });
    });

    it("finds no key in its environment", async () => {
      const got = await attempts(
        `attempt("key", lambda: [v for v in os.environ.values() if "${token}" in v])`,
      );
      expect(got.key).toEqual({ result: "got", detail: "[]" });
    });

    it("finds no key in the environment of any other process", async () => {
      const got = await attempts(`
def environments():
    found, seen = [], 0
    for pid in os.listdir("/proc"):
        if pid.isdigit():
            try:
                text = open(f"/proc/{pid}/environ", "rb").read()
            except OSError:
                continue
            seen += 1
            found += [pid] * (b"${token}" in text)
    return found
attempt("keys", environments)
attempt("pid 1", lambda: b"${token}" in open("/proc/1/environ", "rb").read())`);
      // Without a process namespace /proc itself is closed.
      expect(got.keys).toMatchObject(tier === "bubblewrap" ? { detail: "[]" } : { result: "refused" });
      if (tier === "bubblewrap") expect(got["pid 1"]).toEqual({ result: "got", detail: "False" });
      else expect(got["pid 1"]!.result).toBe("refused");
    });

    it("reaches no network: TCP and UDP to this machine, abstract and other sockets", async () => {
      let connections = 0;
      const server = createServer(() => connections++).listen(0, "127.0.0.1");
      await new Promise((resolve) => server.once("listening", resolve));
      const { port } = server.address() as { port: number };
      const got = await attempts(`
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
      const victim = join(secrets, "victim");
      writeFileSync(victim, "whole");
      const places = [
        victim,
        join(secrets, "new"),
        "/new",
        "/dev/new",
        "/usr/lib/new",
        `${interpreter.files[0]}/new`,
      ];
      const job = tier === "bubblewrap" ? "/job" : join(home, "jobs", "job-x");
      const own = [
        `${job}/new`,
        `${job}/in/go`,
        `${job}/in/mixer.py`,
        `${job}/result.json`,
        "/app/trainer/score.py",
      ];
      const got = await attempts(
        [...places, ...own]
          .map((p) => `attempt(${JSON.stringify(p)}, lambda: open(${JSON.stringify(p)}, "a"))`)
          .join("\n"),
        { id: "job-x" },
      );
      expect(new Set(Object.values(refused(got)))).toEqual(new Set(["refused"]));
      expect(readFileSync(victim, "utf8")).toBe("whole");
    });

    it("cannot fill the memory behind /tmp and /dev/shm", async () => {
      const got = await attempts(`
import tempfile
def fill(folder):
    written = 0
    with open(folder + "/fill", "wb") as f:
        while written < 1 << 30:
            written += f.write(bytes(1 << 20))
    return written
attempt("shm", lambda: fill("/dev/shm"))
${tier === "bubblewrap" ? 'attempt("tmp", lambda: fill("/tmp"))\nos.remove("/tmp/fill")' : ""}`);
      expect(new Set(Object.values(refused(got)))).toEqual(new Set(["refused"]));
    });

    it("gets no symbolic link followed: as weights, as their folder, as events", async () => {
      const attack = async (code: string) => {
        const job = tinyJob(`import os\n${code}`);
        expect((await trainer.gate(job)).ok).toBe(true);
        const outcome = await trainer.train(job);
        expect(existsSync(join(home, "jobs", job.id, "kept"))).toBe(false);
        return outcome.failure;
      };
      const target = JSON.stringify(join(secrets, "id_ed25519"));
      const weights = `
def train():
    os.remove(out + "/icr-s0/model.safetensors")
    os.symlink(${target}, out + "/icr-s0/model.safetensors")`;
      expect(await attack(weights)).toMatchObject({
        kind: "sandbox",
        message: /symbolic link.*model\.safetensors/,
      });
      const folder = `
def train():
    os.rename(out + "/icr-s0", out + "/away")
    os.symlink(${JSON.stringify(secrets)}, out + "/icr-s0")`;
      expect(await attack(folder)).toMatchObject({ kind: "sandbox", message: /symbolic link/ });
      const pipe = `
def train():
    os.remove(out + "/icr-s0/model.safetensors")
    os.mkfifo(out + "/icr-s0/model.safetensors")`;
      expect(await attack(pipe)).toMatchObject({ kind: "sandbox", message: /special file/ });
      await expectNextJobRuns();
    });

    it("starts no fork bomb", async () => {
      expect(await gateFails("import os\nwhile True: os.fork()")).toMatchObject({
        kind: "sandbox",
        message: /sandbox forbids: BlockingIOError/,
      });
      const stubborn = "import os\nwhile True:\n    try: os.fork()\n    except OSError: pass";
      const protocol = tinyProtocol({ gateSeconds: 1 });
      expect(await gateFails(stubborn, { protocol })).toMatchObject({
        kind: "timeout",
        message: /time limit of 1 s/,
      });
    });

    it("is ended when it runs too many processes where processes are allowed", async () => {
      // A job for a GPU may start a compiler; the stand-in needs no GPU.
      const bomb =
        "import os, time\nfor i in range(5000):\n    if os.fork() == 0: time.sleep(60)\ntime.sleep(60)";
      expect(await gateFails(bomb, { device: "cuda" })).toMatchObject({
        kind: "sandbox",
        message: /processes and threads \(limit 512\)/,
      });
    });

    it("is ended by a bomb of threads", async () => {
      const bomb = `
import threading, time
threading.stack_size(65536)
for i in range(5000):
    threading.Thread(target=time.sleep, args=(60,), daemon=True).start()`;
      expect(await gateFails(bomb)).toMatchObject({ kind: "sandbox", message: /threads/ });
    });

    it("allocates no 30 GB: at once, and page by page in memory that no limit of the process counts", async () => {
      expect(await gateFails("x = bytearray(30 << 30)")).toMatchObject({
        kind: "memory",
        message: /memory limit \(256 MB\)/,
      });
      const shared = `
import mmap
m = mmap.mmap(-1, 8 << 30)
for at in range(0, 8 << 30, 4096):
    m[at] = 1`;
      expect(await gateFails(shared)).toMatchObject({ kind: "memory", message: /memory limit \(256 MB\)/ });
    });

    it("prints no endless output", async () => {
      expect(await gateFails('import os\nwhile True: os.write(1, b"x" * 65536)')).toMatchObject({
        kind: "output",
        message: /printed more than 64 MB/,
      });
    });

    it("writes no endless events", async () => {
      expect(await gateFails("while True: emit('step', run='icr-s0', x='y' * 60000)")).toMatchObject({
        kind: /disk|output/,
      });
    });

    it("fills no disk: with bytes, with one huge file, with files", async () => {
      const bytes = `
for i in range(100):
    write(f"file{i}", "x" * (4 << 20))
    __import__("time").sleep(0.02)`;
      expect(await gateFails(bytes)).toMatchObject({ kind: "disk", message: /disk limit \(32 MB\)/ });
      const huge = 'f = open(out + "/huge", "wb")\nwhile True: f.write(bytes(1 << 20))';
      expect(await gateFails(huge)).toMatchObject({
        kind: "disk",
        message: /larger than its limit|disk limit/,
      });
      const many = 'i = 0\nwhile True:\n    open(f"{out}/{i}", "w").close()\n    i += 1';
      expect(await gateFails(many)).toMatchObject({ kind: "disk", message: /more than 20000 files/ });
      const deep =
        'import os\nos.chdir(out)\nfor i in range(3000):\n    os.mkdir("d")\n    os.chdir("d")\n__import__("time").sleep(60)';
      expect(await gateFails(deep)).toMatchObject({ kind: "disk" });
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
      expect((await trainer.gate(job)).ok).toBe(true);
      const { process: mark } = JSON.parse(readFileSync(join(home, "jobs", job.id, "process.json"), "utf8"));
      const processes = [...processTree(mark.pid), ...sessionMembers(mark.pid)].map(markProcess);
      expect(processes.length).toBeGreaterThanOrEqual(2);
      expect((await trainer.train(job)).failure).toBeNull();
      await gone(processes);
      await expectNextJobRuns();
    });

    it("is stopped although it ignores SIGTERM and the polite request", async () => {
      const deaf = `
import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
def train():
    print("deaf")
    while True: time.sleep(1)`;
      const job = tinyJob(deaf);
      expect((await trainer.gate(job)).ok).toBe(true);
      const stop = new AbortController();
      const training = trainer.train(job, { signal: stop.signal });
      const { process: mark } = JSON.parse(readFileSync(join(home, "jobs", job.id, "process.json"), "utf8"));
      setTimeout(() => stop.abort(new Error("the user stopped")), 100);
      await expect(training).rejects.toThrow("the user stopped");
      await gone([mark]);
      await expectNextJobRuns();
    });

    it("makes no user namespace and mounts nothing", async () => {
      const got = await attempts(`
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
      const got = await attempts(`
import fcntl
attempt("TIOCSTI", lambda: fcntl.ioctl(0, 0x5412, b"x"))`);
      expect(refused(got)).toEqual({ TIOCSTI: "refused" });
    });

    it("kills neither its parent nor anything else", async () => {
      expect(await gateFails("import os\nos.kill(os.getppid(), 9)")).toMatchObject({ kind: "sandbox" });
      expect(await gateFails("import os\nos.kill(-1, 9)")).toMatchObject({ kind: "sandbox" });
      expect(await gateFails("import os\nos.kill(os.getpid(), 9)")).toMatchObject({
        kind: "sandbox",
        message: /signal 9 \(SIGKILL\)/,
      });
    });

    it("hangs on import, or in its constructor, no longer than its limit", async () => {
      const protocol = tinyProtocol({ gateSeconds: 1 });
      expect(await gateFails("while True: pass", { protocol })).toMatchObject({ kind: "timeout" });
      expect(await gateFails("import time\ndef construct(): time.sleep(300)", { protocol })).toMatchObject({
        kind: "timeout",
        message: "The candidate ran past its time limit of 1 s before its gates were decided.",
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
      await trainer.gate(job);
      expect((await trainer.train(job)).failure).toBeNull();
      const result = await trainer.score(job);
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
      await trainer.gate(job);
      expect((await trainer.train(job)).failure).toBeNull();
      const grep = execFileSync("sh", ["-c", `grep -rl "${HELD_OUT}" "${home}/jobs/${job.id}" || true`]);
      expect(grep.toString()).toBe("");
      const next = tinyJob('assert open(inn + "/ckpt/icr-s0.safetensors").read() == "checkpoint"', {
        from: job.id,
        runs: [{ ...job.runs[0]!, resume: true }],
      });
      expect((await trainer.train(next)).failure).toBeNull();
    });

    it("outlives no program that was killed with -9", async () => {
      const folder = mkdirSync(join(home, "killed"), { recursive: true })!;
      const script = `
        import { tinyJob, tinyTrainer } from ${JSON.stringify(join(import.meta.dirname, "testing.ts"))};
        const trainer = await tinyTrainer({ sandbox: "${tier}", home: ${JSON.stringify(folder)} });
        const job = tinyJob("import time\\ndef train():\\n    print('going')\\n    time.sleep(300)");
        await trainer.gate(job);
        trainer.train(job);
        console.log("ready");
        setInterval(() => {}, 1000);`;
      const program = spawn(process.execPath, ["--input-type=module-typescript", "-e", script], {
        stdio: ["ignore", "pipe", "inherit"],
        env: { ...process.env, CAMBRIAN_PYTHON: python },
      });
      await new Promise((resolve) => program.stdout.once("data", resolve));
      const { process: mark } = JSON.parse(
        readFileSync(join(folder, "jobs", "job-0", "process.json"), "utf8"),
      );
      const processes = processTree(mark.pid).map(markProcess);
      expect(processes.filter(isAlive).length).toBeGreaterThanOrEqual(1);
      program.kill("SIGKILL");
      await gone(processes);
    });
  });
}

/** Waits until none of them is there; the test's own time limit ends it otherwise. */
async function gone(processes: ReturnType<typeof markProcess>[]): Promise<void> {
  while (processes.some(isAlive)) await new Promise((resolve) => setTimeout(resolve, 20));
}
