/** What models were asked about this experiment, and what they answered. */
import { ChevronRight } from "lucide-react";
import { type ReactNode, useState } from "react";
import type { CallRow, ExperimentView } from "../../../shared/views.ts";
import { useCall } from "../../api/index.ts";
import { replaceQuery, useRoute } from "../../state/route.ts";
import { ScrollText } from "../../ui/code.tsx";
import { Segmented } from "../../ui/controls.tsx";
import { count, duration, money, number, time } from "../../ui/format.ts";
import { Markdown } from "../../ui/markdown.tsx";
import { Empty, ErrorNote, Loading } from "../../ui/states.tsx";

type Form = "markdown" | "plain";

export default function PromptsTab({ view }: { view: ExperimentView }) {
  const { calls, archive, experiment } = view;
  const open = useRoute().query.get("call");
  const [form, setForm] = useState<Form>("markdown");
  if (calls.length === 0) return <Empty>No language model was asked about this experiment.</Empty>;
  return (
    <div className="experiment-pad experiment-scroll">
      <div className="row">
        <p className="muted small grow">In the order in which they were sent.</p>
        <Segmented
          label="How texts are shown"
          value={form}
          onChange={setForm}
          options={[
            { value: "markdown", label: "Markdown" },
            { value: "plain", label: "Plain" },
          ]}
        />
      </div>
      <ul className="experiment-calls">
        {calls.map((row) => (
          <li key={row.id}>
            <Row
              row={row}
              open={open === row.id}
              onToggle={() => replaceQuery({ call: open === row.id ? null : row.id })}
            />
            {open === row.id && <Texts archive={archive} id={experiment.id} row={row} form={form} />}
          </li>
        ))}
      </ul>
    </div>
  );
}

/** What became of it, in a word. */
function outcomeOf({ state, verdict }: CallRow): { word: string; tone: string } {
  if (state === "failed") return { word: "failed", tone: "bad" };
  if (state !== "done") return { word: state === "sent" ? "awaiting the answer" : state, tone: "secondary" };
  if (verdict === "used") return { word: "used", tone: "good" };
  if (verdict === "repair") return { word: "sent back", tone: "secondary" };
  return verdict === "unusable" ? { word: "unusable", tone: "bad" } : { word: "done", tone: "secondary" };
}

function Row({ row, open, onToggle }: { row: CallRow; open: boolean; onToggle: () => void }) {
  const { word, tone } = outcomeOf(row);
  return (
    <button type="button" className="experiment-call" aria-expanded={open} onClick={onToggle}>
      <ChevronRight size={14} aria-hidden className={open ? "open" : ""} />
      <span className="strong">{row.role}</span>
      <span className="secondary clip">{row.model}</span>
      <span className={`small ${tone}`}>{word}</span>
      <span className="num small secondary experiment-end">
        {row.estimated && "about "}
        {count(row.tokens)} tokens
      </span>
      <span className="num small secondary">{money(row.cost)}</span>
      <span className="num small muted">{duration(row.seconds)}</span>
      <span className="num small muted">{time(row.sentAt)}</span>
    </button>
  );
}

function Texts({ archive, id, row, form }: { archive: string; id: string; row: CallRow; form: Form }) {
  const { data, error, reload } = useCall("experiments.call", { archive, id, call: row.id });
  if (error) return <ErrorNote error={error} retry={reload} />;
  if (!data) return <Loading label="Reading the texts" />;
  const { system, messages, answer, reasoning, note } = data;
  return (
    <div className="experiment-texts">
      {row.error && <ErrorNote error={{ message: row.error }} />}
      {note && <p className="secondary">{note}</p>}
      {row.estimated && <p className="muted small">Tokens and cost were estimated: the server named none.</p>}
      <Part title="System prompt" text={system} form={form} closed />
      {messages.map((m, i) => (
        <Part
          key={i}
          title={m.role === "user" ? "Prompt" : "Earlier answer"}
          text={m.content}
          form={form}
          closed={i < messages.length - 1}
        />
      ))}
      {reasoning && <Part title="Reasoning" text={reasoning} form={form} closed />}
      <Part title="Answer" text={answer ?? ""} form={form} />
      <p className="muted small mono">{row.key}</p>
    </div>
  );
}

function Part({
  title,
  text,
  form,
  closed,
}: {
  title: string;
  text: string;
  form: Form;
  closed?: boolean;
}): ReactNode {
  if (text === "") return <p className="muted">{title}: none.</p>;
  return (
    <details open={!closed}>
      <summary>
        {title} <span className="muted small num">{number(text.length, 0)} characters</span>
      </summary>
      {form === "plain" ? (
        <ScrollText className="experiment-text" text={text} />
      ) : (
        <Markdown text={text} top={3} />
      )}
    </details>
  );
}
