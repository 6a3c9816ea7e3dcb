/** The program under test: a process of its own, with a data folder of its own. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { programFolder } from "../src/main/paths.ts";

export interface HostOptions {
  /** Data folder; made, and taken away at the end, where none is named. */
  home?: string;
  /** Variables set (or, with undefined, taken away) on top of an environment without any of Cambrian's. */
  env?: Record<string, string | undefined>;
  /** Archive that it is started with. */
  archive?: string;
  /** Entry point and its arguments, in place of the web host's own. */
  command?: string[];
  /** A command that runs it: with other mounts, or another limit. */
  through?: string[];
}

const MAIN = ["src/main/hosts/web/main.ts"];
const START_MS = 120_000;
const END_MS = 30_000;

/** What the program sees of this process's environment: nothing that was set for other tests. */
export function cleanEnv(changes: HostOptions["env"] = {}): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !/^(CAMBRIAN|OPENAI|PLAYWRIGHT)_/.test(name));
  const env: NodeJS.ProcessEnv = { ...Object.fromEntries(kept), ...changes };
  for (const [name, value] of Object.entries(changes)) if (value === undefined) delete env[name];
  return env;
}

export const temporaryFolder = (): string => mkdtempSync(join(tmpdir(), "cambrian-e2e-"));

export class WebHost {
  readonly home: string;
  readonly #options: HostOptions;
  readonly #own: boolean;
  #child: ChildProcess | null = null;
  #port = "0";
  #said = "";
  /** Address with the token; new after each start, on the same port. */
  url = "";

  constructor(options: HostOptions = {}) {
    this.#options = options;
    this.#own = options.home === undefined;
    this.home = options.home ?? temporaryFolder();
  }

  /** What it wrote to its standard error. */
  get said(): string {
    return this.#said;
  }

  get pid(): number {
    return this.#child!.pid!;
  }

  /** @throws Error with what it said, when it does not come up */
  async start(): Promise<void> {
    const { env, archive, command = MAIN, through = [] } = this.#options;
    const options = ["--json", "--port", this.#port, ...(archive ? ["--archive", archive] : [])];
    const [program, ...args] = [...through, process.execPath, ...command, ...options];
    const child = spawn(program!, args, {
      cwd: programFolder,
      env: cleanEnv({ CAMBRIAN_HOME: this.home, ...env }),
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#child = child;
    child.stderr.on("data", (chunk) => {
      this.#said += chunk;
    });
    const line = await new Promise<string>((resolve, reject) => {
      let out = "";
      const fail = (why: string) => reject(new Error(`The host ${why}.\n${this.#said}`));
      const timer = setTimeout(() => fail(`printed no address in ${START_MS / 1000} s`), START_MS);
      child.stdout.on("data", (chunk) => {
        out += chunk;
        if (!out.includes("\n")) return;
        clearTimeout(timer);
        resolve(out.split("\n")[0]!);
      });
      child.once("exit", (code) => fail(`ended with exit code ${code}`));
    });
    this.url = JSON.parse(line).url;
    this.#port = new URL(this.url).port;
  }

  /** Ends it as a crash would: no checkpoint, no farewell. */
  kill = (): Promise<void> => this.#end("SIGKILL");

  /** Ends it in order, and takes its data folder away. */
  async close(): Promise<void> {
    await this.#end("SIGTERM");
    if (this.#own) rmSync(this.home, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child;
    this.#child = null;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, "exit");
    child.kill(signal);
    const late = setTimeout(() => child.kill("SIGKILL"), END_MS);
    await ended;
    clearTimeout(late);
  }

  /** Address of a place: `at("gallery/abc")`. */
  at = (place: string): string => `${this.url}#/${place}`;
}
