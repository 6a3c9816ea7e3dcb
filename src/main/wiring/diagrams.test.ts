/** Diagrams beside a campaign, and for archives from before there were any. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { MixerGraph } from "../../shared/graph.ts";
import { createArchive, openReader } from "../archive/index.ts";
import { campaign, experiment } from "../hosts/cli/fixtures.ts";
import type { DrawnDiagram, GateOutcome, Trainer } from "../interfaces.ts";
import { keepDrawing } from "./drawing.ts";
import { traceMissing } from "./tracing.ts";

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "cambrian-diagrams-"));
  file = join(folder, "a.sqlite");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const graph = (op: string): MixerGraph => ({
  nodes: [{ id: "n0", op, module: "", line: 1, shape: "B T 8", params: 0, count: 1 }],
  edges: [],
  note: null,
});
const draw = async ({ nodes }: MixerGraph): Promise<DrawnDiagram> => {
  if (nodes[0]!.op === "hangs") throw new Error("It took too long.");
  const layout = { width: 1, height: 1, nodes: [], edges: [] };
  return { layout, svg: `<svg>${nodes[0]!.op}</svg>`, thumbnail: "<svg/>" };
};
const event = { type: "gated", data: {} };
const write = () => {
  const archive = createArchive(file);
  archive.createCampaign(campaign);
  return archive;
};
async function svgs(ids: string[]): Promise<(string | null)[]> {
  const reader = await openReader(file);
  try {
    return await Promise.all(ids.map(async (id) => (await reader.diagram(id))?.svg ?? null));
  } finally {
    await reader.close();
  }
}

it("a graph that is committed is drawn after it; one that cannot be laid out costs its picture alone", async () => {
  const archive = write();
  const stored: string[] = [];
  const drawing = keepDrawing(archive, draw, (id) => stored.push(id));
  const all = [experiment(0), experiment(1), experiment(2)];
  const ops = ["hangs", "einsum", null];
  all.forEach((e, i) => {
    const traced = ops[i] ? { graph: graph(ops[i]) } : {};
    drawing.archive.commit({ campaignId: campaign.id, experiment: e, ...traced, event });
  });
  await drawing.settled();
  archive.close();
  expect(stored).toEqual([all[1]!.id]);
  expect(await svgs(all.map((e) => e.id))).toEqual([null, "<svg>einsum</svg>", null]);
});

it("programs without a graph are gated once more; what has one already is only drawn", async () => {
  const archive = write();
  const codes = ["old", "bad", "known", "drawn", ""];
  const all = codes.map((code, i) => experiment(i, { code }));
  for (const e of all) {
    const traced = e.code === "known" || e.code === "drawn" ? { graph: graph(e.code) } : {};
    archive.commit({ campaignId: campaign.id, experiment: e, ...traced, event });
  }
  archive.putDiagram(all[3]!.id, await draw(graph("drawn")));
  archive.close();
  const gated: string[] = [];
  const trainer = {
    async gate({ code }): Promise<GateOutcome> {
      gated.push(code);
      const ok = code !== "bad";
      const failure = { kind: "interface" as const, message: "It has no class Mixer.", detail: "" };
      return {
        ...{ ok, gates: [], params: 1, mixerParams: 1, flopsPerToken: 1, fingerprint: null },
        ...{ failure: ok ? null : failure, graph: ok ? graph("traced") : null, tier: "none", seconds: 0 },
      };
    },
    forget() {},
  } as Partial<Trainer> as Trainer;
  const machine = async () => ({ trainer, device: "cpu" as const, threads: 1 });
  const seen: string[] = [];
  const progress = (done: number, total: number, name: string) => seen.push(`${done}/${total} ${name}`);
  const result = await traceMissing(file, machine, draw, progress, new AbortController().signal);
  expect(gated).toEqual(["old", "bad"]);
  expect(result).toEqual({
    traced: 2,
    left: [{ id: all[1]!.id, name: "Mixer1", reason: "It has no class Mixer." }],
  });
  expect(seen).toEqual(["0/3 Mixer0", "1/3 Mixer1", "2/3 Mixer2"]);
  expect(await svgs(all.map((e) => e.id))).toEqual([
    ...["<svg>traced</svg>", null, "<svg>known</svg>", "<svg>drawn</svg>", null],
  ]);
});
