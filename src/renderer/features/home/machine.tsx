/** Whether this machine can train: each check with what to do about it. */
import { CircleAlert, CircleCheck, RefreshCw, TriangleAlert } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import type { HealthCheck, SetupState } from "../../../shared/live.ts";
import { call, useCall, useTopic } from "../../api/index.ts";
import { sayError } from "../../state/app.ts";
import { Button } from "../../ui/controls.tsx";
import { bytes } from "../../ui/format.ts";
import { ErrorNote, Loading, Note } from "../../ui/states.tsx";
import { Terminal } from "../../ui/terminal.tsx";
import { ChooseInterpreter } from "./choose-interpreter.tsx";

const NAMES: Record<string, string> = {
  interpreter: "Python",
  torch: "torch",
  device: "Device",
  gpu: "GPU",
  sandbox: "Sandbox",
  disk: "Disk",
  resources: "Own files",
};

export function Machine() {
  const [fresh, setFresh] = useState(0);
  const { data: checks, error, loading, reload } = useCall("health.check", { fresh: fresh > 0 });
  const { data: setup } = useTopic("setup");
  const [choosing, setChoosing] = useState(false);

  const again = () => {
    if (fresh === 0) setFresh(1);
    else reload();
  };
  // What was set up, or failed to be, changes what the checks find.
  const before = useRef(setup?.state);
  useEffect(() => {
    if (before.current === "running" && setup && setup.state !== "running") reload();
    before.current = setup?.state;
  }, [setup, reload]);

  const wrong = checks?.filter((c) => !c.ok).length ?? 0;
  return (
    <section className="section" aria-label="This machine">
      <div className="section-head">
        <h2>This machine</h2>
        <span className="secondary" aria-live="polite">
          {checks &&
            !loading &&
            (wrong === 0 ? "Ready to train" : wrong === 1 ? "One thing to mend" : `${wrong} things to mend`)}
        </span>
        <span className="grow" />
        <Button small kind="quiet" onClick={again} disabled={loading}>
          <RefreshCw size={14} aria-hidden />
          Check again
        </Button>
      </div>
      {error && <ErrorNote error={error} retry={reload} />}
      {!checks && !error && <Loading lines={5} label="Checking this machine" />}
      {checks && (
        <ul className="home-checks">
          {checks.map((check) => (
            <CheckLine
              key={check.name}
              check={check}
              busy={setup?.state === "running"}
              onChoose={() => setChoosing(true)}
            />
          ))}
        </ul>
      )}
      {setup && setup.state !== "idle" && <Setup setup={setup} />}
      <ChooseInterpreter
        open={choosing}
        onOpenChange={setChoosing}
        onChosen={() => {
          setChoosing(false);
          again();
        }}
      />
    </section>
  );
}

function CheckLine({ check, busy, onChoose }: { check: HealthCheck; busy: boolean; onChoose: () => void }) {
  const tone = check.ok ? (check.fix === null ? "good" : "warn") : "bad";
  const Icon = tone === "good" ? CircleCheck : tone === "warn" ? TriangleAlert : CircleAlert;
  const interpreter = check.name === "interpreter";
  return (
    <li>
      <Icon size={16} className={`home-check-${tone}`} aria-label={check.ok ? "in order" : "to be mended"} />
      <span className="strong">{NAMES[check.name] ?? check.name}</span>
      <div className="grow">
        <p className="home-check-detail">{check.detail}</p>
        {check.fix && <p className="secondary">{check.fix}</p>}
      </div>
      <span className="row">
        {check.action === "set up" && (
          <Button
            small
            kind="primary"
            disabled={busy}
            onClick={() => call("setup.start", {}).catch(sayError)}
          >
            Set up Python
          </Button>
        )}
        {(check.action === "choose interpreter" || interpreter) && (
          <Button small onClick={onChoose}>
            Choose interpreter
          </Button>
        )}
      </span>
    </li>
  );
}

/** The set-up as it goes: phase, bytes, its own terminal, and the way out. */
function Setup({ setup }: { setup: SetupState }) {
  const { state, message, download, error } = setup;
  const share = download?.total ? download.bytes / download.total : null;
  return (
    <div className="home-setup">
      {state === "running" && (
        <>
          <div className="row">
            <span className="grow">
              {message}
              {download && (
                <span className="secondary num">
                  {" "}
                  {download.name}, {bytes(download.bytes)}
                  {download.total ? ` of ${bytes(download.total)}` : ""}
                </span>
              )}
            </span>
            <Button small onClick={() => call("setup.cancel", {}).catch(sayError)}>
              Cancel
            </Button>
          </div>
          <div
            className="progress"
            role="progressbar"
            aria-label="Set-up"
            aria-valuenow={share === null ? undefined : Math.round(100 * share)}
          >
            <div style={{ width: `${100 * (share ?? 0.3)}%` }} />
          </div>
        </>
      )}
      {state === "done" && <Note tone="good">Python is set up: {message}</Note>}
      {state === "cancelled" && (
        <Note tone="warn">The set-up was cancelled. What was fetched is kept for the next time.</Note>
      )}
      {state === "failed" && error && (
        <ErrorNote error={error} retry={() => call("setup.start", {}).catch(sayError)} />
      )}
      <Terminal terminal="setup" height={160} />
    </div>
  );
}
