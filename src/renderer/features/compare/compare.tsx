/** Two to twenty experiments side by side: what differs, and what of it is more than noise. */
import { type ReactNode, useMemo, useState } from "react";
import { type Item, useApp } from "../../state/app.ts";
import { to } from "../../state/route.ts";
import { CodeDiff } from "../../ui/code.tsx";
import { Button, Segmented, Select } from "../../ui/controls.tsx";
import { CurveChart } from "../../ui/curve-chart.tsx";
import { plural } from "../../ui/format.ts";
import { Page } from "../../ui/page.tsx";
import { byTask, drawn, tasksOf } from "../../ui/seed-curves.ts";
import { Empty, ErrorNote, Loading, Note } from "../../ui/states.tsx";
import { type Measure, scoreOn, sharedRungs } from "./comparison.ts";
import "./compare.css";
import { rowsOf } from "./fields.ts";
import { FieldsTable } from "./fields-table.tsx";
import { Pairs } from "./pairs.tsx";
import { axesOf } from "./parallel.ts";
import { ParallelPlot } from "./parallel-plot.tsx";
import { type Subject, useSubjects } from "./subjects.ts";

export default function Compare() {
  const compared = useApp((s) => s.compared);
  const { subjects, retry } = useSubjects(compared);
  if (compared.length === 0)
    return (
      <Page title="Compare">
        <Empty
          action={
            <Button asChild kind="primary">
              <a href={to("gallery")}>Open the gallery</a>
            </Button>
          }
        >
          Nothing is being compared yet: in the gallery or the tree, press Space on an experiment to add it
          here.
        </Empty>
      </Page>
    );
  return (
    <Page
      title="Compare"
      aside={<span className="muted">{plural(compared.length, "experiment")}</span>}
      actions={<Button onClick={useApp.getState().clearCompared}>Clear</Button>}
    >
      <div className="compare">
        <Problems subjects={subjects} retry={retry} />
        {compared.length === 1 && (
          <Note>
            One more is needed to compare: press Space on an experiment in the{" "}
            <a href={to("gallery")}>gallery</a> or the <a href={to("tree")}>tree</a>.
          </Note>
        )}
        <Comparison subjects={subjects} />
      </div>
    </Page>
  );
}

/** Those that cannot be read stay in the comparison until they are taken out. */
function Problems({ subjects, retry }: { subjects: readonly Subject[]; retry: () => void }) {
  const failed = subjects.filter((s) => s.error);
  if (failed.length === 0) return null;
  const [{ name, error }] = failed as [Subject];
  const others = failed.length > 1 ? ` (and ${failed.length - 1} more)` : "";
  return (
    <ErrorNote
      error={{ message: `${name}${others} cannot be read: ${error!.message}`, fix: error!.fix }}
      retry={retry}
    />
  );
}

function Comparison({ subjects }: { subjects: readonly Subject[] }) {
  const [chosen, setChosen] = useState<string | null>(null);
  const [highlight, setHighlight] = useState<string | null>(null);
  const views = subjects.flatMap((s) => (s.view ? [s.view] : []));
  const { shared, why } = sharedRungs(views);
  const rung = shared.find((r) => r === chosen) ?? shared.at(-1) ?? null;
  const rows = rowsOf(views, rung);
  if (views.length === 0 && subjects.some((s) => !s.error)) return <Loading lines={12} />;
  const light = { highlight, onHighlight: setHighlight };
  const scored = views.filter((v) => scoreOn(v, rung) !== null).length;
  return (
    <>
      <section className="section" aria-label="Fields">
        <div className="row wrap">
          <h2>Fields</h2>
          {shared.length > 1 && (
            <Segmented
              label="Figures of the rung"
              value={rung!}
              onChange={setChosen}
              options={shared.map((r) => ({ value: r, label: r }))}
            />
          )}
          {rung !== null && views.length > 1 && (
            <span className="muted small">
              Figures are those of {rung}, which all that were scored have reached. “best” is better than all
              others beyond noise.
            </span>
          )}
        </div>
        {why && views.length > 1 && <Note tone="warn">{why} Each is shown on its deepest rung.</Note>}
        <FieldsTable subjects={subjects} rows={rows} {...light} onMove={move} onRemove={remove} />
      </section>
      {rung !== null && scored > 1 && <PairsSection subjects={subjects} rung={rung} />}
      <CurvesSection subjects={subjects} />
      {views.length > 1 && (
        <Titled title="All figures at once">
          <ParallelPlot
            axes={axesOf(
              subjects.map((s) => s.view),
              rung,
            )}
            subjects={subjects}
            {...light}
          />
        </Titled>
      )}
      {views.length > 1 && <CodeSection subjects={subjects.filter((s) => s.view)} />}
    </>
  );
}

const Titled = ({ title, tools, children }: { title: string; tools?: ReactNode; children: ReactNode }) => (
  <section className="section" aria-label={title}>
    <div className="row wrap">
      <h2>{title}</h2>
      {tools}
    </div>
    {children}
  </section>
);

function PairsSection({ subjects, rung }: { subjects: readonly Subject[]; rung: string }) {
  const [measure, setMeasure] = useState<Measure>("loss");
  return (
    <Titled
      title="Pairs"
      tools={
        <>
          <Segmented
            label="Gain on"
            value={measure}
            onChange={setMeasure}
            options={[
              { value: "loss", label: "Gain on loss" },
              { value: "benchmark", label: "Gain on benchmark" },
            ]}
          />
          <span className="muted small">Row minus column, with the 95 % interval of the difference.</span>
        </>
      }
    >
      <Pairs subjects={subjects} rung={rung} measure={measure} />
    </Titled>
  );
}

function CurvesSection({ subjects }: { subjects: readonly Subject[] }) {
  const [chosen, setChosen] = useState<string | null>(null);
  const tasks = tasksOf(subjects.flatMap((s) => s.view?.curves ?? []));
  const task = tasks.find((t) => t === chosen) ?? tasks[0];
  const series = useMemo(
    () =>
      subjects.map(({ name, view }) => {
        const found = task === undefined ? undefined : byTask(view?.curves ?? []).get(task);
        // One without a curve keeps its place, and with it the others' colours.
        return { name, ...(found ? drawn(found) : { x: [], y: [] }) };
      }),
    [subjects, task],
  );
  if (task === undefined) return null;
  return (
    <Titled
      title="Curves"
      tools={
        tasks.length > 1 && (
          <Segmented
            label="Task"
            value={task}
            onChange={setChosen}
            options={tasks.map((t) => ({ value: t, label: t }))}
          />
        )
      }
    >
      <CurveChart of={task} series={series} xLabel="step" yLabel={`loss on ${task}`} height={280} />
    </Titled>
  );
}

function CodeSection({ subjects }: { subjects: readonly Subject[] }) {
  const [chosen, setChosen] = useState<{ before: string | null; after: string | null }>({
    before: null,
    after: null,
  });
  const find = (key: string | null, otherwise: number) =>
    subjects.find((s) => s.key === key) ?? subjects[otherwise]!;
  const before = find(chosen.before, 0);
  const after = find(chosen.after, 1);
  const options = subjects.map((s) => ({ value: s.key, label: s.name }));
  const codes = [before, after].map((s) => s.view!.experiment.code) as [string, string];
  return (
    <Titled
      title="Code"
      tools={
        <div className="row wrap">
          <Select
            aria-label="Before"
            className="compare-choice"
            value={before.key}
            onChange={(key) => setChosen({ before: key, after: after.key })}
            options={options}
          />
          <span className="muted">to</span>
          <Select
            aria-label="After"
            className="compare-choice"
            value={after.key}
            onChange={(key) => setChosen({ before: before.key, after: key })}
            options={options}
          />
          <Button onClick={() => setChosen({ before: after.key, after: before.key })}>Swap</Button>
        </div>
      }
    >
      {codes[0] === codes[1] ? (
        <p className="secondary">
          {before.key === after.key
            ? "Choose two different ones to see what changed."
            : "Their code is the same."}
        </p>
      ) : (
        <div className="compare-code" style={{ height: codeHeight(codes) }}>
          <CodeDiff before={codes[0]} after={codes[1]} label={`Code of ${before.name} and ${after.name}`} />
        </div>
      )}
    </Titled>
  );
}

/** As high as the code, in px, with room for what was taken out; long code scrolls. */
const codeHeight = (codes: readonly string[]): number =>
  Math.min(480, 18 * (Math.max(...codes.map((code) => code.split("\n").length)) + 8));

function move(from: number, to: number): void {
  const { compared } = useApp.getState();
  const item = compared[from];
  if (item) useApp.setState({ compared: compared.toSpliced(from, 1).toSpliced(to, 0, item) });
}

function remove(at: number): void {
  const { compared, say } = useApp.getState();
  const item = compared[at];
  if (!item) return;
  useApp.setState({ compared: compared.toSpliced(at, 1) });
  say({
    tone: "plain",
    text: `${item.name} was taken out of the comparison.`,
    action: { label: "Undo", run: () => putBack(item, at) },
  });
}

function putBack(item: Item, at: number): void {
  const { compared } = useApp.getState();
  if (compared.some((c) => c.id === item.id && c.archive === item.archive)) return;
  useApp.setState({ compared: compared.toSpliced(at, 0, item) });
}
