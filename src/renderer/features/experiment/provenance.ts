/** Where an experiment came from, as facts. Its provenance is written by several agents, so every part may be missing. */
import type { Experiment } from "../../../shared/domain.ts";
import type { Relative } from "../../../shared/views.ts";

export interface Source {
  /** As in the prompt: "P", "R1", "K2". */
  label: string;
  kind: string;
  id: string;
  /** Share of the motivation's distinctive words that it holds; null for one that was cited. */
  share: number | null;
}

export interface Origin {
  /** "Mutation of its parent", "Written by qwen3", … */
  how: string;
  facts: { name: string; value: string }[];
  /** What the motivation cites, then what it shares words with. */
  drewOn: Source[];
  /** It neither cites nor resembles what it was shown. */
  own: boolean;
  /** What came of questions about its measured result. */
  notes: string[];
}

const HOW: Record<string, string> = {
  seed: "A known design, as a start",
  mutation: "A mutation of its parent",
  crossover: "A crossover of its parent with a donor",
  random: "Drawn at random",
  llm: "Written by a language model",
};

const record = (value: unknown): Record<string, unknown> =>
  value !== null && typeof value === "object" && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : {};
const list = (value: unknown): Record<string, unknown>[] => (Array.isArray(value) ? value.map(record) : []);
const text = (value: unknown): string | null =>
  typeof value === "string" && value !== "" ? value : typeof value === "number" ? String(value) : null;

export function originOf({
  provenance: p,
  researcher,
}: Pick<Experiment, "provenance" | "researcher">): Origin {
  const how = text(p.how);
  const llm = record(p.llm);
  const drew = record(p.drewOn);
  const fallback = record(p.fallback);
  const facts = [
    ["Researcher", researcher],
    ["Change", text(p.what)],
    ["Donor", text(p.donor)],
    ["Place", Array.isArray(p.path) ? p.path.join(" › ") : text(p.path)],
    ["Island", text(p.island)],
    ["Model", text(llm.model)],
    ["Requests", text(llm.calls)],
    ["Prompt", text(llm.promptHash)?.slice(0, 12) ?? null],
    ["In place of a model", text(fallback.reason)],
  ].flatMap(([name, value]) => (name && value ? [{ name, value }] : []));
  const source = (s: Record<string, unknown>, share: number | null): Source => ({
    label: text(s.label) ?? "?",
    kind: text(s.kind) ?? "",
    id: text(s.id) ?? "",
    share,
  });
  const cited = list(drew.cited).map((s) => source(s, null));
  const named = new Set(cited.map((s) => s.label));
  const overlap = list(drew.overlap)
    .filter((s) => !named.has(String(s.label)))
    .map((s) => source(s, typeof s.share === "number" ? s.share : null));
  return {
    how: how === null ? "Not recorded" : (HOW[how] ?? how),
    facts,
    drewOn: [...cited, ...overlap],
    own: drew.own === true,
    notes: [
      ...(Array.isArray(p.notes) ? p.notes.flatMap((n) => text(n) ?? []) : []),
      ...list(p.anomalies).flatMap((a) => {
        const said = [text(a.message), text(a.outcome)].filter(Boolean).join(" ");
        return said ? [said] : [];
      }),
    ],
  };
}

/** The experiment that a source is, where the page knows it. */
export const relativeOf = (source: Source, known: readonly Relative[]): Relative | null =>
  known.find((r) => r.id === source.id) ?? null;
