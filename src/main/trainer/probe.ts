/** Which tier this machine gives: found by running a real sandboxed program that tries what a sandbox must refuse. */
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import type { Tier } from "../../shared/domain.ts";
import type { Interpreter } from "./interpreter.ts";
import { MB } from "./limits.ts";
import { startInTerminal } from "./pty.ts";
import { plainText } from "./ring.ts";
import { openBeneath, wipe } from "./run-folder.ts";
import {
  type HostFacts,
  type SandboxSpec,
  sandboxCommand,
  sandboxEnvironment,
  sandboxPaths,
} from "./sandbox.ts";

export interface TierProbe {
  tier: Tier;
  ok: boolean;
  /** What the sandboxed program found; each must hold. Empty when it did not run. */
  checks: Record<string, boolean>;
  /** Why not, for a person. */
  detail: string;
}

/** Nothing heavy is imported: the probe runs at every start. One true entry for each promise that holds. */
const PROBE = `
import json, os, socket, sys
secret, outside, out, device = sys.argv[1:5]
known = set(sys.argv[5].split(","))  # names of the variables that it was given

def refused(attempt):
    try:
        attempt()
    except OSError:
        return True
    return False

def fork():
    pid = os.fork()
    if pid == 0:
        os._exit(0)
    os.waitpid(pid, 0)

def reach_network():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.connect(("127.0.0.1", 9))

def parents_environment():
    with open(f"/proc/{os.getppid()}/environ", "rb") as file:
        return {entry.split(b"=")[0].decode() for entry in file.read().split(b"\\0") if entry}

checks = {
    "home hidden": refused(lambda: open(secret).read()),
    "modes of files kept": refused(lambda: os.chmod(secret, 0o600)),
    "rest read-only": refused(lambda: open(os.path.join(outside, "written"), "w")),
    "no network": refused(reach_network),
    "clean environment": set(os.environ) <= known,
    "parent's environment hidden": refused(parents_environment) or parents_environment() <= known,
    "no other processes": device == "cuda" or refused(fork),
    "no signals outside": os.getppid() == 1 or refused(lambda: os.kill(os.getppid(), 0)),
}
with open(os.path.join(out, "probe.json"), "w") as file:
    json.dump(checks, file)
`;

const SECONDS = 20;

/** Tries one tier. Never throws: a tier that cannot even start is not ok, with the reason in `detail`. */
export async function probeTier(
  tier: Tier,
  options: {
    interpreter: Interpreter;
    trainerFolder: string;
    host: HostFacts;
    device: "cpu" | "cuda";
    home?: string;
  },
): Promise<TierProbe> {
  if (tier === "none") return { tier, ok: true, checks: {}, detail: "no sandbox, by your choice" };
  if (process.platform !== "linux") return { tier, ok: false, checks: {}, detail: "needs Linux" };
  if (tier === "bubblewrap" && !options.host.bwrap)
    return { tier, ok: false, checks: {}, detail: "bwrap is not installed" };
  const folder = mkdtempSync(join(tmpdir(), "cambrian-probe-"));
  const secret = secretFile(options.home ?? homedir(), folder);
  try {
    for (const part of ["in", "out", "tmp"]) mkdirSync(join(folder, part));
    const emptyFile = join(folder, "empty");
    writeFileSync(emptyFile, "");
    const limits = {
      data: 512 * MB,
      addressSpace: null,
      file: MB,
      openFiles: 64,
      tasks: 8192,
      tmp: MB,
      shm: MB,
    };
    const spec: SandboxSpec = {
      ...{ interpreter: options.interpreter, trainerFolder: options.trainerFolder, job: folder },
      ...{ data: null, mask: [], emptyFile, device: options.device, threads: 1, limits },
    };
    const out = tier === "bubblewrap" ? "/job/out" : join(folder, "out");
    // What bubblewrap and the C library add themselves: PWD, and Python's own choice of a locale.
    const known = [...Object.keys(sandboxEnvironment(sandboxPaths(tier, spec), "", 1)), "PWD", "LC_CTYPE"];
    const program = ["-I", "-S", "-c", PROBE, secret.path, folder, out, options.device, known.join(",")];
    const command = sandboxCommand(tier, spec, program, options.host);
    if (command.configFile) writeFileSync(command.configFile.path, command.configFile.text);
    const run = startInTerminal(command);
    const timer = setTimeout(() => run.kill(), SECONDS * 1000);
    const exit = await run.exited;
    clearTimeout(timer);
    const said = plainText(run.snapshot().bytes).trim();
    const written = openBeneath(join(folder, "out"), ["probe.json"]);
    if (exit.code !== 0 || !written)
      return {
        tier,
        ok: false,
        checks: {},
        detail: said.split("\n").slice(-3).join(" ") || `exit status ${exit.code}`,
      };
    const checks = z.record(z.string(), z.boolean()).parse(JSON.parse(readFileSync(written.fd, "utf8")));
    const broken = Object.keys(checks).filter((name) => !checks[name]);
    return {
      tier,
      ok: broken.length === 0,
      checks,
      detail: broken.length ? `does not hold: ${broken.join(", ")}` : "",
    };
  } catch (error) {
    return { tier, ok: false, checks: {}, detail: (error as Error).message };
  } finally {
    await secret.remove();
    await wipe(folder);
  }
}

/** A file in the home folder for the probe to look for; in the probe's own folder where home cannot be written. */
function secretFile(home: string, folder: string): { path: string; remove: () => Promise<void> } {
  for (const parent of [home, folder]) {
    try {
      const place = mkdtempSync(join(parent, ".cambrian-probe-"));
      writeFileSync(join(place, "secret"), "secret", { mode: 0o600 });
      return { path: join(place, "secret"), remove: () => wipe(place) };
    } catch {
      // the next
    }
  }
  throw new Error("neither the home folder nor the temporary folder can be written");
}

export class SandboxUnavailable extends Error {
  readonly probes: TierProbe[];
  constructor(probes: TierProbe[]) {
    const reasons = probes.map(({ tier, detail }) => `${tier}: ${detail}`).join("; ");
    super(
      `Candidate programs cannot be confined on this machine (${reasons}). Install bubblewrap (Debian, Ubuntu: ` +
        `apt install bubblewrap), or accept that generated code runs with your own rights: CAMBRIAN_SANDBOX=none.`,
    );
    this.name = "SandboxUnavailable";
    this.probes = probes;
  }
}

/**
 * The first tier that keeps its promises: bubblewrap, then Landlock. "none" only for those who ask for it by name.
 * Throws SandboxUnavailable, with every probe's reason.
 */
export async function chooseTier(
  wanted: Tier | "auto",
  options: Parameters<typeof probeTier>[1],
): Promise<TierProbe> {
  const probes: TierProbe[] = [];
  for (const tier of wanted === "auto" ? (["bubblewrap", "landlock"] as const) : [wanted]) {
    const probe = await probeTier(tier, options);
    if (probe.ok) return probe;
    probes.push(probe);
  }
  throw new SandboxUnavailable(probes);
}
