/** The researcher: one model that has an idea and writes it as a program, from what the campaign has measured so far. */
import type { CognitionEntry } from "../../../shared/cognition.ts";
import type { Experiment, Proposal } from "../../../shared/domain.ts";
import type { LlmErrorKind } from "../../../shared/llm.ts";
import { random } from "../../../shared/random.ts";
import type { CognitionBase, EndpointState, ProposeContext, Researcher } from "../../interfaces.ts";
import { parseProposal } from "./answer.ts";
import { askRole, unavailable } from "./ask.ts";
import { choose, posterior } from "./choice.ts";
import { facts, failureList } from "./facts.ts";
import { estimate, fit, room, type Section } from "./fit.ts";
import { endpointOf, type Parts, placeOf } from "./place.ts";
import { prompt } from "./prompts.ts";
import { drewOn, type Input } from "./provenance.ts";
import { type Summary, summarise } from "./summariser.ts";
import { baselineText, taskText } from "./task.ts";

/** Entries of the cognition base that are shown where no analyst has asked for any. */
const HANDFUL = 3;
/** Earlier experiments that are named in the cold start, newest first, and failures that are listed. */
const NAMED = 40;
const FAILURES = 12;

const entryText = (e: CognitionEntry): string =>
  `${e.citation}\nHelps with: ${e.scenario}\nAlgorithm: ${e.algorithm}\nContext: ${e.context}`;

const oneLine = (text: string): string => text.replace(/\s+/g, " ").trim().slice(0, 160);

/** Entries that the parent's analyst found; without any, a handful drawn by seed and index, so that proposals differ. */
export function entriesFor(context: ProposeContext, cognition: CognitionBase): CognitionEntry[] {
  const found = (context.parent?.cognition ?? []).flatMap((r) => cognition.entry(r.id) ?? []);
  if (found.length > 0) return found;
  const { campaign, index } = context;
  return random(campaign.seed, index, "cognition").shuffle(cognition.entries).slice(0, HANDFUL);
}

interface Shown {
  label: string;
  experiment: Experiment;
  summary: Summary;
}

/** What the proposal can draw on, by the labels that the prompt gives. */
export function inputsOf(shown: readonly Shown[], entries: readonly CognitionEntry[]): Input[] {
  return [
    ...shown.flatMap(({ label, experiment: e, summary }): Input[] =>
      label === "P"
        ? [
            { label, kind: "parent", id: e.id, text: `${e.motivation}\n${summary.text}` },
            ...(e.analysis ? [{ label: "A", kind: "analysis" as const, id: e.id, text: e.analysis }] : []),
          ]
        : [{ label, kind: "reference", id: e.id, text: `${e.motivation}\n${summary.text}` }],
    ),
    ...entries.map(
      (e, i): Input => ({ label: `K${i + 1}`, kind: "cognition", id: e.id, text: entryText(e) }),
    ),
  ];
}

/** The parts of the question. What others wrote is data, between markers. */
export function sectionsOf(
  context: ProposeContext,
  shown: readonly Shown[],
  entries: readonly CognitionEntry[],
): Section[] {
  const { campaign, parent, visible } = context;
  const data = (title: string, text: string, priority: number, min = 200): Section[] =>
    text.trim() === "" ? [] : [{ title, text, priority, min, data: true }];
  const sections: Section[] = [
    { title: "Task", text: taskText(campaign.protocol, parent !== null), priority: 100 },
  ];
  const own = shown.find((s) => s.label === "P");
  if (own && parent) {
    sections.push(
      ...data(`[P] Parent ${parent.name}: measured facts`, facts(parent), 85),
      ...data("[P] Parent: motivation", parent.motivation, 70),
      ...data("[P] Parent: program", parent.code, 80, 2000),
      ...data("[P] Parent: summary", own.summary.note === null ? own.summary.text : "", 40),
      ...data("[A] Parent: analysis", parent.analysis ?? "", 60),
    );
    const children = visible.filter((e) => e.parentId === parent.id);
    const failed = failureList(children).slice(-FAILURES).join("\n");
    sections.push(...data("Failures of the parent's other children", failed, 35));
  } else {
    sections.push({ title: "Baseline", text: baselineText, priority: 90 });
    const named = visible
      .filter((e) => e.motivation !== "")
      .slice(-NAMED)
      .map((e) => `- ${e.name}: ${oneLine(e.motivation)}`);
    const failed = failureList(visible).slice(-FAILURES).join("\n");
    sections.push(
      ...data("Ideas of earlier experiments: yours has to differ", named.join("\n"), 50),
      ...data("Failures of earlier experiments", failed, 35),
    );
  }
  for (const { label, experiment: e, summary } of shown.filter((s) => s.label !== "P"))
    sections.push(
      ...data(`[${label}] Reference ${e.name}: measured facts`, facts(e), 55),
      ...data(`[${label}] Reference: summary`, summary.text, 50),
    );
  for (const [i, entry] of entries.entries())
    sections.push(...data(`[K${i + 1}] Knowledge from a paper`, entryText(entry), 45));
  const repeats = context.repeats.map((r) => `- Your proposal repeated ${r.name} because: ${r.reason}`);
  if (repeats.length > 0)
    sections.push(...data("Sent back: propose another mechanism", repeats.join("\n"), 90));
  return sections;
}

/** The name, with a number behind it where a visible experiment has it already. At most 60 characters. */
export function uniqueName(name: string, taken: ReadonlySet<string>): string {
  for (let n = 1; ; n++) {
    const suffix = n === 1 ? "" : `-${n}`;
    const found = `${name.slice(0, 60 - suffix.length)}${suffix}`;
    if (!taken.has(found)) return found;
  }
}

async function proposeWith(
  parts: Parts,
  endpoint: string,
  context: ProposeContext,
  signal: AbortSignal,
): Promise<Proposal> {
  const { llm, settings, cognition } = parts;
  const { campaign, index, attempt, parent, references, visible } = context;
  const step = `propose.${attempt}`;
  const entries = entriesFor(context, cognition);
  const labelled = [
    ...(parent ? [{ label: "P", experiment: parent }] : []),
    ...references.map((experiment, i) => ({ label: `R${i + 1}`, experiment })),
  ];
  const shown: Shown[] = await Promise.all(
    labelled.map(async ({ label, experiment }) => ({
      label,
      experiment,
      summary: await summarise(parts, { campaign, index, step, label }, experiment, signal),
    })),
  );
  const { text: system, hash } = prompt("researcher");
  const user = fit(sectionsOf(context, shown, entries), room(llm.limits(endpoint), estimate(system)));
  const place = placeOf(campaign, index, step, "researcher");
  const request = { role: "researcher" as const, endpoint, place, system, user, parse: parseProposal };
  const { value, answer, turns, cost, tokens, callIds } = await askRole(llm, request, signal);
  const inputs = inputsOf(shown, entries);
  const summaries = shown.map((s) => s.summary);
  const sum = (of: (s: Summary) => number) => summaries.reduce((total, s) => total + of(s), 0);
  return {
    name: uniqueName(value.name, new Set(visible.map((e) => e.name))),
    motivation: value.motivation,
    code: value.code,
    genome: null,
    parentId: parent?.id ?? null,
    referenceIds: references.map((r) => r.id),
    by: `llm:${answer.model}`,
    provenance: {
      how: "llm",
      llm: {
        endpoint: answer.endpoint,
        model: answer.model,
        cost,
        tokens,
        calls: callIds.length,
        callIds,
        turns,
        promptHash: hash,
      },
      readFrom: value.from,
      ...(settings.researchers.length > 1 && {
        choice: { rule: settings.choice, posterior: posterior(settings, visible) },
      }),
      offered: inputs.map(({ label, kind, id }) => ({ label, kind, id })),
      drewOn: drewOn(value.motivation, inputs),
      ...(summaries.length > 0 && {
        summaries: {
          cost: sum((s) => s.cost),
          tokens: sum((s) => s.tokens),
          callIds: summaries.flatMap((s) => s.callIds),
          inPlace: shown.flatMap((s) => (s.summary.note ? [{ label: s.label, why: s.summary.note }] : [])),
        },
      }),
    },
  };
}

/** What keeps one model from answering, and not the others. */
const OF_ONE_ENDPOINT: readonly LlmErrorKind[] = [
  ...(["unreachable", "stalled", "cut", "rate", "server", "request", "key", "quota", "protocol"] as const),
  "open",
];

/** Whether an endpoint is not to be asked yet. Once its time has come, it is asked again, or it would never be. */
export const isOpen = ({ breaker, until }: Pick<EndpointState, "breaker" | "until">, now: number): boolean =>
  breaker === "open" && (until === null || Date.parse(until) > now);

/**
 * The researcher of the settings' models. Where one cannot be had, another is asked; where none can, the built-in one
 * takes over and the proposal says so. Rejects with an AnswerError when no answer could be used, with an LlmError when the answer was cut or filtered.
 */
export function llmResearcher(parts: Parts): Researcher {
  const { llm, settings, fallback } = parts;
  return {
    name: "llm",
    async propose(context, signal) {
      const { campaign, index, visible } = context;
      const models = settings.researchers.map((r) => r.endpoint);
      const passed = new Set(llm.endpoints().flatMap((e) => (isOpen(e, Date.now()) ? [e.name] : [])));
      for (;;) {
        const at = { seed: campaign.seed, index, visible, open: passed };
        const endpoint = choose(settings, endpointOf(settings, "researcher"), at);
        try {
          return await proposeWith(parts, endpoint, context, signal);
        } catch (error) {
          signal.throwIfAborted();
          if (!unavailable(error)) throw error;
          passed.add(endpoint);
          // Another model may be had; no budget or transcript grows by asking it.
          const another = OF_ONE_ENDPOINT.includes(error.kind) && models.some((m) => !passed.has(m));
          if (another) continue;
          const { researcher } = fallback;
          const proposal = await researcher.propose(context, signal);
          const instead = { reason: error.message, kind: error.kind, insteadOf: "llm", endpoint };
          return {
            ...proposal,
            by: researcher.name,
            provenance: { ...proposal.provenance, fallback: instead },
          };
        }
      }
    },
  };
}
