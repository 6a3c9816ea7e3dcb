/** Fields as rows, experiments as columns. */
import { ArrowLeft, ArrowRight, ChevronDown, ChevronRight, X } from "lucide-react";
import { useState } from "react";
import { toExperiment } from "../../state/route.ts";
import { IconButton } from "../../ui/controls.tsx";
import { count, NONE, plural } from "../../ui/format.ts";
import { Figure, GainWhisker, StandingBadge } from "../../ui/measures.tsx";
import { Skeleton } from "../../ui/states.tsx";
import { type Row, telling, type Value } from "./fields.ts";
import type { Subject } from "./subjects.ts";

interface Props {
  subjects: readonly Subject[];
  /** Of those that have been read, in the same order. */
  rows: readonly Row[];
  highlight: string | null;
  onHighlight: (key: string | null) => void;
  /** By places: the one at `from` goes to `to`. */
  onMove: (from: number, to: number) => void;
  onRemove: (at: number) => void;
}

export function FieldsTable({ subjects, rows, ...rest }: Props) {
  const [all, setAll] = useState(false);
  const read = subjects.filter((s) => s.view !== null);
  const differing = rows.filter((r) => !r.same);
  const same = rows.filter((r) => r.same);
  // One alone differs from nothing.
  const alone = read.length < 2;
  const shown = alone ? rows : differing;
  const line = (row: Row) => <FieldRow key={row.name} row={row} subjects={subjects} />;
  return (
    <div className="compare-scroll">
      <table className="compare-table">
        <Head subjects={subjects} {...rest} />
        <tbody>{shown.map(line)}</tbody>
        {!alone && same.length > 0 && (
          <tbody>
            <tr className="compare-fold">
              <th scope="rowgroup" colSpan={subjects.length + 1}>
                <button type="button" aria-expanded={all} onClick={() => setAll(!all)}>
                  {all ? <ChevronDown size={14} aria-hidden /> : <ChevronRight size={14} aria-hidden />}
                  {plural(same.length, "field is", "fields are")} the same
                </button>
              </th>
            </tr>
            {all && same.map(line)}
          </tbody>
        )}
      </table>
    </div>
  );
}

function Head({ subjects, highlight, onHighlight, onMove, onRemove }: Omit<Props, "rows">) {
  return (
    <thead>
      <tr>
        <td>
          <span className="hidden-text">Field</span>
        </td>
        {subjects.map(({ key, item, name, line }, i) => (
          <th
            key={key}
            scope="col"
            data-lit={highlight === key || undefined}
            onPointerEnter={() => onHighlight(key)}
            onPointerLeave={() => onHighlight(null)}
          >
            <div className="row">
              <Swatch line={line} />
              <span className="compare-tools">
                <IconButton
                  small
                  label={`Move ${name} to the left`}
                  disabled={i === 0}
                  onClick={() => onMove(i, i - 1)}
                >
                  <ArrowLeft size={14} />
                </IconButton>
                <IconButton
                  small
                  label={`Move ${name} to the right`}
                  disabled={i === subjects.length - 1}
                  onClick={() => onMove(i, i + 1)}
                >
                  <ArrowRight size={14} />
                </IconButton>
                <IconButton small label={`Take ${name} out`} onClick={() => onRemove(i)}>
                  <X size={14} />
                </IconButton>
              </span>
            </div>
            <a className="compare-name strong" href={toExperiment(item.archive, item.id)} title={name}>
              {name}
            </a>
          </th>
        ))}
      </tr>
    </thead>
  );
}

export const Swatch = ({ line }: { line: Subject["line"] }) => (
  <svg width="20" height="8" aria-hidden="true" className="compare-swatch">
    <line
      x1="0"
      x2="20"
      y1="4"
      y2="4"
      stroke={line.colour}
      strokeWidth="2.5"
      strokeDasharray={line.dash.join(" ")}
    />
  </svg>
);

function FieldRow({ row, subjects }: { row: Row; subjects: readonly Subject[] }) {
  const marked = telling(row.values);
  const range = rangeOf(row.values);
  let at = -1;
  return (
    <tr>
      <th scope="row">{row.name}</th>
      {subjects.map(({ key, view, error }) => {
        if (!view) return <td key={key}>{error ? NONE : <Skeleton width={72} />}</td>;
        at++;
        const isBest = row.best === at;
        return (
          <td key={key} className={isBest ? "compare-best" : ""}>
            <Shown value={row.values[at]!} range={range} marked={row.same ? NOTHING : marked} />
            {isBest && <span className="compare-word small">best</span>}
          </td>
        );
      })}
    </tr>
  );
}

/** One scale for the whiskers of a row: the largest end of an interval. Gains of two kinds share none. */
const rangeOf = (values: readonly Value[]): number =>
  Math.max(
    0.001,
    ...values.flatMap((v) =>
      v.kind === "gain" && v.gain ? [Math.abs(v.gain.low), Math.abs(v.gain.high)] : [],
    ),
  );

const NOTHING: ReadonlySet<string> = new Set();

function Shown({ value, range, marked }: { value: Value; range: number; marked: ReadonlySet<string> }) {
  switch (value.kind) {
    case "figure":
      return <Figure value={value.value} sd={value.sd} n={value.n} decimals={value.decimals} />;
    case "count":
      return <span className="num">{count(value.value)}</span>;
    case "standing":
      return <StandingBadge standing={value.standing} />;
    case "text":
      return (
        <span className="compare-text" title={value.text}>
          {value.text}
        </span>
      );
    case "list":
      return value.items.length === 0 ? (
        <span>{NONE}</span>
      ) : (
        <ul className="compare-list">
          {value.items.map((item) => (
            <li key={item} className={marked.has(item) ? "" : "muted"}>
              {item}
            </li>
          ))}
        </ul>
      );
    case "gain": {
      const { gain, known } = value;
      const within = gain && known && gain.low <= 0 && gain.high >= 0;
      return (
        <div className="compare-gain">
          <Figure value={gain?.value} se={gain && known ? gain.se : null} difference />
          {gain && <GainWhisker gain={gain} range={range} width={96} />}
          {within && <span className="muted small">within noise of the baseline</span>}
          {gain && !known && <span className="muted small">noise unknown</span>}
        </div>
      );
    }
  }
}
