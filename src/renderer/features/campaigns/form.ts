/** The wizard's form: what is wrong with it, on which step, and how to mend it. */
import { CampaignForm } from "../../../shared/campaigns.ts";

export const STEPS = ["Goal", "Baseline and data", "Search", "Agents", "Budget"] as const;
export type Step = (typeof STEPS)[number];

export interface Wrong {
  /** Place in the form: "budget.experiments". */
  field: string;
  step: Step;
  message: string;
}

/** The step on which a field is set. */
export function stepOf(field: string): Step {
  const [first = ""] = field.split(".");
  if (first === "protocol") return "Baseline and data";
  if (first === "search") return "Search";
  if (first === "researcher" || first === "models") return "Agents";
  if (first === "budget" || first === "workers") return "Budget";
  return "Goal";
}

/** What a field may hold, in words, where zod's own would not help a person. */
const ASKED: Record<string, string> = {
  name: "Give the campaign a name of at most 120 characters.",
  seed: "The seed is a whole number from 0 on.",
  workers: "Trainings at the same time: a whole number from 1 on, or nothing for one a core.",
  "budget.experiments": "Experiments: a whole number from 1 on, or nothing for no limit.",
  "budget.wallSeconds": "Running time: more than 0 hours, or nothing for no limit.",
  "budget.deviceSeconds": "Time on the device: more than 0 hours, or nothing for no limit.",
  "budget.tokens": "Tokens: a whole number from 1 on, or nothing for no limit.",
  "budget.cost": "Money: more than 0, or nothing for no limit.",
};

/** Everything that keeps the campaign from being started; empty when it can be. */
export function wrongs(form: CampaignForm): Wrong[] {
  const found: Wrong[] = [];
  const add = (field: string, message: string) => {
    if (!found.some((w) => w.field === field)) found.push({ field, step: stepOf(field), message });
  };
  const parsed = CampaignForm.safeParse(form);
  for (const issue of parsed.error?.issues ?? []) {
    const field = issue.path.join(".");
    add(field, ASKED[field] ?? `${field} does not fit: ${issue.message}.`);
  }
  const { budget, search, protocol, researcher, models } = form;
  const limits = Object.values(budget).filter((limit) => limit !== null);
  if (limits.length === 0)
    add(
      "budget.experiments",
      "Set at least one limit, or the campaign would never end: experiments, or running time.",
    );
  if (researcher === "llm" && models === null)
    add(
      "models",
      "Language models were chosen, and none is set up: add an endpoint in Settings, or choose the built-in researcher.",
    );
  if (
    researcher !== "llm" &&
    (budget.tokens !== null || budget.cost !== null) &&
    budget.experiments === null &&
    budget.wallSeconds === null &&
    budget.deviceSeconds === null
  )
    add(
      "budget.experiments",
      "The built-in researcher uses no tokens: limit experiments or running time as well.",
    );
  if (search.parentRanks > search.poolSize)
    add("search.parentRanks", `Parents come from the pool: at most ${search.poolSize}, its size.`);
  for (const [name, task] of Object.entries(protocol.tasks)) {
    const longest = Math.max(
      0,
      ...protocol.rungs.flatMap((r) => r.runs.filter((x) => x.task === name).map((x) => x.until)),
    );
    if (longest > task.steps)
      add(
        `protocol.tasks.${name}.steps`,
        `A rung trains ${name} to step ${longest}: its schedule must be at least that long.`,
      );
  }
  const { hiddenSize, numHeads } = protocol.model;
  if (hiddenSize % numHeads !== 0)
    add(
      "protocol.model.numHeads",
      `The hidden size ${hiddenSize} has to be a multiple of the heads: try ${nearestDivisor(hiddenSize, numHeads)}.`,
    );
  return found;
}

/** The divisor of `size` that is nearest to `wanted`. */
export function nearestDivisor(size: number, wanted: number): number {
  let best = 1;
  for (let d = 1; d <= size; d++)
    if (size % d === 0 && Math.abs(d - wanted) < Math.abs(best - wanted)) best = d;
  return best;
}

/** The form with the value at a place changed: `changed(form, "budget.cost", 5)`. */
export function changed(form: CampaignForm, field: string, value: unknown): CampaignForm {
  const set = (node: unknown, [first, ...rest]: string[]): unknown => {
    if (first === undefined) return value;
    if (Array.isArray(node)) return node.map((item, i) => (String(i) === first ? set(item, rest) : item));
    const record = node as Record<string, unknown>;
    return { ...record, [first]: set(record[first], rest) };
  };
  return set(form, field.split(".")) as CampaignForm;
}

export function valueAt(form: CampaignForm, field: string): unknown {
  let node: unknown = form;
  for (const part of field.split(".")) node = (node as Record<string, unknown> | undefined)?.[part];
  return node;
}
