/**
 * What depends on time in a campaign of paced agents. It is kept with each experiment, so that the campaign can be run
 * again, with the same answers, to the same end.
 */
import type { Experiment, Horizon } from "../../shared/domain.ts";
import { anomaliesOf } from "./versions.ts";

export interface Timed {
  /** What its agents saw. */
  sees: Horizon | null;
  /** Indexes of the experiments under way that its proposals were held against, by attempt. */
  heldAgainst: Record<string, readonly number[]>;
  /** What was said of a training that took far longer than its peers', by version. */
  slow: Record<string, string>;
}

export const heldAgainstOf = (e: Experiment): Timed["heldAgainst"] =>
  (e.provenance.heldAgainst as Timed["heldAgainst"] | undefined) ?? {};

export const timedOf = (e: Experiment): Timed => ({
  sees: e.sees,
  heldAgainst: heldAgainstOf(e),
  slow: Object.fromEntries(
    anomaliesOf(e).flatMap((a) => (a.what === "slow" ? [[String(a.version), a.message]] : [])),
  ),
});
