import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { MixerGraph } from "../../shared/graph.ts";
import type { Archive } from "../interfaces.ts";
import { createArchive, openReader, type Reader } from "./index.ts";
import { campaign, experiment, uuid } from "./testing/fixtures.ts";

const graphOf = (op: string): MixerGraph => ({
  nodes: [{ id: "n0", op, module: "", line: 3, shape: "B T 64", params: 0, count: 2 }],
  edges: [["in", "n0"]],
  note: null,
});
const drawn = {
  layout: { width: 10, height: 10, nodes: [{ id: "n0", x: 0, y: 0, w: 4, h: 4, times: 1 }], edges: [] },
  svg: "<svg/>",
  thumbnail: "<svg></svg>",
};
const id = uuid(1000);

let folder: string;
let archive: Archive;
let reader: Reader;
const commit = (graph?: MixerGraph | null) =>
  archive.commit({
    ...{ campaignId: uuid(1), experiment: experiment(0), graph },
    event: { type: "gated", data: {} },
  });

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "cambrian-graphs-"));
  archive = createArchive(join(folder, "a.sqlite"));
  archive.createCampaign(campaign(1));
  commit();
  reader = await openReader(archive.path);
});
afterEach(async () => {
  await reader.close();
  archive.close();
  rmSync(folder, { recursive: true, force: true });
});

it("keeps a graph and what was drawn of it", async () => {
  expect(await reader.graph(id)).toBeNull();
  commit(graphOf("mul"));
  expect(await reader.graph(id)).toEqual(graphOf("mul"));
  expect(await reader.diagram(id)).toBeNull();
  archive.putDiagram(id, drawn);
  const { layout, svg } = drawn;
  expect(await reader.diagram(id)).toEqual({ graph: graphOf("mul"), layout, svg });
});

it("keeps no drawing of an earlier version's graph, and lets both be when a step has no graph", async () => {
  commit(graphOf("mul"));
  archive.putDiagram(id, drawn);
  commit(graphOf("mul"));
  commit();
  expect(await reader.diagram(id)).not.toBeNull();
  commit(graphOf("add"));
  expect(await reader.graph(id)).toEqual(graphOf("add"));
  expect(await reader.diagram(id)).toBeNull();
  commit(null);
  expect(await reader.graph(id)).toBeNull();
});

it("refuses what is no graph, and a drawing without its experiment", () => {
  expect(() => commit({ ...graphOf("mul"), nodes: [{}] } as unknown as MixerGraph)).toThrow(/graph of/);
  expect(() => archive.putDiagram(uuid(77), drawn)).toThrow();
});
