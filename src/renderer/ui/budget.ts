/** What of the budgets is used, and what had been estimated. */
import { Estimate } from "../../shared/campaigns.ts";
import type { LiveState } from "../../shared/live.ts";
import { count, duration, money } from "./format.ts";

export interface BudgetRow {
  name: string;
  used: string;
  limit: string | null;
  /** Used share of the limit, from 0 to 1; null without one. */
  share: number | null;
  /** 10th to 90th percentile of the estimate. */
  estimate: string | null;
}

export function budgets(live: Pick<LiveState, "campaign" | "counts">): BudgetRow[] {
  const { budget, used, llm } = live.campaign;
  const { archived, rejected, failed } = live.counts;
  // An estimate of another version is none.
  const estimate = Estimate.safeParse(live.campaign.estimate).data ?? null;
  const row = (
    name: string,
    value: number,
    limit: number | null,
    text: (value: number) => string,
    range: { p10: number; p90: number } | null = null,
  ): BudgetRow => ({
    name,
    used: text(value),
    limit: limit === null ? null : text(limit),
    share: limit === null ? null : Math.min(1, value / limit),
    estimate: range && `${text(range.p10)} to ${text(range.p90)}`,
  });
  const hours = estimate && { p10: estimate.deviceHours.p10 * 3600, p90: estimate.deviceHours.p90 * 3600 };
  const whole = (n: number) => String(Math.round(n));
  const rows = [
    row("Experiments", archived + rejected + failed, budget.experiments, whole, estimate?.experiments),
    row("Running time", used.wallSeconds, budget.wallSeconds, duration, estimate?.wallSeconds),
    row("Device time", used.deviceSeconds, budget.deviceSeconds, duration, hours),
  ];
  if (llm !== null || budget.tokens !== null) rows.push(row("Tokens", used.tokens, budget.tokens, count));
  if (llm !== null || budget.cost !== null)
    rows.push(row("Cost", used.cost, budget.cost, money, estimate?.cost));
  return rows;
}
