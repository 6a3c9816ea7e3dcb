/** Everything of an experiment that can be taken along as a file. */
import { Download } from "lucide-react";
import type { ExportFormat } from "../../../shared/views.ts";
import { call } from "../../api/index.ts";
import { sayError } from "../../state/app.ts";
import { Button } from "../../ui/controls.tsx";
import { download } from "../../ui/download.ts";
import { Menu } from "../../ui/overlays.tsx";
import { pngOf } from "./png.ts";

const FORMATS: { format: ExportFormat; label: string; drawing?: true }[] = [
  { format: "mixer.py", label: "Program (mixer.py)" },
  { format: "json", label: "Record (JSON)" },
  { format: "markdown", label: "Report (Markdown)" },
  { format: "bibtex", label: "Citation (BibTeX)" },
  { format: "svg", label: "Diagram (SVG)", drawing: true },
];

export function ExportMenu({
  archive,
  id,
  name,
  drawn,
}: {
  archive: string;
  id: string;
  name: string;
  /** Whether it has a diagram. */
  drawn: boolean;
}) {
  const save = async (format: ExportFormat) => {
    try {
      const { filename, mime, text } = await call("experiments.export", { archive, id, format });
      download(filename, mime, text);
    } catch (error) {
      sayError(error);
    }
  };
  const savePicture = async () => {
    try {
      const { filename, text } = await call("experiments.export", { archive, id, format: "svg" });
      download((filename || `${name}.svg`).replace(/\.svg$/, ".png"), "image/png", await pngOf(text));
    } catch (error) {
      sayError(error);
    }
  };
  return (
    <Menu
      trigger={
        <Button>
          <Download size={14} aria-hidden /> Export
        </Button>
      }
      entries={[
        ...FORMATS.map(({ format, label, drawing }) => ({
          label,
          disabled: drawing && !drawn,
          onSelect: () => void save(format),
        })),
        { label: "Diagram (PNG)", disabled: !drawn, onSelect: () => void savePicture() },
      ]}
    />
  );
}
