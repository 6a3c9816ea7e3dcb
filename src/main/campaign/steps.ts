/**
 * The way of a candidate. A step reads the record and its context and returns the next record with the event to store
 * beside it; it stores nothing itself.
 *
 *     propose → novelty → gate → (check) → train → score → judge → analyse → archived
 */
import type { Experiment } from "../../shared/domain.ts";
import type { StepContext } from "./context.ts";
import { gate, score, train } from "./deviceSteps.ts";
import { isMachineFault } from "./faults.ts";
import { analyse, check, judge, repair } from "./mindSteps.ts";
import { novelty, propose } from "./proposeSteps.ts";
import { type Action, afterException, nextAction, type StepResult } from "./record.ts";

const steps: Record<Action, (e: Experiment, c: StepContext) => Promise<StepResult>> = {
  propose,
  novelty,
  repair,
  gate,
  check,
  train,
  score,
  judge,
  analyse,
};

/** Does what is next for a record. Exceptions end the experiment, unless the campaign is being stopped. */
export async function runStep(e: Experiment, c: StepContext): Promise<StepResult> {
  const action = nextAction(e);
  if (!action) throw new Error(`Experiment ${e.index} has ended (${e.status}).`);
  try {
    return await steps[action](e, c);
  } catch (error) {
    if (c.signal.aborted || isMachineFault(error)) throw error;
    return afterException(e, error);
  }
}
