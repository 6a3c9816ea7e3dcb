/** The versions of an experiment's program. */
import type { ExperimentView } from "../../../shared/views.ts";

/** All of them, or the one that stands where an archive kept no others. */
export const versionsOf = ({ versions, experiment }: ExperimentView): ExperimentView["versions"] =>
  versions.length > 0 ? versions : [{ version: experiment.repairs, code: experiment.code, why: "" }];

export const versionName = (version: number): string => (version === 0 ? "As proposed" : `Repair ${version}`);
