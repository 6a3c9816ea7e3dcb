/** One experiment as a file to keep or to pass on. */
import { componentLabel } from "../../shared/components.ts";
import type { Experiment, Spread } from "../../shared/domain.ts";
import type { Card, ExperimentView, ExportFormat } from "../../shared/views.ts";

export interface Exported {
  filename: string;
  mime: string;
  text: string;
}

type View = Omit<ExperimentView, "archive">;

/** @param diagramSvg the picture of the module graph; null where none was traced: the SVG then says so */
export function exportOf(view: View, format: ExportFormat, diagramSvg: string | null): Exported {
  const name = fileName(view.experiment);
  switch (format) {
    case "mixer.py":
      return { filename: `${name}.py`, mime: "text/x-python", text: view.experiment.code };
    case "json":
      return { filename: `${name}.json`, mime: "application/json", text: jsonOf(view) };
    case "markdown":
      return { filename: `${name}.md`, mime: "text/markdown", text: reportOf(view) };
    case "svg":
      return { filename: `${name}.svg`, mime: "image/svg+xml", text: diagramSvg ?? NO_DIAGRAM };
    case "bibtex":
      return { filename: `${name}.bib`, mime: "application/x-bibtex", text: bibtexOf(view) };
  }
}

const NO_DIAGRAM = `<svg xmlns="http://www.w3.org/2000/svg" width="360" height="60" viewBox="0 0 360 60">
<text x="180" y="34" font-family="system-ui, sans-serif" font-size="14" text-anchor="middle" fill="#777">No module graph was traced.</text>
</svg>
`;

/** Safe on every file system, and unique enough: the name's letters and digits, and the start of the id. */
function fileName({ name, id }: Experiment): string {
  const plain = name
    .normalize("NFKD")
    .replace(/[^A-Za-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "")
    .slice(0, 60);
  return `${plain || "experiment"}-${id.slice(0, 8)}`;
}

/** The record with what belongs to it. Requests to models are left out: their texts may be private. */
function jsonOf(view: View): string {
  const {
    card,
    experiment,
    campaign,
    versions,
    curves,
    marks,
    parent,
    ancestors,
    references,
    baseline,
    promotions,
  } = view;
  const { id, name, protocol, protocolHash, search, device, tier, seed, researcher, createdAt } = campaign;
  const { standing, gain, benchmarkGain, noise, novelty, components } = card;
  return `${JSON.stringify(
    {
      format: "cambrian-experiment/1",
      experiment,
      standing,
      gain,
      benchmarkGain,
      noise,
      novelty,
      components,
      versions,
      curves,
      marks,
      parent,
      ancestors,
      references,
      baseline,
      promotions,
      campaign: { id, name, protocol, protocolHash, search, device, tier, seed, researcher, createdAt },
    },
    null,
    2,
  )}\n`;
}

// ---------------------------------------------------------------- report

const STANDING: Record<Card["standing"], string> = {
  discovery:
    "Discovery: beats the baseline beyond noise, on at least 5 paired seeds, after correction for all that was tested.",
  candidate: "Candidate: not shown to beat the baseline beyond noise.",
  running: "Under way.",
  rejected: "Rejected before training.",
  failed: "Failed.",
};

const NOISE: Record<NonNullable<Card["noise"]>, string> = {
  beyond: "better than the baseline at its own size, beyond noise",
  within: "within noise",
  worse: "worse than the baseline at its own size, beyond noise",
};

const number = (value: number, digits = 4): string => String(Number(value.toFixed(digits)));
const signed = (value: number): string => `${value > 0 ? "+" : ""}${number(value)}`;
const count = (value: number | null): string =>
  value === null ? "not measured" : Math.round(value).toLocaleString("en");
const spread = ({ mean, sd, n }: Spread): string =>
  n > 1 ? `${number(mean)} ± ${number(sd)} (sd, n = ${n})` : `${number(mean)} (n = 1)`;
/** Text of others in one line, where it cannot begin a heading, a table cell or a link. */
const inline = (text: string): string =>
  text
    .replace(/\s+/g, " ")
    .replace(/[\\`*_{}[\]<>#|]/g, "\\$&")
    .trim();
/** A fence that is longer than any within the text. */
function fenced(language: string, text: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map((m) => m[0].length));
  const fence = "`".repeat(longest + 1);
  return `${fence}${language}\n${text.replace(/\n+$/, "")}\n${fence}`;
}
const table = (head: string[], body: string[][]): string =>
  [head, head.map(() => "---"), ...body].map((row) => `| ${row.join(" | ")} |`).join("\n");

function interval(gain: Card["gain"], known: boolean): string {
  if (gain === null) return "not measured";
  return known
    ? `${signed(gain.value)} (95 % interval ${signed(gain.low)} to ${signed(gain.high)})`
    : `${signed(gain.value)} (noise unknown)`;
}

function reportOf({ card, experiment: e, campaign, ancestors, references, marks, promotions }: View): string {
  const rungs = e.scores.map((s) => [
    s.rung,
    spread(s.loss),
    spread(s.benchmark),
    signed(s.gain),
    number(s.gainSe),
    signed(s.benchmarkGain),
    number(s.fitness),
  ]);
  const gates = e.gates.map((g) => [
    inline(g.name),
    g.ok ? "passed" : g.warning ? "warning" : "failed",
    g.value === null ? "" : number(g.value, 6),
    g.limit === null ? "" : number(g.limit, 6),
    inline(g.detail),
  ]);
  const sections: (string | false)[] = [
    `# ${inline(e.name)}`,
    `Experiment ${e.index} of the campaign ${inline(campaign.name)} (${campaign.createdAt.slice(0, 10)}). ${STANDING[card.standing]}`,
    [
      `- Loss gain against the baseline at its own size: ${interval(card.gain, card.noise !== null)}${card.noise ? `, ${NOISE[card.noise]}` : ""}`,
      `- Benchmark gain: ${interval(card.benchmarkGain, card.benchmarkGain !== null && card.benchmarkGain.low < card.benchmarkGain.high)}`,
      `- Parameters: ${count(e.params)}, of which mixers ${count(e.mixerParams)}; FLOPs a token: ${count(e.flopsPerToken)}`,
      `- Novelty: ${card.novelty === null ? "not computed" : number(card.novelty, 2)} (1 − largest similarity of its code to an earlier one)`,
      `- Components found in the code: ${card.components.map(componentLabel).join(", ") || "none"}`,
      `- Proposed by ${inline(e.researcher)}; ${e.repairs === 0 ? "not repaired" : `repaired ${e.repairs} time${e.repairs > 1 ? "s" : ""}`}; sandbox: ${e.tier ?? "not run"}`,
      `- Protocol: ${campaign.protocol.name} (${campaign.protocolHash.slice(0, 12)}) on ${campaign.device}; ${number(e.seconds, 0)} s`,
    ].join("\n"),
    `## Motivation\n\n${e.motivation.trim() || "None was given."}`,
    rungs.length > 0 &&
      `## Scores\n\n${table(["Rung", "Loss", "Benchmark", "Loss gain", "SE", "Benchmark gain", "Fitness"], rungs)}`,
    promotions.length > 0 && promotions.map((p) => `- Promoted to ${p.rung}: ${p.status}`).join("\n"),
    gates.length > 0 && `## Gates\n\n${table(["Gate", "Verdict", "Value", "Limit", "Detail"], gates)}`,
    e.failure !== null &&
      `## Failure\n\n${inline(e.failure.message)} (${e.failure.kind})${e.failure.detail ? `\n\n${fenced("", e.failure.detail)}` : ""}`,
    e.judgement !== null &&
      `## Judgement\n\n${number(e.judgement.score, 2)} of 10, by ${inline(e.judgement.by)} (DeltaNet = 5, Gated DeltaNet = 10). ${inline(e.judgement.note)}`,
    e.analysis !== null && `## Analysis\n\n${e.analysis.trim()}`,
    ancestors.length + references.length > 0 &&
      `## Lineage\n\n${[
        ...ancestors.map((r) => `- Ancestor ${r.index}: ${inline(r.name)} (${r.id})`),
        ...references.map((r) => `- Reference ${r.index}: ${inline(r.name)} (${r.id})`),
      ].join("\n")}`,
    marks.note.trim() !== "" && `## Note\n\n${marks.note.trim()}`,
    `## Code\n\n${fenced("python", e.code)}`,
    `Experiment ${e.id}, code ${e.codeHash.slice(0, 16)}. Written by Cambrian.`,
  ];
  return `${sections.filter((s) => s !== false).join("\n\n")}\n`;
}

// ---------------------------------------------------------------- BibTeX

/** What TeX and BibTeX read as commands, written out; what is beyond ASCII stays, as biber and modern BibTeX take it. */
const tex = (text: string): string =>
  text
    .replace(/\s+/g, " ")
    .replace(/[\\{}~^&%$#_]/g, (c) =>
      c === "\\"
        ? "\\textbackslash "
        : c === "~"
          ? "\\textasciitilde "
          : c === "^"
            ? "\\textasciicircum "
            : `\\${c}`,
    )
    .replace(/\\[{}]/g, (c) => (c === "\\{" ? "\\textbraceleft " : "\\textbraceright ")) // An unbalanced brace ends the entry.
    .trim();

function bibtexOf({ experiment: e, campaign }: View): string {
  const date = e.createdAt.slice(0, 10);
  return `@software{cambrian-${e.id.slice(0, 8)},
  title = {{${tex(e.name)}}},
  author = {{Cambrian}},
  date = {${tex(date)}},
  year = {${tex(date.slice(0, 4))}},
  note = {Token mixer proposed by ${tex(e.researcher)}; experiment ${e.index} of the campaign ${tex(campaign.name)}, protocol ${tex(campaign.protocol.name)}},
  version = {${e.repairs}},
  eprint = {${e.id}},
  eprinttype = {cambrian}
}
`;
}
