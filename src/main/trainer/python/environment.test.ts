import { spawn } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { SetupProgress } from "../../interfaces.ts";
import { askPython, checkPython, checkPythonOnce } from "./check.ts";
import { ensurePython, readyPython } from "./environment.ts";
import { SETUP_PROBLEMS, SetupError } from "./errors.ts";
import { type BasePython, findBases, listPythons } from "./find.ts";

import { runTool } from "./tool.ts";
import { ensureTools } from "./tools.ts";

const FAKE = join(import.meta.dirname, "fake-python.sh");
let folder: string;
let home: string;
let requirements: string;
let log: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "cambrian env ")); // with a space, as users' folders have
  home = join(folder, "data");
  log = join(folder, "calls");
  requirements = join(folder, "requirements.txt");
  writeFileSync(requirements, "torch==2.13.0\nnumpy==2.4.6\n");
  mkdirSync(join(folder, "bin"));
  cpSync(FAKE, join(folder, "bin", "python3"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const fakeEnv = (more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv => ({
  PATH: join(folder, "bin"),
  HOME: folder,
  FAKE_LOG: log,
  CAMBRIAN_DEVICE: "cpu",
  ...more,
});

/** Only the fakes: the machine's own interpreters stay out of it. */
const find = async (env: NodeJS.ProcessEnv): Promise<BasePython[]> => {
  const path = join(folder, "bin", "python3");
  return [{ ...(await askPython(path, "base", env)), path }];
};

function ensure(env: NodeJS.ProcessEnv = {}, more: Partial<Parameters<typeof ensurePython>[0]> = {}) {
  return ensurePython({ home, env: fakeEnv(env), requirements, find, ...more });
}

const calls = () => readFileSync(log, "utf8").trim().split("\n");
const codeOf = (promise: Promise<unknown>) =>
  promise.then(
    () => "no error",
    (error) => (error instanceof SetupError ? error.code : String(error)),
  );
/** The environment that is being built. */
const partial = () =>
  join(home, "python", readdirSync(join(home, "python")).find((f) => f.endsWith(".tmp"))!);
const running = (pid: number) => {
  try {
    return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return false;
  }
};

async function until(condition: () => boolean): Promise<void> {
  for (let i = 0; i < 400 && !condition(); i++) await new Promise((resolve) => setTimeout(resolve, 25));
  expect(condition()).toBe(true);
}

describe("building", () => {
  test("makes, verifies and renames an environment, tells its progress, and finds it again", async () => {
    const told: SetupProgress[] = [];
    const made = await ensure({}, { onProgress: (p) => told.push(p) });
    expect(made).toMatchObject({ origin: "built", version: "3.11.9", torch: "2.13.0+cpu", cuda: false });
    expect(existsSync(made.python)).toBe(true);
    expect(made.python).not.toContain(".tmp");
    expect([...new Set(told.map((p) => p.phase))]).toEqual(["find", "create", "install", "verify", "done"]);
    expect(told).toContainEqual(
      expect.objectContaining({ download: { name: "torch", bytes: 4000, total: 4000 } }),
    );
    const before = calls();
    expect(before.filter((c) => c === "verify")).toHaveLength(1);
    expect(before.filter((c) => c.startsWith("pip"))).toHaveLength(2);
    expect(before.find((c) => c.startsWith("pip"))).toMatch(/--retries 1 --timeout 10 .*--no-deps/);
    expect(await ensure()).toEqual(made);
    expect(calls()).toEqual(before);
  });

  test("builds once however many ask", async () => {
    const [a, b, c] = await Promise.all([ensure(), ensure(), ensure()]);
    expect(b).toEqual(a);
    expect(c).toEqual(a);
    expect(calls().filter((call) => call === "venv")).toHaveLength(1);
  });

  test("other requirements and another interpreter mean another environment", async () => {
    const a = await ensure();
    writeFileSync(requirements, "torch==2.13.0\nnumpy==2.4.7\n");
    const b = await ensure();
    expect(b.python).not.toBe(a.python);
    const c = await ensure({ FAKE_VERSION: "3.12.1" });
    expect(c.version).toBe("3.12.1");
  });

  test("an environment whose interpreter is gone is built again", async () => {
    const made = await ensure();
    rmSync(made.python);
    expect((await ensure()).python).toBe(made.python);
    expect(calls().filter((call) => call === "venv")).toHaveLength(2);
  });

  test("another version of Python is tried where the first is offered nothing", async () => {
    const bin = join(folder, "bin2");
    mkdirSync(bin);
    writeFileSync(
      join(bin, "python3"),
      `#!/bin/bash\nFAKE_PIP=nomatch FAKE_VERSION=3.14.0 exec "${FAKE}" "$@"\n`,
      {
        mode: 0o755,
      },
    );
    // The first is a wrapper, so that only its own environment is refused.
    const two = async (env: NodeJS.ProcessEnv): Promise<BasePython[]> => [
      { ...(await find(env))[0]!, version: "3.14.0", path: join(folder, "refuses"), executable: "refuses" },
      ...(await find(env)),
    ];
    writeFileSync(
      join(folder, "refuses"),
      `#!/bin/bash\nfor d in "$@"; do :; done\n/bin/mkdir -p "$d/bin"; /bin/cp "${join(bin, "python3")}" "$d/bin/python"\n`,
      { mode: 0o755 },
    );
    const made = await ensure({}, { find: two });
    expect(made.version).toBe("3.11.9");
  });
});

describe("failures have a stable code and say what to do", () => {
  test.each([
    ["network_unreachable", { FAKE_PIP: "unreachable" }],
    ["no_matching_version", { FAKE_PIP: "nomatch" }],
    ["disk_full", { FAKE_PIP: "full" }],
    ["no_venv", { FAKE_VENV: "missing" }],
    ["verify_failed", { FAKE_VERIFY: "fail" }],
  ] as const)("%s", async (code, env) => {
    const error = await ensure(env).catch((e) => e);
    expect(error).toBeInstanceOf(SetupError);
    expect(error.code).toBe(code);
    expect(error.fix).toBe(SETUP_PROBLEMS[code].fix);
    // The failure does not stay: the same call succeeds once its cause is gone.
    expect((await ensure()).origin).toBe("built");
  });

  test("a data folder that cannot be written", async () => {
    writeFileSync(home, "a file where the folder should be");
    expect(await codeOf(ensure())).toBe("not_writable");
  });

  test("a stall ends the installer, with its children, though it ignores SIGTERM", async () => {
    expect(await codeOf(ensure({ FAKE_PIP: "hang" }, { stall: 1 }))).toBe("stalled");
    const sleeper = Number(readFileSync(join(partial(), "sleeper"), "utf8"));
    await until(() => !running(sleeper));
  });

  test("growth on disk is a sign of life", async () => {
    expect((await ensure({ FAKE_PIP: "grow" }, { stall: 2 })).origin).toBe("built");
  });

  test("the time limit", async () => {
    expect(await codeOf(ensure({ FAKE_PIP: "hang" }, { limit: 1 }))).toBe("timeout");
  });

  test("a cancel ends the installer and keeps what there is; the next call goes on with it", async () => {
    const abort = new AbortController();
    const building = codeOf(ensure({ FAKE_PIP: "hang" }, { signal: abort.signal }));
    await until(() => existsSync(log) && calls().some((c) => c.startsWith("pip")));
    abort.abort();
    expect(await building).toBe("cancelled");
    expect((await ensure()).origin).toBe("built");
    expect(calls().filter((c) => c === "venv")).toHaveLength(1);
  });

  test("half a package left by an interrupted build is found by the verification and built anew", async () => {
    const abort = new AbortController();
    const building = codeOf(ensure({ FAKE_PIP: "half" }, { signal: abort.signal }));
    await until(() => existsSync(log) && calls().some((c) => c.startsWith("pip")));
    await until(() => existsSync(join(partial(), "half")));
    abort.abort();
    await building;
    expect((await ensure({ FAKE_VERIFY: "unless-clean" })).origin).toBe("built");
    expect(calls().filter((c) => c === "venv")).toHaveLength(2);
  });

  test.runIf(process.platform === "linux")("an installer that outlived its builder is ended", async () => {
    await codeOf(ensure({ FAKE_VERIFY: "fail" }));
    const orphan = spawn("/bin/bash", ["-c", "sleep 600; true", partial()], {
      detached: true,
      stdio: "ignore",
    });
    writeFileSync(join(partial(), "installer.pid"), String(orphan.pid));
    await ensure();
    await until(() => !running(orphan.pid!));
  });
});

describe("a GPU that torch cannot use", () => {
  beforeEach(() => {
    writeFileSync(
      join(folder, "bin", "nvidia-smi"),
      "#!/bin/bash\necho 'GPU 0: NVIDIA H100 (UUID: GPU-1)'\n",
      {
        mode: 0o755,
      },
    );
  });
  test("is refused, loudly", async () => {
    expect(await codeOf(ensure({ CAMBRIAN_DEVICE: "" }))).toBe("gpu_fallback");
    const existing = { CAMBRIAN_DEVICE: "", CAMBRIAN_PYTHON: join(folder, "bin", "python3") };
    expect(await codeOf(ensure(existing))).toBe("gpu_fallback");
  });
  test("unless the CPU is asked for", async () => {
    expect((await ensure({ CAMBRIAN_DEVICE: "cpu" })).cuda).toBe(false);
  });
});

describe("an existing interpreter", () => {
  test("is used as it is, and nothing is built", async () => {
    const python = join(folder, "bin", "python3");
    const found = await ensure({ CAMBRIAN_PYTHON: python });
    expect(found).toMatchObject({ origin: "existing", python, torch: "2.13.0+cpu" });
    expect(existsSync(log)).toBe(false);
  });

  test("that lacks torch, or is none, is named with what is wrong", async () => {
    const error = await ensure({ CAMBRIAN_PYTHON: join(folder, "bin", "python3"), FAKE_MISSING: "1" }).catch(
      (e) => e,
    );
    expect(error.code).toBe("broken_existing");
    expect(error.message).toMatch(/cannot import torch \(ModuleNotFoundError\)/);
    expect(await codeOf(ensure({ CAMBRIAN_PYTHON: join(folder, "nowhere") }))).toBe("broken_existing");
    expect(
      await codeOf(ensure({ CAMBRIAN_PYTHON: join(folder, "bin", "python3"), FAKE_VERSION: "3.9.2" })),
    ).toBe("python_too_old");
  });

  test("is asked again when it has changed", async () => {
    const python = join(folder, "bin", "python3");
    const file = join(folder, "existing.json");
    const found = await checkPythonOnce(python, file, fakeEnv());
    expect(await checkPythonOnce(python, file, fakeEnv({ FAKE_MISSING: "1" }))).toEqual(found);
    writeFileSync(python, `${readFileSync(python, "utf8")}\n# changed\n`);
    expect(await codeOf(checkPythonOnce(python, file, fakeEnv({ FAKE_MISSING: "1" })))).toBe(
      "broken_existing",
    );
  });
});

describe("with a real interpreter", () => {
  test("an environment still works after it was renamed, and knows its new place", async () => {
    const [base] = await findBases(process.env);
    const before = join(folder, "env.tmp");
    const after = join(folder, "env");
    const made = await runTool(base!.path, ["-I", "-m", "venv", "--without-pip", before], {
      env: process.env,
      limit: 60,
    });
    expect(made.code).toBe(0);
    renameSync(before, after);
    const ask = ["-I", "-c", "import sys, json, venv; print(sys.prefix)"];
    const run = await runTool(join(after, "bin", "python"), ask, { env: process.env, limit: 20 });
    expect(run.stdout.trim()).toBe(after);
  });

  test.runIf(process.env.CAMBRIAN_PYTHON)(
    "the one that the tests run with imports all that is needed",
    async () => {
      const found = await checkPython(process.env.CAMBRIAN_PYTHON!);
      expect(found.torch).toMatch(/^\d+\.\d+/);
      expect((await askPython(found.python, "verify", process.env)).device).toMatch(/^(cpu|cuda)$/);
    },
  );
});

test("tools are installed beside the environment, once", async () => {
  const python = join(folder, "bin", "python3");
  const tools = { home, env: fakeEnv(), python, requirements };
  const target = await ensureTools(tools);
  expect(await ensureTools(tools)).toBe(target);
  expect(calls()).toHaveLength(1);
  expect(calls()[0]).toContain("--target");
});

describe("looking without building", () => {
  test("finds nothing before the environment is built, and builds nothing", async () => {
    const options = { home, env: fakeEnv(), requirements, find };
    expect(await readyPython(options)).toBeNull();
    expect(existsSync(home)).toBe(false);
    const built = await ensure();
    expect(await readyPython(options)).toEqual(built);
  });

  test("says what is wrong with an interpreter that was named", async () => {
    const env = fakeEnv({ CAMBRIAN_PYTHON: join(folder, "bin", "python3"), FAKE_MISSING: "1" });
    await expect(readyPython({ home, env, requirements })).rejects.toMatchObject({ code: "broken_existing" });
  });

  test("passes the installer's lines on, without those of its progress bar", async () => {
    const lines: string[] = [];
    await ensure({}, { onLine: (line) => lines.push(line) });
    expect(lines).toContain("Collecting torch==2.13.0");
    expect(lines.filter((line) => line.startsWith("Progress"))).toEqual([]);
  });
});

test("interpreters are listed once each, the ones in use first, with the torch that they have", async () => {
  const own = join(folder, "own-python");
  const usual = join(folder, "bin", "python3");
  cpSync(FAKE, own);
  symlinkSync(usual, join(folder, "bin", "python3.11"));
  const found = await listPythons(fakeEnv(), [own, own, join(folder, "gone")]);
  expect(found.slice(0, 2)).toEqual(
    [own, usual].map((path) => ({ path, version: "3.11.9", torch: "2.13.0" })),
  );
  expect(found.filter((p) => p.path.startsWith(folder))).toHaveLength(2);
});
