/** What a campaign does beside its experiments' own steps, for a person. */
import { type Experiment, isEnd } from "../../shared/domain.ts";

/** `running` are the keys of queue.ts: baseline cells begin with b, promotions with p. Null when there is nothing beside. */
export function activity(running: readonly string[], experiments: readonly Experiment[]): string | null {
  const cells = running.filter((key) => key.startsWith("b"));
  if (cells.length > 0) {
    const sizes = [...new Set(cells.map((key) => `${key.slice(1).split("/")[0]}×`))];
    return `measuring the baseline (${sizes.join(", ")} its size)`;
  }
  const promoted = running.filter((key) => key.startsWith("p")).map((key) => key.slice(1).split("/")[0]);
  const names = promoted.map((id) => experiments.find((e) => e.id === id)?.name ?? id);
  if (names.length > 0) return `training further: ${names.join(", ")}`;
  const open = experiments.filter((e) => !isEnd(e.status)).length;
  return open === 0 && experiments.length === 0 ? "starting" : null;
}
