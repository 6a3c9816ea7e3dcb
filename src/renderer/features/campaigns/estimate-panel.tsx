/** What the campaign is expected to take, all the time, with what that rests on. */
import { useEffect, useState } from "react";
import type { CampaignForm, Estimate } from "../../../shared/campaigns.ts";
import { call, useCall } from "../../api/index.ts";
import { sayError } from "../../state/app.ts";
import { Button } from "../../ui/controls.tsx";
import { bytes, duration, money, NONE } from "../../ui/format.ts";
import { ErrorNote } from "../../ui/states.tsx";

const ENDS: Record<string, string> = {
  experiments: "the experiments are done",
  wallSeconds: "the running time is used up",
  deviceSeconds: "the device time is used up",
  tokens: "the tokens are used up",
  cost: "the money is used up",
};

/** Typing should not ask at every key. */
const PAUSE_MS = 80;

export function EstimatePanel({ form, valid, busy }: { form: CampaignForm; valid: boolean; busy: boolean }) {
  const [asked, setAsked] = useState<CampaignForm | null>(valid ? form : null);
  const [measuring, setMeasuring] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setAsked(valid ? form : null), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [form, valid]);
  const { data, error, reload } = useCall("campaigns.estimate", asked);
  const measure = async () => {
    setMeasuring(true);
    try {
      await call("campaigns.calibrate", form);
      reload();
    } catch (failure) {
      sayError(failure);
    } finally {
      setMeasuring(false);
    }
  };
  return (
    <aside className="estimate" aria-label="Estimate">
      <h2>Estimate</h2>
      {error ? (
        <ErrorNote error={error} retry={reload} />
      ) : !valid ? (
        <p className="secondary">There is something to mend before anything can be said.</p>
      ) : (
        <dl aria-live="polite">
          <Line name="Experiments" range={data?.experiments} show={(v) => String(Math.round(v))} />
          <Line name="Running time" range={data?.wallSeconds} show={duration} />
          <Line name="Device time" range={data?.deviceHours} show={(v) => duration(3600 * v)} />
          {form.researcher === "llm" && (
            <Line
              name="Money"
              range={data?.cost}
              show={money}
              missing={data ? "no price known" : undefined}
            />
          )}
          <Line name="Disk" range={data?.diskMB} show={(v) => bytes(1e6 * v)} />
          <Line name="One experiment" range={data?.perExperiment} show={duration} />
        </dl>
      )}
      {valid && data && (
        <>
          <p className="small secondary">
            It ends when {ENDS[data.endedBy] ?? data.endedBy}. Most of the time goes into {data.dominates}.
          </p>
          {data.note && <p className="small secondary">{data.note}</p>}
        </>
      )}
      <Button
        small
        disabled={!valid || measuring || busy}
        onClick={measure}
        title={busy ? "A campaign is using the device." : "Trains the baseline for about a minute."}
      >
        {measuring ? "Measuring…" : "Measure on this machine"}
      </Button>
    </aside>
  );
}

function Line({
  name,
  range,
  show,
  missing = NONE,
}: {
  name: string;
  range: Estimate["experiments"] | null | undefined;
  show: (value: number) => string;
  missing?: string;
}) {
  return (
    <div className="estimate-line">
      <dt>{name}</dt>
      <dd className="num">
        {range ? (
          <>
            <span className="strong">{show(range.p50)}</span>
            <span className="small muted">
              {show(range.p10) === show(range.p90) ? "" : `${show(range.p10)} to ${show(range.p90)}`}
            </span>
          </>
        ) : (
          <span className="muted">{missing}</span>
        )}
      </dd>
    </div>
  );
}
