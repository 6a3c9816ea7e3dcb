/**
 * A report on one result by a model, held against the measurements: invented figures and claims within noise are sent back
 * once, and what remains of them is marked in the report.
 */
import type { Experiment } from "../../../shared/domain.ts";
import { type AnalyseContext, type Analyst, LlmError, type Report } from "../../interfaces.ts";
import { queries, withoutQueries, withoutThinking } from "./answer.ts";
import { askRole, type Parsed } from "./ask.ts";
import { overclaims, unsupported } from "./claims.ts";
import { AnswerError } from "./errors.ts";
import { failureList } from "./facts.ts";
import { estimate, fit, room, type Section } from "./fit.ts";
import { type Measurements, measurements } from "./measurements.ts";
import { endpointOf, modelOf, type Parts, placeOf } from "./place.ts";
import { prompt } from "./prompts.ts";
import { frame, sentenceOf } from "./shown.ts";

export const HEADINGS = ["What changed", "What happened", "Why, probably", "What to try next"] as const;
export type Heading = (typeof HEADINGS)[number];

/** Siblings that the analyst is shown: the newest. */
const SIBLINGS = 8;
/** Entries of the cognition base for one experiment. */
const ENTRIES = 3;
/** Characters of a section that are kept. */
const SECTION = 6000;
/** Characters of a claim that are quoted, and of a query. */
const QUOTE = 200;
const QUERY = 600;

export type ReportSections = Record<Heading, string>;

const TITLES = HEADINGS.map((h) => h.replace(", ", ",?\\s+")).join("|");
const MARK = "[ \\t]*(?:#{1,6}[ \\t]*)?[*_]{0,3}(?:\\d{1,2}[.)][ \\t]*)?[*_]{0,3}";
/** A heading alone on its line, or followed by a colon and its text. */
const HEADING = new RegExp(
  `^${MARK}(${TITLES})(?:[*_ \\t]*[:.?]?[*_ \\t]*$|[*_ \\t]*:[*_]*[ \\t]*(.+)$)`,
  "i",
);

const headingOf = (title: string): Heading => {
  const plain = (text: string) => text.toLowerCase().replace(/[^a-z]/g, "");
  return HEADINGS.find((h) => plain(h) === plain(title))!;
};

/** The four sections and the queries of an answer. Never throws. */
export function parseReport(
  text: string,
  reasoning: string,
): Parsed<{ sections: ReportSections; queries: string[] }> {
  const outside = withoutThinking(text).text;
  const said = /[\p{L}\p{N}]/u.test(outside) ? outside : withoutThinking(reasoning).text;
  const found = new Map<Heading, string[]>();
  let current: Heading | null = null;
  // An answer that stands in a fence as a whole has its lines between two of them.
  const lines = withoutQueries(said.trim().replace(/^```(?:markdown|md)?[ \t]*\n([\s\S]*)\n```$/, "$1"));
  for (const line of lines.split("\n")) {
    const heading = line.length < 2000 ? line.match(HEADING) : null;
    if (heading) {
      current = headingOf(heading[1]!);
      found.set(current, [...(found.get(current) ?? []), heading[2] ?? ""]);
    } else if (current !== null && !/^\s*>\s*Checked against the archive/i.test(line)) {
      found.get(current)!.push(line);
    }
  }
  const sections = Object.fromEntries(
    HEADINGS.map((h) => [h, (found.get(h) ?? []).join("\n").trim().slice(0, SECTION)]),
  ) as ReportSections;
  const missing = HEADINGS.filter((h) => !/[\p{L}\p{N}]/u.test(sections[h]));
  if (missing.length > 0) {
    const which = missing.map((h) => `"## ${h}"`).join(", ");
    return { ok: false, why: `These sections are missing or empty: ${which}` };
  }
  return { ok: true, sections, queries: queries(said) };
}

export interface Violations {
  figures: string[];
  claims: string[];
}

/** What of a report the measurements do not carry. What is to be tried next is no claim. */
export function violations(sections: ReportSections, measured: Measurements): Violations {
  const all = HEADINGS.map((h) => sections[h]).join("\n");
  const told = HEADINGS.slice(0, 3)
    .map((h) => sections[h])
    .join("\n");
  return { figures: unsupported(all, measured), claims: overclaims(told, measured.comparisons) };
}

const quoted = (claims: readonly string[]): string =>
  claims.map((c) => `"${c.length > QUOTE ? `${c.slice(0, QUOTE - 1)}…` : c}"`).join("; ");

/** What the model is told of its violations; null without any. */
function objection({ figures, claims }: Violations): string | null {
  const parts = [
    ...(figures.length > 0 ? [`these figures are not in the measurements: ${figures.join(", ")}`] : []),
    ...(claims.length > 0
      ? [`these sentences claim what the measurements do not show beyond noise: ${quoted(claims)}`]
      : []),
  ];
  return parts.length === 0 ? null : `${parts.join("; ")}. Correct them or leave them out, and keep the rest`;
}

/** What a reader is told of them: lines of a block quote. */
function flags({ figures, claims }: Violations): string[] {
  return [
    ...(figures.length > 0
      ? [`> Checked against the archive: these figures are not in the measurements: ${figures.join(", ")}.`]
      : []),
    ...(claims.length > 0
      ? [`> Checked against the archive: the measurements do not show this beyond noise: ${quoted(claims)}.`]
      : []),
  ];
}

function render(sections: ReportSections, found: Violations, by: string): string {
  const marks = flags(found);
  return [
    ...HEADINGS.map((h) => `## ${h}\n\n${sections[h]}`),
    ...(marks.length > 0 ? [marks.join("\n>\n")] : []),
    `Report by ${by}.`,
  ].join("\n\n");
}

const lineOf = (e: Experiment): string => `- ${e.name}: ${sentenceOf(e.motivation)}`;

function question(context: AnalyseContext, measured: Measurements, chars: number): string {
  const { campaign, experiment, parent, siblings } = context;
  const failures = failureList(siblings);
  const sections: Section[] = [
    { title: "The model that it is a part of", text: frame(campaign), priority: 8 },
    { title: "Measurements", text: measured.text, priority: 9 },
    { title: `Motivation of ${experiment.name}`, text: experiment.motivation, priority: 6, data: true },
    { title: `Code of ${experiment.name}`, text: experiment.code, priority: 7, data: true },
    ...(parent
      ? [
          { title: "Motivation of its parent", text: parent.motivation, priority: 4, data: true },
          { title: "Code of its parent", text: parent.code, priority: 3, min: 500, data: true },
        ]
      : []),
    ...(parent?.analysis
      ? [{ title: "Earlier report on the parent", text: parent.analysis, priority: 1, data: true }]
      : []),
    ...(siblings.length > 0
      ? [{ title: "What the siblings are", text: siblings.map(lineOf).join("\n"), priority: 2, data: true }]
      : []),
    ...(failures.length > 0
      ? [{ title: "Siblings that failed", text: failures.join("\n"), priority: 2, data: true }]
      : []),
    {
      title: "Your answer",
      text: `${HEADINGS.map((h) => `## ${h}`).join(", ")}, then 1 to 3 QUERY: lines.`,
      priority: 10,
    },
  ];
  return fit(sections, chars);
}

/**
 * The model's report; its queries, or else what happened, find entries of the cognition base. Where no model can be had, or
 * none of its answers is a report, the built-in report stands in its place and says so. @throws the signal's reason
 */
export function llmAnalyst({ llm, settings, cognition, fallback }: Parts): Analyst {
  const entriesFor = async (asked: readonly string[], signal: AbortSignal) => {
    try {
      return await cognition.retrieve(asked, ENTRIES, signal);
    } catch (error) {
      if (error instanceof LlmError) return []; // the report is worth more than what goes with it
      throw error;
    }
  };

  return {
    async analyse(given, signal): Promise<Report> {
      const { campaign, experiment, score } = given;
      // Of a parent with a hundred children all would push the code out of the question.
      const siblings = given.siblings.filter((e) => e.id !== experiment.id).slice(-SIBLINGS);
      const context = { ...given, siblings };
      const measured = measurements(context);
      const endpoint = endpointOf(settings, "analyst");
      const system = prompt("analyst").text;
      const user = question(context, measured, room(llm.limits(endpoint), estimate(system)));
      const place = placeOf(campaign, experiment.index, `analyse.${score.rung}`, "analyst");

      type Read = { ok: true; sections: ReportSections; queries: string[]; found: Violations };
      /** A whole report that was sent back for what it claims: better than none, if nothing better comes. */
      let sentBack: Read | null = null;
      const parse = (text: string, reasoning: string): Parsed<Omit<Read, "ok">> => {
        const read = parseReport(text, reasoning);
        if (!read.ok) return read;
        const found = violations(read.sections, measured);
        const why = objection(found);
        const whole = { ...read, found };
        if (why === null || sentBack !== null) return whole;
        sentBack = whole;
        return { ok: false, why };
      };
      const finish = async (read: Omit<Read, "ok">, model: string): Promise<Report> => {
        const asked =
          read.queries.length > 0 ? read.queries : [read.sections["What happened"].slice(0, QUERY)];
        return {
          text: render(read.sections, read.found, `llm:${model}`),
          cognition: await entriesFor(asked, signal),
        };
      };
      try {
        const { value, answer } = await askRole(
          llm,
          { role: "analyst", endpoint, place, system, user, parse },
          signal,
        );
        return await finish(value, answer.model);
      } catch (error) {
        if (!(error instanceof AnswerError || error instanceof LlmError)) throw error;
        if (sentBack !== null) return finish(sentBack, modelOf(settings, endpoint));
        const report = await fallback.analyst.analyse(context, signal);
        const idea = experiment.motivation.trim().slice(0, QUERY);
        return {
          text: `Built-in report in place of the model's: ${error.message}\n\n${report.text}`,
          cognition: idea ? await entriesFor([idea], signal) : report.cognition,
        };
      }
    },
  };
}
