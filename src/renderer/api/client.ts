/**
 * Calls and topics over a connection that may break: it is made again with growing pauses, topics resume where they
 * were, and a program that was started anew is noticed by its epoch.
 */
import type { Input, Output, ProcedureName } from "../../shared/procedures.ts";
import type { Topic, TopicData, TopicMessage } from "../../shared/topics.ts";
import type { ClientMessage, ServerMessage } from "../../shared/wire.ts";
import { broken, CallError, cancelled, notConnected } from "./errors.ts";
import { isQuery } from "./queries.ts";
import { type Line, pageTransport, type Transport } from "./transport.ts";

export interface Status {
  /** connecting: for the first time. lost: it was there, or could not be made; it is tried again. */
  state: "connecting" | "open" | "lost";
  /** Milliseconds since 1970. */
  since: number;
}

export interface FollowOptions {
  /** Position to go on from; null, the default: everything that is held. */
  after?: number | null;
  /** The topic cannot be followed, or no more. */
  failed?: (error: CallError) => void;
}

export interface Client {
  /** @throws CallError; with code "cancelled" when `signal` is aborted */
  call<N extends ProcedureName>(
    name: N,
    input: Input<N>,
    options?: { signal?: AbortSignal },
  ): Promise<Output<N>>;
  /**
   * Calls `listener` with what is new, one message at a time: the next comes when the promise it returns is resolved, so
   * that a screen that draws slowly is not sent more than it can draw. Returns the way to stop.
   */
  follow<T extends Topic>(
    topic: T,
    listener: (message: TopicMessage<TopicData<T>>) => void | Promise<void>,
    options?: FollowOptions,
  ): () => void;
  /** The same object until it changes. */
  status(): Status;
  onStatus(listener: (status: Status) => void): () => void;
  close(): void;
}

interface Call {
  name: ProcedureName;
  message: ClientMessage;
  resolve(value: unknown): void;
  reject(error: CallError): void;
}

interface Following {
  topic: string;
  /** Position reached in this epoch. */
  after: number | null;
  listener(message: TopicMessage): void | Promise<void>;
  failed(error: CallError): void;
  /** The listener's work so far: messages are worked off one after the other, over broken connections too. */
  work: Promise<void>;
}

/** Pause before the n-th try, in milliseconds. */
export const pause = (tries: number): number => Math.min(250 * 2 ** tries, 5000);

/** The client over a transport; `connect` makes that of this page. */
export function createClient(transport: Transport): Client {
  const calls = new Map<number, Call>();
  const topics = new Map<number, Following>();
  const watchers = new Set<(status: Status) => void>();
  let status: Status = { state: "connecting", since: Date.now() };
  let line: Line | null = null;
  let epoch: string | null = null;
  let lastId = 0;
  let tries = 0;
  let timer: ReturnType<typeof setTimeout> | null = null;
  let closed = false;

  const enter = (state: Status["state"]) => {
    if (status.state === state) return;
    status = { state, since: Date.now() };
    for (const watcher of [...watchers]) watcher(status);
  };
  /** The line is good for sending only between its hello and its end. */
  const send = (message: ClientMessage) => {
    if (status.state === "open") line?.send(message);
  };
  const startFollowing = (id: number, { topic, after }: Following) =>
    send({ type: "follow", id, topic, after });

  function hello(now: string): void {
    // Positions of another epoch mean nothing: everything is read anew, and comes with `reset`.
    if (epoch !== null && epoch !== now) for (const topic of topics.values()) topic.after = null;
    epoch = now;
    tries = 0;
    enter("open");
    for (const [id, topic] of topics) startFollowing(id, topic);
    for (const { message } of calls.values()) send(message);
  }

  function lost(): void {
    line = null;
    enter("lost");
    for (const [id, { name, reject }] of calls) {
      if (isQuery(name)) continue;
      calls.delete(id);
      reject(broken(name));
    }
    timer = setTimeout(open, pause(tries++));
  }

  function topicMessage(id: number, { seq, reset, data }: TopicMessage): void {
    const topic = topics.get(id);
    if (!topic) return;
    const from = line;
    // Now, not when it is worked off: the listener will have it, whatever becomes of the connection.
    topic.after = seq;
    topic.work = topic.work
      .then(() => (topics.has(id) ? topic.listener({ seq, reset, data }) : undefined))
      .catch((error) => console.error(error))
      .then(() => {
        // Another connection's message of this number would be another one.
        if (topics.has(id) && line === from) send({ type: "ack", id, seq });
      });
  }

  function failure(id: number, error: CallError): void {
    const call = calls.get(id);
    calls.delete(id);
    call?.reject(error);
    const topic = topics.get(id);
    topics.delete(id);
    topic?.failed(error);
  }

  function receive(message: ServerMessage): void {
    if (message.type === "hello") hello(message.epoch);
    else if (message.type === "topic") topicMessage(message.id, message);
    else if (message.type === "error") failure(message.id, new CallError(message.error));
    else {
      const call = calls.get(message.id);
      calls.delete(message.id);
      call?.resolve(message.value);
    }
  }

  function open(): void {
    timer = null;
    let own: Line | null = null;
    let ended = false;
    own = transport.open(
      (message) => {
        line ??= own;
        if (!ended && !closed) receive(message);
      },
      () => {
        if (ended || closed) return;
        ended = true;
        lost();
      },
    );
    if (!ended) line = own;
  }

  open();
  return {
    call(name, input, { signal } = {}) {
      if (signal?.aborted) return Promise.reject(cancelled());
      if (status.state === "lost" && !isQuery(name)) return Promise.reject(notConnected());
      const id = ++lastId;
      return new Promise((resolve, reject) => {
        const giveUp = () => {
          if (!calls.delete(id)) return;
          send({ type: "cancel", id });
          reject(cancelled());
        };
        signal?.addEventListener("abort", giveUp, { once: true });
        const message: ClientMessage = { type: "call", id, name, input };
        const settled = () => signal?.removeEventListener("abort", giveUp);
        calls.set(id, {
          name,
          message,
          resolve(value) {
            settled();
            resolve(value as Output<typeof name>);
          },
          reject(error) {
            settled();
            reject(error);
          },
        });
        send(message);
      });
    },
    follow(topic, listener, { after = null, failed = () => {} } = {}) {
      const id = ++lastId;
      const following: Following = {
        topic,
        after,
        listener: listener as Following["listener"],
        failed,
        work: Promise.resolve(),
      };
      topics.set(id, following);
      startFollowing(id, following);
      return () => {
        if (topics.delete(id)) send({ type: "unfollow", id });
      };
    },
    status: () => status,
    onStatus(listener) {
      watchers.add(listener);
      return () => {
        watchers.delete(listener);
      };
    },
    close() {
      closed = true;
      if (timer !== null) clearTimeout(timer);
      line?.close();
      for (const { reject } of calls.values()) reject(cancelled());
      calls.clear();
      topics.clear();
    },
  };
}

let page: Client | null = null;

/** This page's client; the same one each time. */
export function connect(): Client {
  page ??= createClient(pageTransport());
  return page;
}
