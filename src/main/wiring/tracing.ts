/** Module graphs for experiments of an archive that have none: from before they were traced. */
import { randomUUID } from "node:crypto";
import type { Campaign, Experiment } from "../../shared/domain.ts";
import type { MixerGraph } from "../../shared/graph.ts";
import { openArchive, openReader } from "../archive/index.ts";
import { gateOnly } from "../campaign/index.ts";
import type { Archive, Trainer } from "../interfaces.ts";
import type { Traced } from "../program.ts";
import type { Draw } from "./drawing.ts";

interface Missing {
  campaign: Campaign;
  experiment: Experiment;
  /** There already, and only not drawn. */
  graph: MixerGraph | null;
}

async function missingIn(file: string): Promise<Missing[]> {
  const reader = await openReader(file);
  try {
    const missing: Missing[] = [];
    for (const campaign of await reader.campaigns())
      for (const experiment of await reader.experiments(campaign.id)) {
        if (experiment.code === "" || (await reader.diagram(experiment.id))) continue;
        missing.push({ campaign, experiment, graph: await reader.graph(experiment.id) });
      }
    return missing;
  } finally {
    await reader.close();
  }
}

/**
 * Gates each program once more, in the sandbox, and stores its graph and diagram; each as soon as it is there, so that
 * nothing is lost when this is given up. Nothing else of a record changes. @throws ArchiveError; the signal's reason
 */
export async function traceMissing(
  file: string,
  machine: () => Promise<{ trainer: Trainer; device: Campaign["device"]; threads: number }>,
  draw: Draw,
  onProgress: (done: number, total: number, name: string) => void,
  signal: AbortSignal,
): Promise<Traced> {
  const missing = await missingIn(file);
  const traced: Traced = { traced: 0, left: [] };
  if (missing.length === 0) return traced;
  const { trainer, device, threads } = await machine();
  const archive: Archive = openArchive(file);
  try {
    for (const [done, { campaign, experiment, graph: stored }] of missing.entries()) {
      const { id, name, code } = experiment;
      onProgress(done, missing.length, name);
      signal.throwIfAborted();
      try {
        const job = { code, protocol: campaign.protocol, device, threads, rung: 0 };
        const nonce = randomUUID().slice(0, 8);
        const gated = stored ? null : await gateOnly({ ...job, nonce }, trainer, { signal });
        const graph = stored ?? gated?.graph ?? null;
        if (graph === null) {
          traced.left.push({
            id,
            name,
            reason: gated?.failure?.message ?? "Its forward pass could not be traced.",
          });
          continue;
        }
        if (!stored)
          archive.commit({ campaignId: campaign.id, experiment, graph, event: { type: "traced", data: {} } });
        archive.putDiagram(id, await draw(graph));
        traced.traced++;
      } catch (error) {
        signal.throwIfAborted();
        traced.left.push({ id, name, reason: error instanceof Error ? error.message : String(error) });
      }
    }
    return traced;
  } finally {
    archive.close();
  }
}
