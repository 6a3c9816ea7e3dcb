/** Fitness over the campaign with its running best, and what is bought with parameters or FLOPs. */
import { useState } from "react";
import type { Insights } from "../../../shared/views.ts";
import { Segmented } from "../../ui/controls.tsx";
import { count, number, signed } from "../../ui/format.ts";
import { type Dot, Scatter } from "./scatter.tsx";

interface Props {
  archive: string;
  data: Insights;
  rung: string;
}

export function Progress({ archive, data, rung }: Props) {
  const [by, setBy] = useState<"fitness" | "gain">("fitness");
  const points = data.progress.filter((p) => p.rung === rung);
  const dots: Dot[] = points.map((p) => ({
    id: p.id,
    name: p.name,
    standing: p.standing,
    x: p.index,
    y: by === "fitness" ? p.fitness : p.gain,
    ...(by === "gain" && { interval: p.interval }),
    strong: p.fitness >= p.best,
    text: `number ${p.index}: fitness ${number(p.fitness)}, gain ${signed(p.gain)} ± ${number(p.gainSe)}`,
  }));
  const line = points.flatMap((p, i): [number, number][] => {
    const before = points[i - 1];
    return before
      ? [
          [p.index, before.best],
          [p.index, p.best],
        ]
      : [[p.index, p.best]];
  });
  return (
    <section className="section" aria-label="Progress">
      <div className="section-head">
        <h2>Progress</h2>
        <span className="secondary">
          {by === "fitness"
            ? "the line is the running best"
            : "the dashed line is the baseline at each one's own size"}
        </span>
        <span className="grow" />
        <Segmented
          label="Shown"
          value={by}
          onChange={setBy}
          options={[
            { value: "fitness", label: "Fitness" },
            { value: "gain", label: "Gain" },
          ]}
        />
      </div>
      <Scatter
        archive={archive}
        dots={dots}
        {...(by === "fitness" ? { line } : { zero: true })}
        xLabel="experiment"
        yLabel={by === "fitness" ? "fitness" : "loss gain"}
        xFormat={(v) => (Number.isInteger(v) ? String(v) : "")}
        yFormat={(v) => (by === "fitness" ? number(v, 2) : signed(v, 2))}
        label={`${by} of ${dots.length} experiments over the campaign`}
      />
    </section>
  );
}

export function Pareto({ archive, data, rung }: Props) {
  const [y, setY] = useState<"loss" | "benchmark">("loss");
  const [x, setX] = useState<"params" | "flops">("params");
  const points = data.pareto.filter((p) => p.rung === rung);
  const key = `${y}${x === "params" ? "Params" : "Flops"}` as keyof (typeof points)[number]["front"];
  const front = points.filter((p) => p.front[key]).sort((a, b) => a[x] - b[x]);
  const dots: Dot[] = points.map((p) => ({
    id: p.id,
    name: p.name,
    standing: p.standing,
    x: p[x],
    y: p[y],
    strong: p.front[key],
    text: `${y} ${number(p[y])}, ${count(p.params)} parameters, ${count(p.flops)} FLOPs a token${p.front[key] ? ", not dominated" : ""}`,
  }));
  return (
    <section className="section" aria-label="Pareto front">
      <div className="section-head">
        <h2>What size buys</h2>
        <span className="secondary">
          the line joins the {front.length} that no other beats on both, noise left aside
        </span>
        <span className="grow" />
        <Segmented
          label="Measured"
          value={y}
          onChange={setY}
          options={[
            { value: "loss", label: "Loss" },
            { value: "benchmark", label: "Benchmark" },
          ]}
        />
        <Segmented
          label="Against"
          value={x}
          onChange={setX}
          options={[
            { value: "params", label: "Parameters" },
            { value: "flops", label: "FLOPs" },
          ]}
        />
      </div>
      <Scatter
        archive={archive}
        dots={dots}
        line={front.map((p) => [p[x], p[y]])}
        logX
        xLabel={x === "params" ? "parameters" : "FLOPs a token"}
        yLabel={y}
        xFormat={count}
        yFormat={(v) => number(v, 2)}
        label={`${y} against ${x} of ${dots.length} experiments`}
      />
    </section>
  );
}
