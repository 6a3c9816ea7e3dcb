/**
 * One screen's connection to the program, the same over IPC and WebSocket. Every message from a screen is checked: its
 * size, its form, the procedure's name, its input; and what goes out is checked against the contract as well.
 */
import { z } from "zod";
import { PROCEDURES, type ProcedureName } from "../../shared/procedures.ts";
import { type CallError, ClientMessage, MAX_MESSAGE, type ServerMessage } from "../../shared/wire.ts";
import { INTERNAL, toldOf } from "./errors.ts";
import { CallFailure, type Reading, type Service } from "./service.ts";
import { type Subscription, subscription } from "./subscription.ts";

export interface Connection {
  /** Takes one message, as JSON. False when it is none that a client of ours would send. */
  receive(text: string): boolean;
  /** Gives up what is under way. Nothing is sent after that. */
  close(): void;
}

/** Calls, and topics followed, at the same time: far above what a screen needs. */
const MAX_OPEN = 128;
const DEFAULT_SECONDS = 60;

type Limits = { seconds?: number };

/**
 * Serves `service` to one client.
 * @param send takes one message, as JSON
 * @param log takes the details of defects, which the client is not told
 */
export function connection(
  service: Service,
  send: (text: string) => void,
  log: (line: string) => void = (line) => process.stderr.write(`${line}\n`),
): Connection {
  const calls = new Map<number, AbortController>();
  const topics = new Map<number, Subscription>();
  let closed = false;

  const tell = (message: ServerMessage) => {
    if (!closed) send(JSON.stringify(message));
  };
  const refuse = (id: number, error: CallError) => tell({ type: "error", id, error });

  async function call(id: number, name: string, input: unknown): Promise<void> {
    if (calls.has(id)) return; // The answer to the first is on its way under this number.
    if (!Object.hasOwn(PROCEDURES, name)) return refuse(id, unknownProcedure(name));
    if (calls.size >= MAX_OPEN) return refuse(id, TOO_MANY);
    const procedure = PROCEDURES[name as ProcedureName];
    const checked = procedure.input.safeParse(input);
    if (!checked.success) return refuse(id, badInput(name, checked.error));

    const abort = new AbortController();
    calls.set(id, abort);
    const seconds = (procedure as Limits).seconds ?? DEFAULT_SECONDS;
    const timer = setTimeout(() => abort.abort(timedOut(name, seconds)), seconds * 1000);
    try {
      const run = service.procedures[name as ProcedureName] as (
        input: unknown,
        signal: AbortSignal,
      ) => Promise<unknown>;
      // A procedure that does not heed its signal is left alone, and its client is answered all the same.
      const value = await Promise.race([run(checked.data, abort.signal), aborted(abort.signal)]);
      const output = procedure.output.safeParse(value);
      if (!output.success)
        throw new Error(`its output breaks the contract: ${z.prettifyError(output.error)}`);
      tell({ type: "result", id, value: output.data });
    } catch (thrown) {
      const told = toldOf(abort.signal.aborted ? abort.signal.reason : thrown);
      if (told === null) log(`${name}: ${detail(thrown)}`);
      refuse(id, told ?? INTERNAL);
    } finally {
      clearTimeout(timer);
      calls.delete(id);
    }
  }

  function follow(id: number, topic: string, after: number | null): void {
    if (topics.has(id)) return;
    const source = service.topic(topic);
    const why = source === null ? unknownTopic(topic) : topics.size >= MAX_OPEN ? TOO_MANY : null;
    if (source === null || why !== null) {
      refuse(id, why ?? INTERNAL);
      return;
    }
    const send = ({ seq, reset, data }: Reading) => tell({ type: "topic", id, seq, reset, data });
    const failed = (error: unknown) => {
      log(`topic ${topic}: ${detail(error)}`);
      refuse(id, INTERNAL);
    };
    topics.set(id, subscription(source, after, send, failed));
  }

  function take(message: ClientMessage): void {
    switch (message.type) {
      case "call":
        void call(message.id, message.name, message.input);
        break;
      case "cancel":
        calls.get(message.id)?.abort(cancelled());
        break;
      case "follow":
        follow(message.id, message.topic, message.after);
        break;
      case "unfollow":
        topics.get(message.id)?.close();
        topics.delete(message.id);
        break;
      case "ack":
        topics.get(message.id)?.ack(message.seq);
        break;
    }
  }

  tell({ type: "hello", epoch: service.epoch });
  return {
    receive(text) {
      if (closed) return true;
      if (text.length > MAX_MESSAGE) return false;
      const message = ClientMessage.safeParse(parsed(text));
      if (message.success) take(message.data);
      return message.success;
    },
    close() {
      closed = true;
      for (const topic of topics.values()) topic.close();
      topics.clear();
      for (const abort of calls.values()) abort.abort(cancelled());
    },
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const aborted = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason), { once: true }));

const detail = (thrown: unknown): string =>
  thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);

const cancelled = () => new CallFailure("cancelled", "The call was given up.");

const TOO_MANY: CallError = {
  code: "too_many",
  message: "Too much is being asked at the same time.",
  fix: "Wait for an answer, then try again.",
};

const unknownProcedure = (name: string): CallError => ({
  code: "unknown_procedure",
  message: `This version of Cambrian has no procedure ${JSON.stringify(name.slice(0, 60))}.`,
  fix: "Reload the window: it may be of another version than the program.",
});

const unknownTopic = (topic: string): CallError => ({
  code: "unknown_topic",
  message: `There is nothing to follow under ${JSON.stringify(topic.slice(0, 60))}.`,
  fix: "It may have ended. Reload the window.",
});

const timedOut = (name: string, seconds: number) =>
  new CallFailure(
    "timeout",
    `${name} took longer than ${seconds} s and was given up.`,
    "Try again when the machine has less to do.",
  );

/** The contract's own words where it has some ("Give the campaign a name."), with the field. */
const badInput = (name: string, error: z.ZodError): CallError => ({
  code: "bad_input",
  message: error.issues
    .slice(0, 3)
    .map((issue) => `${issue.path.join(".") || name}: ${issue.message}`)
    .join(" "),
  fix: null,
});
