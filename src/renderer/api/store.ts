/** What has come on each topic, shared by all that show it: one subscription a topic, however many look. */
import { TOPICS, type TopicData, type TopicName } from "../../shared/topics.ts";
import type { Client } from "./client.ts";
import type { CallError } from "./errors.ts";

/** Of a log, the newest items that are held: what a screen can show. */
const HELD = 10_000;

export interface TopicState<T extends TopicName> {
  /** A state's newest value; of a log, what has come so far, oldest first. null: nothing has come yet. */
  data: TopicData<T> | null;
  error: CallError | null;
}

export interface Store<T extends TopicName> {
  /** The same object until something comes. */
  get(): TopicState<T>;
  /** The topic is followed as long as anyone listens. */
  subscribe(changed: () => void): () => void;
}

const NOTHING: TopicState<TopicName> = { data: null, error: null };
const stores = new WeakMap<Client, Map<TopicName, Store<TopicName>>>();

/** The one store of this topic. */
export function topicStore<T extends TopicName>(client: Client, topic: T): Store<T> {
  const own = stores.get(client) ?? new Map<TopicName, Store<TopicName>>();
  stores.set(client, own);
  const store = own.get(topic) ?? create(client, topic);
  own.set(topic, store);
  return store as unknown as Store<T>;
}

function create(client: Client, topic: TopicName): Store<TopicName> {
  const isLog = TOPICS[topic].kind === "log";
  const listeners = new Set<() => void>();
  let state = NOTHING;
  let stop: (() => void) | null = null;

  const set = (next: TopicState<TopicName>) => {
    state = next;
    for (const changed of [...listeners]) changed();
  };
  const start = () =>
    client.follow(
      topic,
      ({ data, reset }) => {
        const before = (reset ? null : state.data) as unknown[] | null;
        const whole = isLog ? [...(before ?? []), ...(data as unknown[])].slice(-HELD) : data;
        set({ data: whole as TopicData<TopicName>, error: null });
      },
      { failed: (error) => set({ ...state, error }) },
    );

  return {
    get: () => state,
    subscribe(changed) {
      const own = () => changed();
      listeners.add(own);
      stop ??= start();
      return () => {
        listeners.delete(own);
        if (listeners.size > 0) return;
        stop?.();
        stop = null;
        // What comes while nobody looks is not followed: next time it is read anew.
        state = NOTHING;
      };
    },
  };
}
