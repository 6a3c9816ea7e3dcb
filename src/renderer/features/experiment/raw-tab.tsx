/** The record as the archive holds it. */
import { Copy } from "lucide-react";
import { useMemo } from "react";
import type { ExperimentView } from "../../../shared/views.ts";
import { CodeView } from "../../ui/code.tsx";
import { Button } from "../../ui/controls.tsx";
import { copyText } from "./copy.ts";

export default function RawTab({ view }: { view: ExperimentView }) {
  const text = useMemo(() => JSON.stringify(view.experiment, null, 2), [view.experiment]);
  return (
    <div className="experiment-fill">
      <div className="experiment-bar">
        <span className="mono muted clip">{view.experiment.id}</span>
        <Button small className="experiment-end" onClick={() => copyText(text, "The record was copied.")}>
          <Copy size={12} aria-hidden /> Copy
        </Button>
      </div>
      <div className="experiment-code">
        <CodeView code={text} language="json" label="Record of the experiment" />
      </div>
    </div>
  );
}
