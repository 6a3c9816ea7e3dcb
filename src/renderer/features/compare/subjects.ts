/** The experiments that are compared, as they are read. */
import { useEffect, useRef, useState } from "react";
import type { ExperimentView } from "../../../shared/views.ts";
import { CallError, call, isCancelled } from "../../api/index.ts";
import type { Item } from "../../state/app.ts";
import { lineOf } from "../../ui/curves.ts";

export interface Subject {
  item: Item;
  key: string;
  /** Its name, told apart from others of the same name. */
  name: string;
  /** null: still being read, or it cannot be. */
  view: ExperimentView | null;
  error: CallError | null;
  line: { colour: string; dash: number[] };
}

type Answer = { view: ExperimentView | null; error: CallError | null };
const PENDING: Answer = { view: null, error: null };

export const keyOf = ({ archive, id }: Item): string => `${archive}/${id}`;

/** Each is read once; those that are taken out are forgotten. */
export function useSubjects(items: readonly Item[]): { subjects: Subject[]; retry: () => void } {
  const [answers, setAnswers] = useState<ReadonlyMap<string, Answer>>(new Map());
  const [tries, setTries] = useState(0);
  const asked = useRef(new Map<string, AbortController>());
  // `tries` asks again for those that failed.
  useEffect(() => {
    const wanted = new Map(items.map((item) => [keyOf(item), item]));
    for (const [key, abort] of asked.current)
      if (!wanted.has(key)) {
        abort.abort();
        asked.current.delete(key);
      }
    for (const [key, { archive, id }] of wanted) {
      if (asked.current.has(key)) continue;
      const abort = new AbortController();
      asked.current.set(key, abort);
      const put = (answer: Answer) => {
        if (!abort.signal.aborted) setAnswers((before) => new Map(before).set(key, answer));
      };
      call("experiments.get", { archive, id }, { signal: abort.signal }).then(
        (view) => put({ view, error: null }),
        (error) => {
          if (isCancelled(error)) return;
          put({
            view: null,
            error:
              error instanceof CallError
                ? error
                : new CallError({ code: "internal", message: String(error), fix: null }),
          });
        },
      );
    }
  }, [items, tries]);
  useEffect(
    () => () => {
      for (const abort of asked.current.values()) abort.abort();
      asked.current.clear();
    },
    [],
  );

  const nameOf = (item: Item) => answers.get(keyOf(item))?.view?.card.name ?? item.name;
  const names = items.map(nameOf);
  const subjects = items.map((item, i): Subject => {
    const { view, error } = answers.get(keyOf(item)) ?? PENDING;
    const twice = names.filter((n) => n === names[i]).length > 1;
    const name = twice ? `${names[i]} (${view ? view.card.index + 1 : item.id.slice(0, 6)})` : names[i]!;
    return {
      item,
      key: keyOf(item),
      name,
      view,
      error,
      line: lineOf({ name, x: [], y: [] }, i, items.length),
    };
  });
  const retry = () => {
    for (const { key, error } of subjects) if (error) asked.current.delete(key);
    setTries((n) => n + 1);
  };
  return { subjects, retry };
}
