/** The knowledge base: what papers found, who drew on it, and entries of one's own. */
import { FilePlus, Plus } from "lucide-react";
import { useDeferredValue, useEffect, useRef, useState } from "react";
import type { Output } from "../../../shared/procedures.ts";
import { useCall } from "../../api/index.ts";
import { type Route, replaceQuery } from "../../state/route.ts";
import { isTyping } from "../../state/shortcuts.ts";
import { Button, Select, TextInput } from "../../ui/controls.tsx";
import { plural } from "../../ui/format.ts";
import { Page } from "../../ui/page.tsx";
import { Empty, ErrorNote, Loading, Note } from "../../ui/states.tsx";
import "./cognition.css";
import { AddPaper } from "./add-paper.tsx";
import { EntryEditor } from "./entry-editor.tsx";
import { EntryView } from "./entry-view.tsx";
import { Review } from "./review.tsx";

export type Entry = Output<"cognition.list">["entries"][number];

export default function Cognition({ route }: { route: Route }) {
  const [text, setText] = useState(route.query.get("q") ?? "");
  const [tag, setTag] = useState<string | null>(route.query.get("tag"));
  const [adding, setAdding] = useState<"paper" | "entry" | null>(null);
  const asked = useDeferredValue(text.trim());
  const { data, error, loading, reload } = useCall("cognition.list", { text: asked, tag });
  const { data: all, reload: reloadAll } = useCall("cognition.list", { text: "", tag: null });
  const { data: waiting, reload: reloadWaiting } = useCall("cognition.review", {});
  const field = useRef<HTMLInputElement>(null);
  const list = useRef<HTMLUListElement>(null);
  const id = route.query.get("id");
  const entries = data?.entries ?? [];
  const known = [...entries, ...(all?.entries ?? [])];
  const chosen = known.find((e) => e.id === id) ?? (id === null ? (entries[0] ?? null) : null);
  const tags = tagsOf(all?.entries ?? []);

  useEffect(() => replaceQuery({ q: asked || null, tag }), [asked, tag]);
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (event.key !== "/" || isTyping(event.target)) return;
      event.preventDefault();
      field.current?.focus();
    };
    globalThis.addEventListener("keydown", press);
    return () => globalThis.removeEventListener("keydown", press);
  }, []);
  const again = () => {
    reload();
    reloadAll();
    reloadWaiting();
  };
  const showAll = () => {
    setText("");
    setTag(null);
  };
  const walk = (event: React.KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step || entries.length === 0) return;
    event.preventDefault();
    const at = entries.findIndex((e) => e.id === chosen?.id);
    const next = entries[Math.min(entries.length - 1, Math.max(0, at + step))]!;
    replaceQuery({ id: next.id });
    list.current?.querySelector<HTMLElement>(`[data-id="${CSS.escape(next.id)}"]`)?.focus();
  };

  return (
    <Page
      title="Cognition"
      scroll={false}
      aside={
        <span className="secondary num" aria-live="polite">
          {data && plural(entries.length, "entry", "entries")}
          {all && data && entries.length < all.entries.length && ` of ${all.entries.length}`}
        </span>
      }
      actions={
        <>
          <Button onClick={() => setAdding("paper")}>
            <FilePlus size={16} aria-hidden />
            Add a paper
          </Button>
          <Button onClick={() => setAdding("entry")}>
            <Plus size={16} aria-hidden />
            Write an entry
          </Button>
        </>
      }
    >
      <div className="cognition">
        <div className="cognition-side">
          <div className="cognition-search">
            <TextInput
              ref={field}
              type="search"
              aria-label="Search the knowledge base"
              placeholder="A symptom, such as “recall drops with length”"
              value={text}
              onChange={(event) => setText(event.target.value)}
              onKeyDown={walk}
            />
            <Select
              aria-label="Tag"
              value={tag ?? ""}
              onChange={(value) => setTag(value || null)}
              options={[
                { value: "", label: "All tags" },
                ...tags.map(([t, n]) => ({ value: t, label: `${t} (${n})` })),
              ]}
            />
          </div>
          {waiting && waiting.length > 0 && <Review waiting={waiting} onDecided={again} />}
          {data?.problems.map((problem) => (
            <Note key={problem} tone="warn">
              {problem}
            </Note>
          ))}
          {error && <ErrorNote error={error} retry={reload} />}
          {!data && loading && <Loading />}
          {data && entries.length === 0 && (
            <Empty action={<Button onClick={showAll}>Show all</Button>}>
              No entry fits. Describe what goes wrong in the words of a report, or choose another tag.
            </Empty>
          )}
          <ul className="cognition-list" ref={list} onKeyDown={walk}>
            {entries.map((entry) => (
              <li key={entry.id}>
                <button
                  type="button"
                  data-id={entry.id}
                  aria-current={chosen?.id === entry.id ? "true" : undefined}
                  onClick={() => replaceQuery({ id: entry.id })}
                >
                  <span className="cognition-title clip">{entry.paper.title}</span>
                  <span className="cognition-scenario">{entry.scenario}</span>
                  <span className="muted small num">
                    {entry.paper.authors}, {entry.paper.year}
                    {entry.used > 0 && ` · used ${entry.used}×`}
                    {entry.own && " · your own"}
                    {entry.score !== null && ` · ${entry.score.toFixed(2)}`}
                  </span>
                </button>
              </li>
            ))}
          </ul>
        </div>
        <div className="cognition-main">
          {chosen ? (
            <EntryView key={chosen.id} entry={chosen} onChanged={again} onTag={setTag} />
          ) : id !== null && all ? (
            <Empty action={<Button onClick={() => replaceQuery({ id: null })}>Show the first entry</Button>}>
              There is no entry {id}. It may have been taken out since it was used.
            </Empty>
          ) : null}
        </div>
      </div>
      <AddPaper open={adding === "paper"} onClose={() => setAdding(null)} onAdded={again} />
      {adding === "entry" && (
        <EntryEditor
          entry={null}
          taken={known.map((e) => e.id)}
          onClose={() => setAdding(null)}
          onStored={again}
        />
      )}
    </Page>
  );
}

/** Tags by how often they occur. */
export function tagsOf(entries: readonly Pick<Entry, "tags">[]): [string, number][] {
  const counts = new Map<string, number>();
  for (const tag of entries.flatMap((e) => e.tags)) counts.set(tag, (counts.get(tag) ?? 0) + 1);
  return [...counts].sort(([a, m], [b, n]) => n - m || a.localeCompare(b));
}
