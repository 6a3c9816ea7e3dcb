/** What a command works with: streams, the opened program, and what Ctrl-C means at the moment. */
import { existsSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { dataFolder } from "../../paths.ts";
import { type Program, ProgramError, type ProgramOptions } from "../../program.ts";
import { bytes, harmless, type Paint, paintFor } from "./format.ts";

export interface Streams {
  env: NodeJS.ProcessEnv;
  cwd: string;
  out: NodeJS.WriteStream;
  err: NodeJS.WriteStream;
}

export type OpenProgram = (options: ProgramOptions) => Promise<Program>;

export class Context {
  readonly home: string;
  readonly streams: Streams;
  /** Colours for standard output and for standard error. */
  readonly paint: Paint;
  readonly paintErr: Paint;
  json = false;
  exitCode = 0;
  readonly #open: OpenProgram;
  #program: Promise<Program> | null = null;
  readonly #abort = new AbortController();
  #onInterrupt: (() => void) | null = null;

  constructor(streams: Streams, open: OpenProgram) {
    this.streams = streams;
    this.home = dataFolder(streams.env);
    this.paint = paintFor(streams.out);
    this.paintErr = paintFor(streams.err);
    this.#open = open;
  }

  /** Where progress may be redrawn in place. */
  get terminal(): boolean {
    return Boolean(this.streams.err.isTTY) && this.streams.env.TERM !== "dumb";
  }

  get width(): number {
    return Math.max(60, this.streams.out.columns ?? 120);
  }

  program(): Promise<Program> {
    this.#program ??= this.#open({
      env: this.streams.env,
      home: this.home,
      signal: this.#abort.signal,
      onSetup: setupLine(this),
    });
    return this.#program;
  }

  /** Result for a person: standard output, unless that is kept for JSON. */
  print(...lines: string[]): void {
    if (!this.json) this.streams.out.write(`${harmless(lines.join("\n"))}\n`);
  }

  /** Progress and notes: standard error. */
  note(...lines: string[]): void {
    this.streams.err.write(`${harmless(lines.join("\n"))}\n`);
  }

  /** The one JSON object of a command with --json. */
  result(value: unknown): void {
    if (this.json) this.streams.out.write(`${JSON.stringify(value)}\n`);
  }

  /** npm runs scripts in the project's folder; a person means the folder that they stand in. */
  path(file: string): string {
    const { env, cwd } = this.streams;
    const ours = env.npm_lifecycle_event === "cambrian" || env.npm_lifecycle_event === "demo";
    return resolve(ours && env.INIT_CWD ? env.INIT_CWD : cwd, file);
  }

  archive(file: string | undefined, name = "archive.sqlite"): string {
    return file ? this.path(file) : join(this.home, name);
  }

  /** A candidate's file, which has to be there. */
  candidate(file: string): string {
    const path = this.path(file);
    if (!existsSync(path) || !statSync(path).isFile()) {
      throw new ProgramError(
        "usage",
        "no_file",
        `There is no file ${path}.`,
        "Name a Python file that defines class Mixer.",
      );
    }
    return path;
  }

  /** While `work` runs, the first Ctrl-C calls `onInterrupt` instead of giving everything up. */
  async interruptible<T>(onInterrupt: () => void, work: Promise<T>): Promise<T> {
    this.#onInterrupt = onInterrupt;
    try {
      return await work;
    } finally {
      this.#onInterrupt = null;
    }
  }

  interrupt(): void {
    if (this.#onInterrupt) this.#onInterrupt();
    else this.#abort.abort(Object.assign(new Error("Interrupted."), { name: "Interrupted" }));
  }

  async close(): Promise<void> {
    await this.#program?.then(
      (p) => p.close(),
      () => {},
    );
  }
}

/** Building the Python environment: one line that is rewritten on a terminal, else a line now and then. */
export function setupLine(
  context: Pick<Context, "streams" | "terminal">,
): NonNullable<ProgramOptions["onSetup"]> {
  let last = "";
  let lastAt = 0;
  return (progress) => {
    const { message, download, phase } = progress;
    const size =
      download && [bytes(download.bytes), download.total ? ` of ${bytes(download.total)}` : ""].join("");
    const text = download
      ? `${message}: ${download.name} ${download.bytes > 0 ? size : ""}`.trimEnd()
      : message;
    if (context.terminal) {
      const end = phase === "done" ? "\n" : "";
      context.streams.err.write(`\r\x1b[2K${text.slice(0, (context.streams.err.columns ?? 80) - 1)}${end}`);
    } else if (message !== last || Date.now() - lastAt > 10_000) {
      context.streams.err.write(`${text}\n`);
      last = message;
      lastAt = Date.now();
    }
  };
}
