/** What to do about a failure, by its kind. */
import type { FailureKind } from "../../../shared/job.ts";

const ADVICE: Record<FailureKind, string> = {
  interface: "Compare its class and forward signature with a mixer that ran; the exact error is below.",
  numerical:
    "Look for divisions, logarithms and exponentials without a bound in the code; the gate names the place.",
  leak: "An output saw what it must not see. Look for operations over the whole sequence: flips, unmasked attention, statistics over time or batch.",
  slow: "Compute in chunks or by a scan in place of a loop over time, or allow more time in the protocol's limits.",
  size: "Make projections narrower, or raise the campaign's limit on parameters and FLOPs.",
  memory: "Lower the memory it holds for each token, or raise the limit in the protocol.",
  disk: "Free space on the disk that holds the run folders, then resume the campaign.",
  timeout: "Raise the protocol's time for a run, or free the machine: other programs slow training down.",
  divergence: "Look at its curves for where the loss left; a norm or a smaller initial gate often helps.",
  output: "The program printed without end. Take the prints out of the code.",
  sandbox: "The process was killed or did what the sandbox forbids; the log shows its last lines.",
  duplicate: "It equals an earlier experiment, which has the results.",
  anomaly: "Its result stands out so far that it may be a defect: read the code before trusting the score.",
  answer:
    "No answer of the model could be used. See Prompts for what it said; another model or a longer answer limit may help.",
  internal:
    "This is a fault of Cambrian, not of the candidate. Settings has a diagnostics bundle for a report.",
};

export const adviceOn = (kind: FailureKind): string => ADVICE[kind];
