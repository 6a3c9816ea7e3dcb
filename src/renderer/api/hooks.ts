/** Calls and topics in React. */
import { useCallback, useEffect, useRef, useState, useSyncExternalStore } from "react";
import type { Input, Output, ProcedureName } from "../../shared/procedures.ts";
import type { TopicName } from "../../shared/topics.ts";
import { type Client, connect, type Status } from "./client.ts";
import { CallError, isCancelled } from "./errors.ts";
import { type TopicState, topicStore } from "./store.ts";

export interface Called<T> {
  /** The last answer; kept while a newer one is under way, and when that fails. */
  data: T | null;
  error: CallError | null;
  loading: boolean;
  reload(): void;
}

export interface UseCallOptions {
  /** Asks again whenever something of this archive has changed. */
  watch?: string | null;
  client?: Client;
}

/** What went wrong, in the one form that pages show. */
const asCallError = (error: unknown): CallError =>
  error instanceof CallError
    ? error
    : new CallError({
        code: "internal",
        message: error instanceof Error ? error.message : String(error),
        fix: null,
      });

/**
 * The answer to a call, asked again when the input changes (by value).
 * @param input null: not asked yet
 */
export function useCall<N extends ProcedureName>(
  name: N,
  input: Input<N> | null,
  { watch = null, client = connect() }: UseCallOptions = {},
): Called<Output<N>> {
  const [state, setState] = useState<Omit<Called<Output<N>>, "reload">>({
    data: null,
    error: null,
    loading: input !== null,
  });
  const [asked, setAsked] = useState(0);
  const changes = useChanges(watch, client);
  const key = input === null ? null : JSON.stringify(input);
  const newest = useRef(input);
  newest.current = input;

  // `key` stands for the input, and `asked` and `changes` ask again.
  useEffect(() => {
    if (key === null) {
      setState({ data: null, error: null, loading: false });
      return;
    }
    const abort = new AbortController();
    setState((before) => ({ ...before, loading: true }));
    client.call(name, newest.current as Input<N>, { signal: abort.signal }).then(
      (data) => {
        if (!abort.signal.aborted) setState({ data, error: null, loading: false });
      },
      (error) => {
        if (abort.signal.aborted || isCancelled(error)) return;
        setState((before) => ({ ...before, error: asCallError(error), loading: false }));
      },
    );
    return () => abort.abort();
  }, [client, name, key, asked, changes]);

  const reload = useCallback(() => setAsked((n) => n + 1), []);
  return { ...state, reload };
}

/** Counts the changes of an archive that came since it is watched. */
function useChanges(archive: string | null, client: Client): number {
  const [count, setCount] = useState(0);
  useEffect(() => {
    if (archive === null) return;
    const store = topicStore(client, "changes");
    const read = () => store.get().data?.[archive] ?? 0;
    // What the counter says at first is no change.
    let last = store.get().data === null ? null : read();
    return store.subscribe(() => {
      if (store.get().data === null) return;
      const now = read();
      if (last !== null && now !== last) setCount((n) => n + 1);
      last = now;
    });
  }, [archive, client]);
  return count;
}

/** What has come on a topic; of a log, all items so far. Large streams (curves, terminals) use `follow` instead. */
export function useTopic<T extends TopicName>(topic: T, client: Client = connect()): TopicState<T> {
  const store = topicStore(client, topic);
  return useSyncExternalStore(store.subscribe, store.get);
}

/** Whether the program can be reached, and since when. */
export function useConnection(client: Client = connect()): Status {
  return useSyncExternalStore(client.onStatus, client.status);
}
