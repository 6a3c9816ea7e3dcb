/** The program, in each of its versions. */
import { Copy } from "lucide-react";
import { useState } from "react";
import type { ExperimentView } from "../../../shared/views.ts";
import { CodeView } from "../../ui/code.tsx";
import { Button, Select } from "../../ui/controls.tsx";
import { plural } from "../../ui/format.ts";
import { copyText } from "./copy.ts";
import { versionName, versionsOf } from "./versions.ts";

export default function CodeTab({ view }: { view: ExperimentView }) {
  const versions = versionsOf(view);
  const standing = view.experiment.repairs;
  const [chosen, setChosen] = useState(standing);
  const version = versions.find((v) => v.version === chosen) ?? versions.at(-1)!;
  return (
    <div className="experiment-fill">
      <div className="experiment-bar">
        {versions.length > 1 ? (
          <Select
            className="experiment-choice"
            aria-label="Version"
            value={String(version.version)}
            onChange={(value) => setChosen(Number(value))}
            options={versions.map((v) => ({
              value: String(v.version),
              label: `${versionName(v.version)}${v.version === standing ? " (stands)" : ""}`,
            }))}
          />
        ) : (
          <span className="secondary">{versionName(version.version)}</span>
        )}
        {version.version > 0 && (
          <span className="secondary clip" title={version.why}>
            {version.why}
          </span>
        )}
        <span className="muted small num experiment-end">
          {plural(version.code.trimEnd().split("\n").length, "line")}
        </span>
        <Button small onClick={() => copyText(version.code, "The code was copied.")}>
          <Copy size={12} aria-hidden /> Copy
        </Button>
      </div>
      <div className="experiment-code">
        <CodeView code={version.code} label={`Code of ${view.experiment.name}`} />
      </div>
    </div>
  );
}
