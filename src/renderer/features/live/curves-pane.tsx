/** The curves of what trains, with its parent and the baseline as ghosts. */
import { useEffect, useMemo, useRef, useState } from "react";
import type { LiveTask } from "../../../shared/live.ts";
import { follow, useCall } from "../../api/index.ts";
import { Select } from "../../ui/controls.tsx";
import { CurveChart } from "../../ui/curve-chart.tsx";
import { runParts, tasksOf } from "../../ui/seed-curves.ts";
import { type Run, type Runs, seriesOf, withPoints } from "./runs.ts";
import { subjectOf } from "./words.ts";

/** A chart that is drawn this often looks continuous, and leaves time for the rest. */
const EVERY_MS = 200;

function useRuns(): Runs {
  const [shown, setShown] = useState<Runs>(new Map());
  const runs = useRef<Runs>(shown);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | null = null;
    const stop = follow("curves", ({ data, reset }) => {
      runs.current = withPoints(runs.current, data, reset);
      timer ??= setTimeout(() => {
        timer = null;
        setShown(runs.current);
      }, EVERY_MS);
    });
    return () => {
      stop();
      if (timer) clearTimeout(timer);
    };
  }, []);
  return shown;
}

/** The newest run of each subject, newest subject first. */
const subjects = (runs: Runs): Run[] => {
  const newest = new Map<string, Run>();
  for (const run of runs.values()) newest.set(run.subject, run);
  return [...newest.values()].reverse();
};

export function CurvesPane({
  archive,
  task,
  chosen,
  onChoose,
}: {
  archive: string;
  /** The task that is looked at. */
  task: LiveTask | null;
  /** Subject that a person chose; null: what trains. */
  chosen: string | null;
  onChoose: (subject: string) => void;
}) {
  const runs = useRuns();
  const [kind, setKind] = useState<string | null>(null);
  const all = useMemo(() => subjects(runs), [runs]);
  const wanted = chosen ?? (task?.run ? subjectOf(task) : null);
  // Between two trainings the last one stays.
  const subject = (all.find((r) => r.subject === wanted) ?? all[0])?.subject ?? null;
  const own = useMemo(() => [...runs.values()].filter((r) => r.subject === subject), [runs, subject]);
  const id = own[0]?.experimentId ?? null;
  const { data: view } = useCall("experiments.get", id ? { archive, id } : null);
  const known = view?.card.id === id ? view : null;
  const parentId = known?.parent?.id ?? null;
  const { data: parent } = useCall("experiments.curves", parentId ? { archive, id: parentId } : null);

  const kinds = tasksOf(own);
  const training = task?.run && subjectOf(task) === subject ? runParts(task.run).task : (kinds[0] ?? null);
  const shown = kind && kinds.includes(kind) ? kind : training;
  const series = useMemo(
    () =>
      shown ? seriesOf({ runs: own, task: shown, view: known, parent: parentId ? (parent ?? []) : [] }) : [],
    [own, shown, known, parent, parentId],
  );
  return (
    <section className="live-curves" aria-label="Training curves">
      <CurveChart
        of={`${subject} ${shown}`}
        series={series}
        xLabel="step"
        yLabel={shown && kinds.length < 2 ? `${shown} loss` : "loss"}
        height="fill"
        title={
          <>
            <h2>Curves</h2>
            {all.length > 1 && (
              <Select
                aria-label="Training that is shown"
                className="live-select"
                value={subject ?? ""}
                onChange={onChoose}
                options={all.map((r) => ({ value: r.subject, label: r.name }))}
              />
            )}
            {kinds.length > 1 && (
              <Select
                aria-label="Task that is shown"
                className="live-select"
                value={shown ?? ""}
                onChange={setKind}
                options={kinds.map((k) => ({ value: k, label: k }))}
              />
            )}
          </>
        }
      />
    </section>
  );
}
