/** How packages are installed, and how to read what the installer prints. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { type SetupCode, SetupError } from "./errors.ts";
import { runTool } from "./tool.ts";

/** Where PyTorch publishes its CPU-only builds: a tenth of the size of those for CUDA. */
const TORCH_CPU_INDEX = "https://download.pytorch.org/whl/cpu";

export interface InstallStep {
  what: string;
  command: string;
  args: string[];
}

/**
 * The installer's calls, in order. torch comes first and alone, so that on Linux without a GPU one more index, that of the CPU
 * builds, can be asked for it and for nothing else: `torch==2.13.0` is satisfied by 2.13.0+cpu, which sorts above it.
 * Few retries and a short timeout, because an index that cannot be reached is asked once a package.
 */
export function installSteps(options: {
  python: string;
  requirements: string;
  /** Path of uv, or null to use the environment's pip. */
  uv: string | null;
  pipVersion: string;
  cpuOnly: boolean;
}): InstallStep[] {
  const torch = readFileSync(options.requirements, "utf8").match(/^torch==\S+/m)?.[0];
  if (!torch) throw new Error(`${options.requirements} does not pin torch`);
  const extra = options.cpuOnly ? ["--extra-index-url", TORCH_CPU_INDEX] : [];
  const { command, args } = options.uv
    ? {
        command: options.uv,
        args: ["pip", "install", "--python", options.python, "--index-strategy", "unsafe-best-match"],
      }
    : { command: options.python, args: ["-I", "-m", "pip", ...pipInstall(options.pipVersion)] };
  const only = ["--only-binary", ":all:"];
  return [
    { what: torch, command, args: [...args, ...only, "--no-deps", ...extra, torch] },
    { what: "the other packages", command, args: [...args, ...only, "-r", options.requirements] },
  ];
}

/** `pip install` as Cambrian always calls it. The raw progress bar came with pip 24.1. */
export function pipInstall(pipVersion: string): string[] {
  const [major = 0, minor = 0] = pipVersion.split(".").map(Number);
  const bar = major > 24 || (major === 24 && minor >= 1) ? "raw" : "off";
  return [
    ...["install", "--no-input", "--disable-pip-version-check", "--retries", "1", "--timeout", "10"],
    ...["--progress-bar", bar],
  ];
}

/** Version of an interpreter's pip, "0" where it has none that works. */
export async function pipOf(python: string, env: NodeJS.ProcessEnv, signal?: AbortSignal): Promise<string> {
  const run = await runTool(python, ["-I", "-m", "pip", "--version"], { env, signal, limit: 60 });
  return run.code === 0 ? (run.stdout.match(/^pip (\S+)/)?.[1] ?? "0") : "0";
}

/** What the installers see of the environment: nothing that would send packages elsewhere than into the environment. */
export function installEnv(env: NodeJS.ProcessEnv, temporary: string): NodeJS.ProcessEnv {
  const out = Object.fromEntries(
    Object.entries(env).filter(
      ([name]) => !/^(PYTHON|VIRTUAL_ENV|CONDA_|PIP_(TARGET|PREFIX|ROOT|USER)$)/.test(name),
    ),
  );
  return {
    ...out,
    PIP_USER: "0",
    PYTHONUNBUFFERED: "1",
    // Downloads lie beside the environment: on its disk, and where their growth can be seen.
    TMPDIR: temporary,
    UV_HTTP_TIMEOUT: "10",
    UV_NO_PROGRESS: "1",
  };
}

export type InstallerLine =
  | { type: "package"; name: string; bytes: number | null }
  | { type: "bytes"; bytes: number; total: number | null }
  | { type: "installing" }
  | { type: "other" };

const UNITS: Record<string, number> = { bytes: 1, b: 1, kb: 1e3, mb: 1e6, gb: 1e9 };

/** Reads one line of pip's or uv's output. */
export function readLine(line: string): InstallerLine {
  const raw = line.match(/^Progress (\d+)(?: of (\d+))?\s*$/);
  if (raw)
    return { type: "bytes", bytes: Number(raw[1]), total: raw[2] && raw[2] !== "0" ? Number(raw[2]) : null };
  const file = line.match(
    /^\s*(?:Downloading|Processing|Using cached)\s+(\S+?)(?:\s+\(([\d.]+)\s*(\w+)\)|\s|$)/,
  );
  if (file) {
    const unit = UNITS[(file[3] ?? "").toLowerCase()];
    return { type: "package", name: packageName(file[1]!), bytes: unit ? Number(file[2]) * unit : null };
  }
  if (/^Installing collected packages/.test(line)) return { type: "installing" };
  return { type: "other" };
}

/** "torch" of https://host/torch-2.13.0%2Bcpu-cp311-….whl; a bare name stays as it is. */
function packageName(file: string): string {
  const last = file.split(/[?#]/)[0]!.split("/").pop()!;
  return last.replace(/\.metadata$/, "").match(/^(.+?)-\d/)?.[1] ?? last;
}

const UNREACHABLE =
  /NewConnectionError|ConnectTimeout|ReadTimeoutError|Failed to establish|Name or service not known|Temporary failure in name resolution|nodename nor servname|Connection (refused|reset|broken|aborted|timed out)|Network is unreachable|ProxyError|Tunnel connection failed|SSLError|CERTIFICATE_VERIFY_FAILED|dns error|error sending request|Failed to fetch|HTTPSConnectionPool|RemoteDisconnected|IncompleteRead/i;

/** Names the cause of an installer's failure from what it printed. */
export function classify(output: string): SetupCode {
  if (
    /No space left on device|Errno 28\b|Errno 122\b|Disk quota exceeded|not enough space on the disk/i.test(
      output,
    )
  )
    return "disk_full";
  if (/ensurepip is not available|No module named '?(venv|ensurepip)/i.test(output)) return "no_venv";
  const missing =
    /No matching distribution found|Could not find a version that satisfies|no version of|was not found in the package registry|has no wheels with a matching|No solution found/i;
  if (missing.test(output)) {
    // pip says "from versions: none" both where a package has nothing for this Python and where no index answered.
    const nothingSeen =
      /from versions: none/.test(output) || /was not found in the package registry/.test(output);
    return nothingSeen && UNREACHABLE.test(output) ? "network_unreachable" : "no_matching_version";
  }
  if (/Permission denied|Errno 13\b|Errno 30\b|Read-only file system/i.test(output)) return "not_writable";
  if (UNREACHABLE.test(output)) return "network_unreachable";
  return "install_failed";
}

/** A failed installer as an error: its cause, its own last words, and where the rest is. */
export function installError(output: string, log: string): SetupError {
  const lines = output.split("\n").filter((l) => l.trim() !== "");
  const words =
    lines.filter((l) => /^\s*(ERROR|error)\b/.test(l)).pop() ?? lines.pop() ?? "It printed nothing.";
  return new SetupError(classify(output), `${words.trim()} (everything it printed: ${log})`, output);
}

/** Names a set of packages in a certain interpreter. */
export const hash = (...parts: string[]): string =>
  createHash("sha256").update(parts.join("\u0000")).digest("hex").slice(0, 12);
