/** What a report about a fault needs, without secrets. */
import { useState } from "react";
import { call, useCall } from "../../api/index.ts";
import { sayError } from "../../state/app.ts";
import { Button } from "../../ui/controls.tsx";
import { download } from "../../ui/download.ts";
import { Section } from "./section.tsx";

export function Diagnostics() {
  const { data: info } = useCall("app.info", {});
  const [bundle, setBundle] = useState<{ filename: string; text: string } | null>(null);
  const [busy, setBusy] = useState(false);
  const gather = async () => {
    setBusy(true);
    try {
      setBundle(await call("diagnostics.bundle", {}));
    } catch (error) {
      sayError(error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Section
      id="diagnostics"
      title="Diagnostics"
      about="Version, settings, checks and recent errors as one text. It holds no key and no experiment, and goes nowhere by itself: read it, then keep or send it."
    >
      <p className="secondary">
        Cambrian {info?.version} on {info?.platform},{" "}
        {info?.host === "web" ? "in a browser" : "as an application"}.
      </p>
      <div className="row">
        <Button onClick={gather} disabled={busy}>
          {busy ? "Gathering…" : bundle ? "Gather again" : "Gather diagnostics"}
        </Button>
        {bundle && (
          <Button onClick={() => download(bundle.filename, "text/plain", bundle.text)}>Save as a file</Button>
        )}
      </div>
      {bundle && (
        <textarea
          className="input mono settings-bundle"
          readOnly
          rows={16}
          aria-label="Diagnostics"
          value={bundle.text}
        />
      )}
    </Section>
  );
}
