/** The measured figures, a column for each rung, and those that do not depend on one. */
import type { ReactNode } from "react";
import type { RungScore } from "../../../shared/domain.ts";
import type { ExperimentView } from "../../../shared/views.ts";
import { count, decimalsFor, NONE, number, percent, signed } from "../../ui/format.ts";
import { Figure, GainWhisker } from "../../ui/measures.tsx";
import { type Gain, gainOf } from "./gain.ts";

export function Results({ view }: { view: ExperimentView }) {
  const { scores } = view.experiment;
  return (
    <>
      {scores.length > 0 ? (
        <ByRung view={view} />
      ) : (
        <p className="secondary">Nothing was scored{view.experiment.failure ? "" : " yet"}.</p>
      )}
      <Sizes view={view} />
    </>
  );
}

interface Line {
  label: string;
  /** Belongs to the line above it. */
  sub?: boolean;
  cell: (s: RungScore) => ReactNode;
}

function ByRung({ view: { experiment, baseline } }: { view: ExperimentView }) {
  const scores = experiment.scores.toReversed();
  const lossGain = (s: RungScore) => gainOf(s.gain, s.gainSe, s.freedom.loss);
  const benchmarkGain = (s: RungScore) => gainOf(s.benchmarkGain, s.benchmarkGainSe, s.freedom.benchmark);
  // One scale for all intervals of a kind, so that their lengths can be compared.
  const reach = (of: typeof lossGain) => Math.max(0.001, ...scores.flatMap((s) => ends(of(s))));
  const base = (s: RungScore) => baseline.find((b) => b.rung === s.rung);
  const lossDecimals = (s: RungScore) => shared(s.loss, base(s)?.loss);
  const benchmarkDecimals = (s: RungScore) => shared(s.benchmark, base(s)?.benchmark);
  const lines: Line[] = [
    { label: "Loss", cell: (s) => <Spread spread={s.loss} decimals={lossDecimals(s)} /> },
    {
      label: "baseline",
      sub: true,
      cell: (s) => <Spread spread={base(s)?.loss ?? null} decimals={lossDecimals(s)} />,
    },
    {
      label: "gain",
      sub: true,
      cell: (s) => <GainCell gain={lossGain(s)} se={s.gainSe} reach={reach(lossGain)} />,
    },
    { label: "raw gain", sub: true, cell: (s) => <Figure value={s.rawGain} difference /> },
    { label: "Benchmark", cell: (s) => <Spread spread={s.benchmark} decimals={benchmarkDecimals(s)} /> },
    {
      label: "baseline",
      sub: true,
      cell: (s) => <Spread spread={base(s)?.benchmark ?? null} decimals={benchmarkDecimals(s)} />,
    },
    {
      label: "gain",
      sub: true,
      cell: (s) => <GainCell gain={benchmarkGain(s)} se={s.benchmarkGainSe} reach={reach(benchmarkGain)} />,
    },
    { label: "Fitness, calibrated", cell: (s) => <Figure value={s.fitness} /> },
    ...parts((s) => [s.parts.loss, s.parts.benchmark, s.parts.judge]),
    { label: "Fitness, paper", cell: (s) => <Figure value={s.fitnessPaper} /> },
    ...parts((s) => [s.parts.lossPaper, s.parts.benchmarkPaper, s.parts.judge]),
  ];
  return (
    <div className="experiment-wide">
      <table className="experiment-results">
        <thead>
          <tr>
            <th>Rung</th>
            {scores.map((s) => (
              <th key={s.rung} scope="col" className="rung">
                {s.rung}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {lines.map(({ label, sub, cell }, i) => (
            <tr key={i} className={sub ? "sub" : "head"}>
              <th scope="row">{label}</th>
              {scores.map((s) => (
                <td key={s.rung}>{cell(s)}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      <p className="muted small">
        Losses and benchmarks: mean ± standard deviation of their seeds. Gains: ± standard error, positive
        where the candidate is better; the line is the 95 % interval. Raw: against the baseline as it is, size
        not matched. A fitness is the mean of its three parts.
      </p>
    </div>
  );
}

const parts = (of: (s: RungScore) => readonly [number, number, number | null]): Line[] =>
  ["loss", "benchmark", "judge"].map((name, i) => ({
    label: name,
    sub: true,
    cell: (s) => <Figure value={of(s)[i]} />,
  }));

const ends = (gain: Gain | null): number[] =>
  gain ? [gain.value, gain.low, gain.high].filter(Number.isFinite).map(Math.abs) : [];

/** Figures that stand below each other have the same decimals: those of the less certain one. */
const shared = (...spreads: (RungScore["loss"] | undefined)[]): number =>
  Math.min(4, ...spreads.flatMap((s) => (s ? [decimalsFor(s.n > 1 ? s.sd : null)] : [])));

function Spread({ spread, decimals }: { spread: RungScore["loss"] | null; decimals: number }) {
  return (
    <div className="experiment-gain">
      <Figure value={spread?.mean} sd={spread?.sd} n={spread?.n} decimals={decimals} />
      {spread && spread.n > 1 && <span className="muted small num">{spread.n} seeds</span>}
    </div>
  );
}

const TONES = {
  "beyond noise": "good",
  "worse beyond noise": "bad",
  "within noise": "secondary",
  "noise not known": "secondary",
};

/** The gain with its standard error, its 95 % interval as a picture and as figures, and what may be said of it. */
function GainCell({ gain, se, reach }: { gain: Gain | null; se: number; reach: number }) {
  if (!gain) return <span className="muted">{NONE}</span>;
  const known = Number.isFinite(gain.low);
  const decimals = decimalsFor(se);
  return (
    <div className="experiment-gain">
      <Figure value={gain.value} se={known ? se : null} difference />
      {known && (
        <>
          <GainWhisker gain={gain} range={reach} width={104} />
          <span className="muted small num">
            {signed(gain.low, decimals)} to {signed(gain.high, decimals)}
          </span>
        </>
      )}
      <span className={`small ${TONES[gain.words]}`}>{gain.words}</span>
    </div>
  );
}

/** Size, cost and novelty. The ratios are those that the gates measured. */
function Sizes({ view: { card, experiment } }: { view: ExperimentView }) {
  const times = (gate: string) => experiment.gates.find((g) => g.name === gate)?.value ?? null;
  const versus = (gate: string) => {
    const value = times(gate);
    return value === null ? null : <span className="muted"> {number(value, 2)} × the baseline’s</span>;
  };
  return (
    <dl className="facts">
      <dt>Parameters</dt>
      <dd className="num">
        {count(card.params)} <span className="muted">whole model</span>
      </dd>
      <dt>Of the mixers</dt>
      <dd className="num">
        {count(card.mixerParams)}
        {versus("parameters")}
      </dd>
      <dt>FLOPs a token</dt>
      <dd className="num">
        {count(card.flopsPerToken)}
        {versus("flops")}
      </dd>
      <dt>Novelty</dt>
      <dd className="num">
        {percent(card.novelty)} <span className="muted">unlike its nearest predecessor</span>
      </dd>
    </dl>
  );
}
