/** The traced graph beside the code it was traced from: each highlights the other. */
import { useMemo, useState } from "react";
import type { ExperimentView } from "../../../shared/views.ts";
import { useCall } from "../../api/index.ts";
import { replaceQuery } from "../../state/route.ts";
import { CodeView } from "../../ui/code.tsx";
import { Button, Segmented } from "../../ui/controls.tsx";
import { plural } from "../../ui/format.ts";
import { Empty, ErrorNote, Loading } from "../../ui/states.tsx";
import { DiagramPicture } from "./diagram.tsx";
import { DiagramList } from "./diagram-list.tsx";

const NO_LINES: number[] = [];

export default function DiagramTab({ view }: { view: ExperimentView }) {
  const { archive, experiment } = view;
  const { data, error, loading, reload } = useCall(
    "experiments.diagram",
    { archive, id: experiment.id },
    { watch: experiment.status === "gate" ? archive : null },
  );
  const [form, setForm] = useState<"picture" | "list">("picture");
  /** The node under the pointer, that with the focus, and the line under the pointer or the cursor. */
  const [hovered, setHovered] = useState<string | null>(null);
  const [focused, setFocused] = useState<string | null>(null);
  const [line, setLine] = useState<number | null>(null);

  const node = hovered ?? focused;
  const nodes = data?.graph.nodes;
  const ofNode = nodes?.find((n) => n.id === node)?.line ?? null;
  const ofLine = useMemo(
    () => new Set(line === null ? [] : nodes?.filter((n) => n.line === line).map((n) => n.id)),
    [nodes, line],
  );
  const lines = useMemo(() => (ofNode === null ? NO_LINES : [ofNode]), [ofNode]);

  if (error)
    return (
      <div className="experiment-pad">
        <ErrorNote error={error} retry={reload} />
      </div>
    );
  if (!data)
    return loading ? (
      <div className="experiment-pad">
        <Loading label="Reading the diagram" />
      </div>
    ) : (
      <Empty action={<Button onClick={() => replaceQuery({ tab: "code" })}>Look at the code</Button>}>
        {experiment.status === "propose" || experiment.status === "novelty" || experiment.status === "gate"
          ? "The diagram is traced when the gates run the program; it comes here then."
          : "No graph was traced of this program. Experiments whose gates run it get one, so a campaign that is run with this version of Cambrian has diagrams."}
      </Empty>
    );
  const { graph } = data;
  return (
    <div className="experiment-fill experiment-diagram">
      <div className="experiment-graph">
        <div className="experiment-bar">
          <span className="muted small">
            {plural(graph.nodes.length, "operation")}
            {graph.note && `. ${graph.note}`}
          </span>
          <span className="experiment-end" />
          <Segmented
            label="How the graph is shown"
            value={form}
            onChange={setForm}
            options={[
              { value: "picture", label: "Picture" },
              { value: "list", label: "List" },
            ]}
          />
        </div>
        {form === "picture" ? (
          <DiagramPicture
            diagram={data}
            marked={ofLine}
            active={node}
            onHover={setHovered}
            onFocus={setFocused}
          />
        ) : (
          <DiagramList graph={graph} marked={ofLine} onHover={setHovered} />
        )}
      </div>
      <div className="experiment-code">
        <CodeView
          code={experiment.code}
          highlightLines={lines}
          scrollTo={ofNode ?? undefined}
          onLine={setLine}
          label={`Code of ${experiment.name}`}
        />
      </div>
    </div>
  );
}
