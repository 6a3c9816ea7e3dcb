/** The last part of what the trainer printed. */
import { ChevronDown, ChevronUp, Copy } from "lucide-react";
import { useMemo, useState } from "react";
import type { ExperimentView } from "../../../shared/views.ts";
import { useCall } from "../../api/index.ts";
import { CodeView } from "../../ui/code.tsx";
import { Button, IconButton, TextInput } from "../../ui/controls.tsx";
import { Empty, ErrorNote, Loading } from "../../ui/states.tsx";
import { copyText } from "./copy.ts";
import { linesWith, plainText } from "./log-text.ts";

export default function LogTab({ view }: { view: ExperimentView }) {
  const { archive, experiment } = view;
  const { data, error, reload } = useCall("experiments.log", { archive, id: experiment.id });
  const text = useMemo(() => plainText(data?.text ?? "").trimEnd(), [data]);
  const [wanted, setWanted] = useState("");
  const [at, setAt] = useState(0);
  const hits = useMemo(() => linesWith(text, wanted), [text, wanted]);
  const place = hits.length > 0 ? ((at % hits.length) + hits.length) % hits.length : 0;
  if (error)
    return (
      <div className="experiment-pad">
        <ErrorNote error={error} retry={reload} />
      </div>
    );
  if (!data)
    return (
      <div className="experiment-pad">
        <Loading label="Reading the log" />
      </div>
    );
  if (text === "") return <Empty>It printed nothing, or it was not trained.</Empty>;
  return (
    <div className="experiment-fill">
      <div className="experiment-bar">
        <TextInput
          type="search"
          className="experiment-choice"
          aria-label="Search the log"
          placeholder="Search"
          value={wanted}
          onChange={(event) => {
            setWanted(event.target.value);
            setAt(0);
          }}
          onKeyDown={(event) => {
            if (event.key === "Enter") setAt(place + (event.shiftKey ? -1 : 1));
          }}
        />
        {wanted.trim() !== "" && (
          <>
            <span className="muted small num" role="status">
              {hits.length === 0 ? "not found" : `${place + 1} of ${hits.length}`}
            </span>
            <IconButton
              small
              label="Line before"
              disabled={hits.length === 0}
              onClick={() => setAt(place - 1)}
            >
              <ChevronUp size={14} />
            </IconButton>
            <IconButton small label="Next line" disabled={hits.length === 0} onClick={() => setAt(place + 1)}>
              <ChevronDown size={14} />
            </IconButton>
          </>
        )}
        <Button small className="experiment-end" onClick={() => copyText(text, "The log was copied.")}>
          <Copy size={12} aria-hidden /> Copy
        </Button>
      </div>
      <div className="experiment-code">
        <CodeView code={text} language="text" highlightLines={hits} scrollTo={hits[place]} label="Log" />
      </div>
    </div>
  );
}
