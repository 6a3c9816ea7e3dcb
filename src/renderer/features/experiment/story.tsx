/** What an experiment was, what came of it, and what was made of that, in one column. */
import type { ReactNode } from "react";
import type { ExperimentView } from "../../../shared/views.ts";
import { to } from "../../state/route.ts";
import { ago, plural } from "../../ui/format.ts";
import { Markdown } from "../../ui/markdown.tsx";
import { Changes } from "./changes-line.tsx";
import { Costs } from "./costs.tsx";
import { FailureNote } from "./failure-note.tsx";
import { Gates } from "./gates.tsx";
import { Judge } from "./judge.tsx";
import { Lineage } from "./lineage.tsx";
import { MarksEditor } from "./marks-editor.tsx";
import { Cognition, OriginFacts } from "./origin.tsx";
import { reportsOf } from "./reports.ts";
import { Results } from "./results.tsx";
import type { EditableMarks } from "./use-marks.ts";

export function Section({
  title,
  aside,
  children,
}: {
  title: string;
  aside?: ReactNode;
  children: ReactNode;
}) {
  return (
    <section className="section" aria-label={title}>
      <div className="section-head">
        <h2>{title}</h2>
        {aside && <span className="muted small">{aside}</span>}
      </div>
      {children}
    </section>
  );
}

export function Story({ view, marks }: { view: ExperimentView; marks: EditableMarks }) {
  const { experiment, card } = view;
  const reports = reportsOf(experiment.analysis);
  return (
    <>
      {card.standing === "running" && (
        <p className="secondary">
          At the step {experiment.status}, last changed {ago(experiment.updatedAt)}.{" "}
          <a href={to("live")}>Watch it</a>
        </p>
      )}
      {experiment.failure && <FailureNote failure={experiment.failure} ended={experiment.status} />}
      {experiment.motivation.trim() !== "" && (
        <Section title="Motivation">
          <Markdown text={experiment.motivation} />
        </Section>
      )}
      <Section title="What changed">
        <Changes view={view} />
      </Section>
      <Section title="Result">
        <Comparison view={view} />
        <Results view={view} />
      </Section>
      {reports.length > 0 && (
        <Section title="Analysis">
          <div className="experiment-analysis">
            {reports.map(({ rung, text }) => (
              <div key={rung ?? ""} className="stack">
                {rung && <p className="muted small">On rung {rung}</p>}
                <Markdown text={text} />
              </div>
            ))}
          </div>
        </Section>
      )}
      {experiment.judgement && (
        <Section
          title="Judge"
          aside={`${experiment.judgement.by}${experiment.judgement.samples > 1 ? `, ${plural(experiment.judgement.samples, "answer")}` : ""}`}
        >
          <Judge judgement={experiment.judgement} />
        </Section>
      )}
      {experiment.gates.length > 0 && (
        <Section title="Gates" aside={gatesInWords(experiment.gates)}>
          <Gates gates={experiment.gates} />
        </Section>
      )}
      <Section title="Lineage">
        <Lineage view={view} />
      </Section>
      {experiment.cognition.length > 0 && (
        <Section title="Cognition used" aside="found by the analyst's queries">
          <Cognition entries={experiment.cognition} />
        </Section>
      )}
      <Section title="Where it came from">
        <OriginFacts view={view} />
      </Section>
      <Section title="Costs">
        <Costs view={view} />
      </Section>
      <Section title="Tags and note">
        <MarksEditor marks={marks} />
      </Section>
    </>
  );
}

function gatesInWords(gates: ExperimentView["experiment"]["gates"]): string {
  const failed = gates.filter((g) => !g.ok && !g.warning).length;
  const warned = gates.filter((g) => !g.ok && g.warning).length;
  const passed = gates.filter((g) => g.ok).length;
  const parts = [
    passed === gates.length ? `all ${passed} passed` : `${passed} of ${gates.length} passed`,
    ...(failed > 0 ? [`${failed} failed`] : []),
    ...(warned > 0 ? [plural(warned, "warning")] : []),
  ];
  return parts.join(", ");
}

/** What the figures stand beside, so that they mean something. */
function Comparison({ view }: { view: ExperimentView }) {
  const { campaign, card, baseline } = view;
  const { protocol } = campaign;
  const measured = baseline.find((b) => b.rung === card.rung) ?? baseline.at(-1);
  return (
    <p className="secondary">
      Compared with the baseline {protocol.baseline.mixer}
      {measured && ` (${plural(measured.loss.n, "seed")})`} at the candidate’s own size, under the protocol{" "}
      {protocol.name}
      {card.rung && (
        <>
          ; deepest rung reached: <span className="strong">{card.rung}</span>
        </>
      )}
      .
    </p>
  );
}
