/** The books: a row before every request, what came of it after, and a budget that no request may overshoot. */
import { canonicalJson, sha256 } from "../../shared/hash.ts";
import type { ChatMessage, LlmCall, LlmSpent } from "../../shared/llm.ts";
import { type LedgerStore, LlmError } from "../interfaces.ts";
import type { Outcome } from "./client.ts";
import { unlessAborted } from "./limiter.ts";
import { costOf, estimateTokens } from "./tokens.ts";

export interface Limits {
  tokens: number | null;
  cost: number | null;
}

export interface Book {
  /**
   * Stores a row that is about to be sent, with what it may cost at most set aside. Where requests under way hold the room
   * it needs, it waits for what they really cost. Rejects with LlmError "budget", or with the signal's reason.
   * @param priced whether its price is known
   */
  open(row: LlmCall, priced: boolean, signal: AbortSignal): Promise<void>;
  /** Stores what came of it. */
  close(row: LlmCall): void;
  spent(): LlmSpent;
}

interface Sum {
  tokens: number;
  cost: number;
}

const add = (a: Sum, b: Sum): Sum => ({ tokens: a.tokens + b.tokens, cost: a.cost + b.cost });
const number = (x: number): string => x.toLocaleString("en-GB", { maximumSignificantDigits: 6 });

/** Why a request does not fit into a budget, as a sentence; null where it does. */
export function refusalOf(
  budget: Limits,
  spent: Sum,
  reserved: Sum,
  priced: boolean,
  what: string,
): string | null {
  if (budget.cost !== null && !priced)
    return `The price of ${what} is not known, so that a budget in money cannot be kept: set the endpoint's price, or put the model into prices.json in the data folder.`;
  const part = (limit: number | null, used: number, needed: number, unit: string) =>
    limit === null || used + needed <= limit
      ? null
      : `The next request (${what}) may take up to ${number(needed)} ${unit}, and of the budget of ${number(limit)} only ${number(Math.max(0, limit - used))} are left.`;
  return (
    part(budget.tokens, spent.tokens, reserved.tokens, "tokens") ??
    part(budget.cost, spent.cost, reserved.cost, "of money")
  );
}

export function createBook(ledger: LedgerStore, campaignId: string | null, budget: Limits): Book {
  // What is under way counts with what it reserved; it is summed anew each time, so that no rounding is left behind.
  let settled: Sum = ledger.totals(campaignId);
  const underWay = new Map<string, Sum>();
  let waiting: (() => void)[] = [];
  let refused: string | null = null;

  const all = () => [...underWay.values()].reduce(add, settled);
  const wake = () => {
    const woken = waiting;
    waiting = [];
    for (const go of woken) go();
  };
  const turn = () => new Promise<void>((resolve) => waiting.push(resolve));

  return {
    async open(row, priced, signal) {
      const what = `${row.role}, ${row.model}`;
      for (;;) {
        signal.throwIfAborted();
        const why = refusalOf(budget, settled, row.reserved, priced, what);
        if (why !== null) {
          refused = why;
          throw new LlmError(
            "budget",
            why,
            "Nothing was sent. Go on with a larger budget, or end the campaign.",
          );
        }
        if (refusalOf(budget, all(), row.reserved, priced, what) === null) break;
        await unlessAborted(turn(), signal);
      }
      underWay.set(row.id, row.reserved);
      try {
        ledger.put(row);
      } catch (error) {
        underWay.delete(row.id);
        wake();
        throw error;
      }
    },
    close(row) {
      // A row that cannot be stored stays "sent" in the ledger, where it counts with what it reserved.
      let counts: Sum = row.reserved;
      try {
        ledger.put(row);
        if (row.state !== "cancelled") counts = row;
      } finally {
        underWay.delete(row.id);
        settled = add(settled, counts);
        wake();
      }
    },
    spent: () => ({ ...all(), refused }),
  };
}

export const requestHash = (request: {
  baseUrl: string;
  model: string;
  params: Record<string, unknown>;
  system: string;
  messages: readonly ChatMessage[];
}): string => sha256(canonicalJson(request));

/**
 * The row of a request whose outcome is known: the answer as it came, and what counts against the budgets. Usage is the
 * server's. Without it, an answer counts with an estimate, and a failure that may be charged with all that was reserved:
 * reasoning that was never sent may be billed. An HTTP error counts nothing.
 */
export function finished(
  row: LlmCall,
  { failure, received, firstByteSeconds, seconds }: Outcome,
  texts: readonly string[],
  mostOutput: number,
  clean: (text: string) => string,
): LlmCall {
  const { text, reasoning, finishReason, modelServed } = received;
  const charged = failure === null || failure.charged;
  const estimate = {
    input: texts.reduce((sum, t) => sum + estimateTokens(t), 0),
    output: Math.min(mostOutput, estimateTokens(text + reasoning)),
  };
  // What was counted in the middle of an answer is not what is billed at its end.
  const usage = failure !== null && finishReason === null ? null : received.usage;
  const { input, output } = usage ?? estimate;
  const counted =
    failure !== null && usage === null
      ? row.reserved
      : { tokens: input + output, cost: costOf(row.price, input, output) };
  const answered = failure === null || text !== "";
  return {
    ...row,
    state: failure ? "failed" : "done",
    // A short key may occur in encoded vectors by chance, and they could no longer be read.
    answer: answered ? (row.role === "embedding" ? text : clean(text)) : null,
    reasoning: reasoning === "" ? null : clean(reasoning),
    finishReason,
    modelServed: modelServed === null ? null : clean(modelServed),
    usage: received.usage,
    estimated: charged && usage === null,
    tokens: charged ? counted.tokens : 0,
    cost: charged ? counted.cost : 0,
    error: failure && { kind: failure.kind, message: clean(failure.message) },
    firstByteSeconds,
    seconds,
  };
}
