import { describe, expect, it } from "vitest";
import { ofTheMachine } from "../../shared/disk-full.ts";
import { exitFailure, gateFailure, reportedFailure } from "./failures.ts";
import { interpreterFiles, maskEverywhere, withoutNested } from "./interpreter.ts";
import type { HostFacts, SandboxSpec } from "./sandbox.ts";
import { bubblewrap } from "./sandbox-bubblewrap.ts";
import { around } from "./sandbox-landlock.ts";

const spec: SandboxSpec = {
  interpreter: { executable: "/tmp/venv/bin/python", files: ["/home/u/.pyenv/3/lib", "/tmp/venv/lib"] },
  trainerFolder: "/opt/cambrian/trainer",
  job: "/home/u/.local/share/cambrian/jobs/a",
  data: "/home/u/.local/share/cambrian/data/x/train",
  mask: ["/home/u/.pyenv/3/lib/python3/chess.py", "/usr/local/lib/python3/chess.py"],
  emptyFile: "/empty",
  device: "cpu",
  threads: 1,
  limits: { data: 1, addressSpace: 2, file: 3, openFiles: 4, tasks: 5, tmp: 6, shm: 7 },
};
const host: HostFacts = {
  bwrap: "/usr/bin/bwrap",
  disableUserns: true,
  libraryFolders: { "/lib": "usr/lib" },
  nvidia: ["/dev/nvidia0"],
};

/** Arguments of every occurrence of an option. */
const values = (args: string[], option: string, count: number) =>
  args.flatMap((arg, i) => (arg === option ? [args.slice(i + 1, i + 1 + count)] : []));

describe("bubblewrap's command line", () => {
  const { args, env } = bubblewrap(spec, ["-m", "trainer.worker"], host);

  it("starts bubblewrap itself without an environment", () => expect(env).toEqual({}));

  it("isolates everything that it can", () => {
    for (const option of [
      "--unshare-all",
      "--unshare-user",
      "--disable-userns",
      "--die-with-parent",
      "--new-session",
    ])
      expect(args).toContain(option);
    expect(args).not.toContain("--share-net");
  });

  it("lets one folder be written", () => {
    expect(values(args, "--bind", 2)).toEqual([[`${spec.job}/out`, "/job/out"]]);
    expect(args).not.toContain("--dev-bind");
  });

  it("shows neither the home folder nor all of /usr or /etc, but the interpreter inside them", () => {
    const shown = [...values(args, "--ro-bind-try", 2), ...values(args, "--ro-bind", 2)].map(
      ([path]) => path,
    );
    for (const whole of ["/", "/home", "/home/u", "/usr", "/etc", "/tmp", "/var", "/sys"])
      expect(shown).not.toContain(whole);
    expect(shown).toContain("/home/u/.pyenv/3/lib");
  });

  it("mounts what lies under /tmp after /tmp", () => {
    expect(args.indexOf("/tmp/venv/lib")).toBeGreaterThan(args.indexOf("--tmpfs"));
  });

  it("covers masked files, where their folder is shown at all", () => {
    expect(values(args, "--ro-bind", 2).filter(([from]) => from === "/empty")).toEqual([
      ["/empty", spec.mask[0]],
    ]);
  });

  it("gives every tmpfs a size, and ends with a read-only root", () => {
    expect(values(args, "--size", 3)).toEqual([
      ["6", "--tmpfs", "/tmp"],
      ["7", "--tmpfs", "/dev/shm"],
    ]);
    expect(values(args, "--tmpfs", 1)).toHaveLength(2);
    expect(args.lastIndexOf("/", args.indexOf("--chdir"))).toBeGreaterThan(args.lastIndexOf("--ro-bind"));
  });

  it("opens the GPU for those who ask for it only", () => {
    expect(args).not.toContain("/dev/nvidia0");
    const cuda = bubblewrap({ ...spec, device: "cuda" }, [], host).args;
    expect(values(cuda, "--dev-bind-try", 2)).toEqual([["/dev/nvidia0", "/dev/nvidia0"]]);
    expect(values(cuda, "--ro-bind", 2)).toContainEqual(["/sys", "/sys"]);
  });
});

it("allows everything around a masked file, and listing above it", () => {
  const tree: Record<string, string[]> = { "/lib": ["a", "b"], "/lib/a": ["x.py", "y.py"] };
  const entries = (path: string) => tree[path] ?? [];
  expect(around(["/lib", "/usr"], ["/lib/a/x.py"], entries)).toEqual({
    read: ["/lib/a/y.py", "/lib/b", "/usr"],
    list: ["/lib", "/lib/a"],
  });
  expect(around(["/lib"], [], entries)).toEqual({ read: ["/lib"], list: [] });
});

it("shows of an interpreter its libraries, its environment and the binary that the links lead to", () => {
  const facts = {
    executable: "/w/venv/bin/python",
    prefix: "/w/venv",
    basePrefix: "/root/.pyenv/3.11",
    path: ["/root/.pyenv/3.11/lib/python3.11", "/w/venv/lib/python3.11/site-packages", "/home/u/project"],
  };
  const real = (path: string) => (path === facts.executable ? "/root/.pyenv/3.11/bin/python3.11" : path);
  const { files } = interpreterFiles(facts, real);
  expect(files).toContain("/root/.pyenv/3.11/bin/python3.11");
  expect(files).toContain("/root/.pyenv/3.11/lib");
  expect(files).toContain("/w/venv/lib");
  expect(files).not.toContain("/home/u/project");
  expect(files.filter((file) => file.startsWith("/root"))).toHaveLength(3);
});

it("masks a file also where a link shows it again", () => {
  const real = (path: string) => (path === "/py/lib64" ? "/py/lib" : path);
  const masked = maskEverywhere(["/py/lib/a.py", "/other/b.py"], ["/py/lib", "/py/lib64"], real);
  expect(masked.sort()).toEqual(["/other/b.py", "/py/lib/a.py", "/py/lib64/a.py"]);
});

it("drops what lies in another folder of the list", () => {
  expect(withoutNested(["/a/b", "/a", "/ab", "/c/d", "/a"])).toEqual(["/a", "/ab", "/c/d"]);
});

describe("a failure names its cause", () => {
  const context = { phase: "its training was finished", started: true, memoryMB: 64, tail: "" };
  it.each([
    [{ code: 137, signal: 0 }, "", "sandbox", /killed by signal 9 \(SIGKILL\)/],
    [{ code: 0, signal: 11 }, "", "sandbox", /SIGSEGV/],
    [{ code: 153, signal: 0 }, "", "disk", /file larger/],
    [{ code: 1, signal: 0 }, "OSError: [Errno 28] No space left on device", "disk", /disk full/],
    [
      { code: 1, signal: 0 },
      "RuntimeError: can't allocate memory: you tried",
      "memory",
      /memory limit \(64 MB\)/,
    ],
    [{ code: 0, signal: 0 }, "bye", "sandbox", /exit status 0 before its training/],
  ] as const)("exit %j after %j", (exit, tail, kind, message) => {
    expect(exitFailure(exit, { ...context, tail })).toMatchObject({
      kind,
      message: expect.stringMatching(message),
    });
  });

  it("is ours when the trainer did not start", () => {
    const failure = exitFailure(
      { code: 1, signal: 0 },
      { ...context, started: false, tail: "bwrap: no such thing" },
    );
    expect(failure).toMatchObject({
      kind: "internal",
      message: expect.stringContaining("bwrap: no such thing"),
    });
  });

  it("recognises the sandbox behind an exception, by its last line", () => {
    const reported = (detail: string) =>
      reportedFailure({ kind: "interface", message: "it failed", detail }, 64);
    expect(reported("Traceback\nPermissionError: [Errno 13] Permission denied: '/x'").kind).toBe("sandbox");
    expect(reported("print('MemoryError')\na\nb\nc\nValueError: x").kind).toBe("interface");
  });

  it("is not the machine's because a candidate says so", () => {
    const told = reportedFailure({ kind: "disk", message: "full", detail: "ENOSPC: really" }, 64);
    expect(told.detail).toBe("said: ENOSPC: really");
    expect(ofTheMachine(told)).toBe(false);
    const long = "ENOSPC: really".padEnd(16_000, ".");
    const cut = reportedFailure({ kind: "disk", message: "full", detail: `before ${long}` }, 64);
    expect(cut.detail).toMatch(/^…/);
    expect(ofTheMachine(cut)).toBe(false);
    const forged = {
      name: "ENOSPC",
      value: null,
      limit: null,
      ok: false,
      warning: false,
      detail: "x",
      kind: "disk" as const,
    };
    expect(gateFailure([forged], 64)).toMatchObject({ kind: "disk", detail: "said: ENOSPC: x" });
  });

  it("is the first failed gate that counts", () => {
    const verdict = {
      value: 1.9,
      limit: 1.4,
      detail: "FLOPs grow as T^1.90.\nSeen at T = 4096.",
      warning: false,
      kind: "slow" as const,
    };
    const gates = [
      { ...verdict, name: "buffers", ok: false, warning: true },
      { ...verdict, name: "scaling", ok: false },
    ];
    expect(gateFailure(gates, 64)).toEqual({
      kind: "slow",
      message: 'The gate "scaling" failed: FLOPs grow as T^1.90.',
      detail: "scaling: FLOPs grow as T^1.90.\nSeen at T = 4096.",
    });
    const starved = { ...verdict, name: "interface", kind: "interface" as const, ok: false };
    expect(
      gateFailure([{ ...starved, detail: "Traceback\nRuntimeError: can't allocate memory" }], 64).kind,
    ).toBe("memory");
  });
});
