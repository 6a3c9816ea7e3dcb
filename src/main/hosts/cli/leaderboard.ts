/** What a campaign found, for a person: ranks with their noise, the noise itself, and how far the first rung can be trusted. */
import type {
  BaselinePoint,
  Campaign,
  Experiment,
  ProxyValidity,
  RungScore,
} from "../../../shared/domain.ts";
import { verdict } from "../../../shared/interval.ts";
import { count, fixed, type Paint, plain, signed, table } from "./format.ts";

/** Loss and benchmark together. Not a discovery yet: that takes reruns, and a correction for all that was tested. */
export function overall(
  s: Pick<RungScore, "gain" | "gainSe" | "benchmarkGain" | "benchmarkGainSe" | "freedom">,
): string {
  const both = [
    verdict(s.gain, s.gainSe, s.freedom.loss),
    verdict(s.benchmarkGain, s.benchmarkGainSe, s.freedom.benchmark),
  ];
  if (both.includes("better") && both.includes("worse")) return "mixed";
  return (["worse", "noise unknown", "better"] as const).find((v) => both.includes(v)) ?? "within noise";
}

/** Trained experiments, rung by rung, deepest first: results of different rungs are never ranked together. */
export function leaderboard(
  campaign: Campaign,
  experiments: readonly Experiment[],
  discoveries: ReadonlySet<string> = new Set(),
  width = 120,
  paint: Paint = plain,
): string[] {
  const lines: string[] = [];
  for (const rung of [...campaign.protocol.rungs].reverse()) {
    const ranked = experiments
      .flatMap((e) => {
        const score = e.scores.at(-1);
        return score?.rung === rung.name ? [{ e, score }] : [];
      })
      .sort((a, b) => b.score.fitness - a.score.fitness);
    if (ranked.length === 0) continue;
    if (lines.length > 0) lines.push("");
    lines.push(paint("bold", `Rung ${rung.name}`));
    const columns: Parameters<typeof table<(typeof ranked)[number]>>[1] = [
      { head: "rank", cell: (_, i) => String(i + 1), align: "right" },
      { head: "mixer", cell: ({ e }) => e.name, min: 16 },
      { head: "id", cell: ({ e }) => e.id.slice(0, 8) },
      { head: "parameters", cell: ({ e }) => count(e.params), align: "right" },
      { head: "loss", cell: ({ score }) => fixed(score.loss.mean, 3), align: "right" },
      {
        head: "gain",
        cell: ({ score: s }) => `${signed(s.gain, 3)} ± ${fixed(s.gainSe, 3)}`,
        align: "right",
      },
      {
        head: "benchmark gain",
        cell: ({ score: s }) => `${signed(s.benchmarkGain, 3)} ± ${fixed(s.benchmarkGainSe, 3)}`,
        align: "right",
      },
      { head: "fitness", cell: ({ score }) => fixed(score.fitness, 3), align: "right" },
      {
        head: "against baseline",
        cell: ({ e, score }) => {
          if (discoveries.has(e.id)) return paint("green", "discovery");
          const v = overall(score);
          return v === "better" ? paint("green", v) : v === "worse" ? paint("red", v) : v;
        },
      },
    ];
    lines.push(...table(ranked, columns, width, paint));
  }
  return lines;
}

/** Mean and spread of the baseline's own loss, by rung: the noise that every gain is held against. */
export function baselineNoise(campaign: Campaign, points: readonly BaselinePoint[]): string[] {
  const lm = new Set(
    Object.entries(campaign.protocol.tasks).flatMap(([name, t]) => (t.kind === "lm" ? [name] : [])),
  );
  return campaign.protocol.rungs.flatMap((rung) => {
    const own = points.find((p) => p.rung === rung.name && Math.abs(p.width - 1) < 1e-9);
    const losses = own?.runs.filter((r) => lm.has(r.task)).map((r) => r.loss) ?? [];
    if (losses.length === 0) return [];
    const mean = losses.reduce((a, b) => a + b, 0) / losses.length;
    const sd = Math.sqrt(losses.reduce((a, b) => a + (b - mean) ** 2, 0) / Math.max(1, losses.length - 1));
    const wider = points
      .filter((p) => p.rung === rung.name && p.width > 1)
      .sort((a, b) => a.width - b.width)
      .map((p) => `${p.width}×`);
    const also = wider.length > 0 ? `; also measured at ${wider.join(" and ")} its size` : "";
    const noise =
      losses.length > 1 ? `± ${sd.toFixed(4)} (standard deviation of ${losses.length} seeds)` : "(one seed)";
    return [
      `Baseline ${campaign.protocol.baseline.mixer}, rung ${rung.name}: loss ${mean.toFixed(4)} ${noise}${also}.`,
    ];
  });
}

/** How well the first rung predicts the second. */
export function proxyLine(p: ProxyValidity): string {
  if (p.rho === null) {
    return `Proxy validity: not known yet (${p.n} on both rungs; a rank correlation needs more).`;
  }
  const interval = p.low === null || p.high === null ? "" : ` [${p.low.toFixed(2)}, ${p.high.toFixed(2)}]`;
  const params =
    p.rhoParams === null ? "" : `; the parameter count alone predicts with ${p.rhoParams.toFixed(2)}`;
  return `Proxy validity: rank correlation of the first rung with the second ${p.rho.toFixed(2)}${interval}, n = ${p.n}${params}.`;
}
