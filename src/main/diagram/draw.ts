/** From a module graph to its layout and pictures. */
import type { MixerGraph } from "../../shared/graph.ts";
import type { DrawnDiagram } from "../interfaces.ts";
import { drawnGraph } from "./blocks.ts";
import { layOut } from "./layout.ts";
import { picture } from "./picture.ts";
import { thumbnail } from "./thumbnail.ts";

/** Takes as long as dagre takes: 0.1 s for 50 nodes, and far more for hundreds. */
export function draw(graph: MixerGraph): DrawnDiagram {
  const drawn = drawnGraph(graph);
  const layout = layOut(drawn);
  return { layout, svg: picture(drawn, layout, graph.note), thumbnail: thumbnail(drawn, layout) };
}
