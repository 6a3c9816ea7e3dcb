/** What goes wrong with a model's answers, as opposed to its server (that is an LlmError). */
import type { Role } from "../../../shared/llm.ts";

/** Characters of the raw answer that an error keeps. */
const KEPT = 2000;

/** What was spent on an answer. */
export interface Spent {
  endpoint: string;
  model: string;
  cost: number;
  tokens: number;
  /** Requests, those to mend the first answer included. */
  turns: number;
  callIds: string[];
}

/** A model's answer stayed unusable after every repair turn. The answers themselves are in the ledger. */
export class AnswerError extends Error {
  readonly role: Role;
  readonly model: string;
  /** Start of the last raw answer. */
  readonly detail: string;
  /** What was spent all the same. */
  readonly spent: Spent;
  constructor(role: Role, why: string, spent: Spent, raw: string) {
    const repairs = spent.turns - 1;
    const asked = repairs === 1 ? "1 request to mend it" : `${repairs} requests to mend it`;
    super(
      `The ${role} (${spent.model}) gave no answer that could be used, after ${asked}: ${why} ` +
        `The answers are kept in the ledger. Choose another model for this role if it happens often.`,
    );
    this.name = "AnswerError";
    this.role = role;
    this.model = spent.model;
    this.spent = spent;
    this.detail = raw.slice(0, KEPT);
  }
}
