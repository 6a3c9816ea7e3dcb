import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { trainerFolder } from "../../paths.ts";
import { type BasePython, chooseBases } from "./find.ts";
import { classify, installEnv, installSteps, pipInstall, readLine } from "./install.ts";

const requirements = join(trainerFolder, "requirements.txt");

describe("the cause of a failed installation", () => {
  const nothing = "ERROR: No matching distribution found for torch==2.13.0";
  const none =
    "ERROR: Could not find a version that satisfies the requirement torch==2.13.0 (from versions: none)";
  const broken = "WARNING: Retrying after connection broken by 'NewConnectionError(...)': /simple/torch/";
  test.each([
    ["disk_full", "OSError: [Errno 28] No space left on device: '/x/torch'"],
    ["disk_full", "OSError: [Errno 122] Disk quota exceeded"],
    ["no_venv", "because ensurepip is not\navailable.".replace("\n", " ")],
    ["no_venv", "/usr/bin/python3: No module named venv"],
    ["network_unreachable", `${broken}\n${none}\n${nothing}`],
    ["network_unreachable", "ReadTimeoutError: HTTPSConnectionPool(host='x', port=443): Read timed out."],
    ["network_unreachable", "error: Failed to fetch: `https://x/simple/torch/`"],
    // An index that cannot be reached beside one that answers, but has other versions.
    ["no_matching_version", `${broken}\nERROR: Could not find a version (from versions: 2.9.0)\n${nothing}`],
    ["no_matching_version", `${none}\n${nothing}`],
    ["not_writable", "OSError: [Errno 30] Read-only file system: '/x'"],
    ["install_failed", "ERROR: something else"],
  ])("%s: %s", (code, output) => {
    expect(classify(output)).toBe(code);
  });
});

test.each([
  ["Progress 1024 of 2048", { type: "bytes", bytes: 1024, total: 2048 }],
  ["Progress 1024", { type: "bytes", bytes: 1024, total: null }],
  [
    "  Downloading torch-2.13.0%2Bcpu-cp311-cp311-x.whl (205.3 MB)",
    { type: "package", name: "torch", bytes: 205.3e6 },
  ],
  [
    "Downloading https://h/whl/numpy-2.4.6-cp311-x.whl.metadata (62 kB)",
    { type: "package", name: "numpy", bytes: 62e3 },
  ],
  [
    "Processing /wheels/typing_extensions-4.16.0-py3-none-any.whl (from torch)",
    { type: "package", name: "typing_extensions", bytes: null },
  ],
  ["Installing collected packages: torch, numpy", { type: "installing" }],
  ["Collecting torch==2.13.0", { type: "other" }],
])("reads %s", (line, want) => {
  expect(readLine(line)).toEqual(want);
});

describe("the installer's calls", () => {
  const of = (more: object) =>
    installSteps({
      python: "/env/bin/python",
      requirements,
      uv: null,
      pipVersion: "25.0",
      cpuOnly: true,
      ...more,
    });
  test("torch comes first, and alone asks for CPU builds", () => {
    const [torch, rest] = of({});
    expect(torch!.args).toContain("torch==2.13.0");
    expect(torch!.args.join(" ")).toContain("--extra-index-url https://download.pytorch.org/whl/cpu");
    expect(rest!.args).not.toContain("--extra-index-url");
    expect(of({ cpuOnly: false })[0]!.args).not.toContain("--extra-index-url");
  });
  test("no call compiles, asks, or waits long for an index", () => {
    for (const { args } of of({})) {
      expect(args).toEqual(
        expect.arrayContaining(["--no-input", "--only-binary", "--retries", "1", "--timeout", "10"]),
      );
    }
  });
  test("uv installs where it is found", () => {
    expect(of({ uv: "/bin/uv" })[0]).toMatchObject({ command: "/bin/uv" });
  });
  test.each([
    ["23.2.1", "off"],
    ["24.0", "off"],
    ["24.1", "raw"],
    ["26.0.1", "raw"],
  ])("pip %s: progress %s", (version, bar) => {
    expect(pipInstall(version).slice(-1)).toEqual([bar]);
  });
  test("settings that would send packages elsewhere do not reach it; the user's indexes and proxies do", () => {
    const env = {
      PIP_TARGET: "/x",
      PIP_USER: "1",
      PYTHONPATH: "/x",
      VIRTUAL_ENV: "/x",
      PIP_INDEX_URL: "u",
      HTTPS_PROXY: "p",
    };
    const out = installEnv(env, "/tmp/t");
    expect(out).toMatchObject({ PIP_INDEX_URL: "u", HTTPS_PROXY: "p", PIP_USER: "0", TMPDIR: "/tmp/t" });
    for (const name of ["PIP_TARGET", "PYTHONPATH", "VIRTUAL_ENV"]) expect(out).not.toHaveProperty(name);
  });
});

describe("the interpreters to build from", () => {
  const python = (path: string, version: string, more: Partial<BasePython> = {}): BasePython => ({
    path,
    version,
    executable: path,
    platform: "linux",
    machine: "x86_64",
    venv: true,
    ensurepip: true,
    ...more,
  });
  const code = (found: BasePython[], uv = false) => {
    try {
      return chooseBases(found, uv).map((b) => b.path);
    } catch (error) {
      return (error as { code: string }).code;
    }
  };
  test.each([
    ["none", [], "no_python"],
    ["old ones", [python("a", "3.9.18"), python("b", "2.7.18")], "python_too_old"],
    ["one without ensurepip", [python("a", "3.11.2", { ensurepip: false })], "no_venv"],
    [
      "one fit among unfit",
      [python("a", "3.9.1"), python("b", "3.11.2", { ensurepip: false }), python("c", "3.10.0")],
      ["c"],
    ],
    [
      "two of one minor version",
      [python("a", "3.11.7"), python("b", "3.11.2"), python("c", "3.13.0")],
      ["a", "c"],
    ],
  ])("%s", (_, found, want) => {
    expect(code(found)).toEqual(want);
  });
  test("uv needs no ensurepip", () => {
    expect(code([python("a", "3.11.2", { ensurepip: false })], true)).toEqual(["a"]);
  });
});
