/** One entry: symptom, method, context, source, and the experiments that drew on it. */
import { useState } from "react";
import { call, useCall } from "../../api/index.ts";
import { sayError, useApp } from "../../state/app.ts";
import { toExperiment } from "../../state/route.ts";
import { Button } from "../../ui/controls.tsx";
import { Markdown } from "../../ui/markdown.tsx";
import { Figure, StandingBadge } from "../../ui/measures.tsx";
import { ErrorNote, Loading } from "../../ui/states.tsx";
import type { Entry } from "./cognition.tsx";
import { plainEntry } from "./entry.ts";
import { EntryEditor } from "./entry-editor.tsx";

export function EntryView({
  entry,
  onChanged,
  onTag,
}: {
  entry: Entry;
  onChanged: () => void;
  onTag: (tag: string) => void;
}) {
  const { data: usage, error, reload } = useCall("cognition.usage", { id: entry.id });
  const [editing, setEditing] = useState(false);
  const remove = async () => {
    try {
      await call("cognition.remove", { id: entry.id });
      onChanged();
      useApp.getState().say({
        tone: "plain",
        text: `“${entry.paper.title}” was taken out.`,
        action: {
          label: "Undo",
          run: () => void call("cognition.save", plainEntry(entry)).then(onChanged, sayError),
        },
      });
    } catch (failure) {
      sayError(failure);
    }
  };
  return (
    <article className="cognition-entry">
      <header>
        <h2>{entry.paper.title}</h2>
        <p className="secondary">{entry.citation}</p>
        <div className="row wrap">
          {entry.tags.map((tag) => (
            <button
              key={tag}
              type="button"
              className="chip"
              onClick={() => onTag(tag)}
              title={`Entries tagged ${tag}`}
            >
              {tag}
            </button>
          ))}
          <span className="grow" />
          {entry.own && (
            <>
              <Button small onClick={() => setEditing(true)}>
                Edit
              </Button>
              <Button small kind="quiet" onClick={remove}>
                Take out
              </Button>
            </>
          )}
        </div>
      </header>
      <section className="section">
        <h3>When it helps</h3>
        <Markdown text={entry.scenario} />
      </section>
      <section className="section">
        <h3>Method</h3>
        <Markdown text={entry.algorithm} />
      </section>
      <section className="section">
        <h3>In the field</h3>
        <Markdown text={entry.context} />
      </section>
      <dl className="facts">
        <dt>Entry</dt>
        <dd className="mono">{entry.id}</dd>
        {entry.paper.arxiv && (
          <>
            <dt>arXiv</dt>
            <dd className="mono">{entry.paper.arxiv}</dd>
          </>
        )}
      </dl>
      <section className="section">
        <h3>Experiments that drew on it</h3>
        {error && <ErrorNote error={error} retry={reload} />}
        {!usage && !error && <Loading lines={2} />}
        {usage?.length === 0 && <p className="secondary">None in the archives that are open.</p>}
        {usage && usage.length > 0 && (
          <table>
            <thead>
              <tr>
                <th>Experiment</th>
                <th>Asked for</th>
                <th className="num">Score</th>
                <th className="num">Gain</th>
              </tr>
            </thead>
            <tbody>
              {usage.map((u) => (
                <tr key={`${u.archive} ${u.experiment.id} ${u.query}`}>
                  <td>
                    <span className="row">
                      <StandingBadge standing={u.experiment.standing} quiet />
                      <a href={toExperiment(u.archive, u.experiment.id)}>{u.experiment.name}</a>
                    </span>
                  </td>
                  <td className="secondary">{u.query}</td>
                  <td className="num">{u.score.toFixed(2)}</td>
                  <td className="num">
                    <Figure value={u.experiment.gain} se={u.experiment.gainSe} difference />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
      </section>
      {editing && <EntryEditor entry={entry} onClose={() => setEditing(false)} onStored={onChanged} />}
    </article>
  );
}
