/** Client of the trusted scorer, `python -m trainer.score --serve`: one JSON object a line each way, one at a time. */
import { type ChildProcess, spawn } from "node:child_process";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { z } from "zod";
import { Failure } from "../../shared/job.ts";
import { plainText } from "./ring.ts";

const Answer = z.object({ id: z.number(), ok: z.boolean(), failure: Failure.optional() }).loose();
const Prepared = z.object({ train: z.string(), dataHash: z.string(), mask: z.array(z.string()) });
export type Prepared = z.infer<typeof Prepared>;

export interface ScoreRequest {
  job: string;
  protocol: unknown;
  protocolHash: string;
  runs: unknown[];
  key: string;
  data: string;
  kept: string;
  out: string;
  result: string;
}

export interface Scorer {
  /** Training data of a protocol, made when it is not there yet, and the files that would give away the held-out part. */
  prepare(protocol: unknown, data: string): Promise<Prepared>;
  /** Writes the held-out inputs into `<out>/heldout/`. */
  heldout(request: {
    protocol: unknown;
    runs: unknown[];
    key: string;
    data: string;
    out: string;
  }): Promise<void>;
  /** Computes, and writes `result`. */
  score(request: ScoreRequest): Promise<void>;
  close(): Promise<void>;
}

/** A request that the scorer answered with a failure. */
export class ScorerError extends Error {
  readonly failure: Failure;
  constructor(failure: Failure) {
    super(failure.message);
    this.failure = failure;
  }
}

/** Time for one request, in seconds: preparing reads many files, scoring is some matrix products. */
const LIMITS = { prepare: 600, heldout: 120, score: 600 };

export function createScorer(options: {
  python: string;
  trainerFolder: string;
  threads?: number;
  limits?: Partial<typeof LIMITS>;
}): Scorer {
  const limits = { ...LIMITS, ...options.limits };
  let child: ChildProcess | null = null;
  let lines: AsyncIterator<string> | null = null;
  let stderr = "";
  let nextId = 1;
  let queue: Promise<unknown> = Promise.resolve();
  let closed = false;

  const start = (): ChildProcess => {
    const app = dirname(options.trainerFolder);
    // It dies with this process, also in the middle of a request.
    const confine = join(options.trainerFolder, "confine.py");
    const { PATH = "/usr/bin:/bin", HOME = "/", LANG = "C.UTF-8", CUDA_VISIBLE_DEVICES } = process.env;
    const started = spawn(
      options.python,
      ["-I", "-S", confine, "{}", options.python, "-m", "trainer.score", "--serve"],
      {
        cwd: app,
        env: {
          ...{
            PATH,
            HOME,
            LANG,
            PYTHONPATH: app,
            PYTHONSAFEPATH: "1",
            OMP_NUM_THREADS: String(options.threads ?? 1),
          },
          ...(CUDA_VISIBLE_DEVICES === undefined ? {} : { CUDA_VISIBLE_DEVICES }),
        },
        stdio: ["pipe", "pipe", "pipe"],
        detached: true, // Ctrl-C in the terminal is for the program, which then stops in order
      },
    );
    stderr = "";
    started.stderr!.on("data", (chunk: Buffer) => {
      stderr = (stderr + plainText(chunk)).slice(-8000);
    });
    started.stdin!.on("error", () => {}); // a crash shows as the end of its output
    started.on("error", (error) => {
      stderr += error.message;
    });
    lines = createInterface({ input: started.stdout!, crlfDelay: Number.POSITIVE_INFINITY })[
      Symbol.asyncIterator
    ]();
    child = started;
    return started;
  };

  const stop = () => {
    child?.kill("SIGKILL");
    child = null;
    lines = null;
  };

  /** One request to the process there is, or to a new one. Throws on a crash and on a time-out. */
  const ask = async (op: keyof typeof LIMITS, body: object): Promise<Record<string, unknown>> => {
    if (closed) throw new Error("the scorer is closed");
    const process = child && child.exitCode === null && child.signalCode === null ? child : start();
    const id = nextId++;
    process.stdin!.write(`${JSON.stringify({ id, op, ...body })}\n`);
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(
        () => reject(new Error(`no answer to "${op}" within ${limits[op]} s`)),
        limits[op] * 1000,
      );
    });
    try {
      for (;;) {
        const line = await Promise.race([lines!.next(), late]);
        if (line.done) throw new Error(`it ended: ${stderr.trim().slice(-2000) || "no message"}`);
        const answer = parse(line.value);
        if (!answer || answer.id !== id) continue; // a library printed something
        if (!answer.ok) throw new ScorerError(answer.failure ?? unexplained);
        return answer;
      }
    } catch (error) {
      if (!(error instanceof ScorerError)) stop();
      throw error;
    } finally {
      clearTimeout(timer);
    }
  };

  const request = <T>(op: keyof typeof LIMITS, body: object, schema: z.ZodType<T>): Promise<T> => {
    const answer = queue.then(async () => {
      try {
        return schema.parse(await ask(op, body));
      } catch (error) {
        if (closed || error instanceof ScorerError || error instanceof z.ZodError) throw error;
        return schema.parse(await ask(op, body)); // every request can be repeated; twice is no accident
      }
    });
    queue = answer.catch(() => {});
    return answer;
  };

  const nothing = z.object({});
  return {
    prepare: (protocol, data) => request("prepare", { protocol, data }, Prepared),
    heldout: async (body) => void (await request("heldout", body, nothing)),
    score: async (body) => void (await request("score", body, nothing)),
    async close() {
      closed = true;
      const last = child;
      stop();
      if (last && last.exitCode === null && last.signalCode === null)
        await new Promise((resolve) => last.once("exit", resolve));
    },
  };
}

const unexplained: Failure = { kind: "internal", message: "The scorer failed without a reason.", detail: "" };

function parse(line: string): z.infer<typeof Answer> | null {
  try {
    return Answer.safeParse(JSON.parse(line)).data ?? null;
  } catch {
    return null;
  }
}
