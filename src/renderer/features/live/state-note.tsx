/** What is true of the campaign as a whole, and what can be done where it does not run. */
import { useState } from "react";
import type { LiveState } from "../../../shared/live.ts";
import { call } from "../../api/index.ts";
import { sayError } from "../../state/app.ts";
import { to } from "../../state/route.ts";
import { Button } from "../../ui/controls.tsx";
import { duration, plural, time } from "../../ui/format.ts";
import { Note } from "../../ui/states.tsx";

/** What kind of campaign it is, in one line. */
export function About({ live: { campaign, slots, activity } }: { live: LiveState }) {
  const by = campaign.llm ? "language models" : `${campaign.researcher} researcher`;
  const device = campaign.device === "cuda" ? "GPU" : plural(slots, "CPU slot");
  return (
    <p className="secondary clip live-about">
      {campaign.protocol.name} protocol · {by} · {device} · seed {campaign.seed} · begun{" "}
      {time(campaign.createdAt)}
      {campaign.state === "running" && activity ? ` · ${activity}` : ""}
    </p>
  );
}

const ORDERS = {
  step: "Pausing: the steps under way finish and are stored, and nothing new begins.",
  now: "Pausing now: trainings keep a checkpoint, and answers under way are dropped.",
  stop: "Stopping: what is under way is given up, and the campaign counts as finished.",
} as const;

export function StateNote({ live, silent }: { live: LiveState; silent: number | null }) {
  const { campaign, ending } = live;
  if (campaign.state !== "running") return <Ended live={live} />;
  if (silent !== null)
    return (
      <div className="live-note">
        <Note tone="bad">
          <p className="strong" role="alert">
            No sign of life for {duration(silent / 1000)}.
          </p>
          <p>
            What is shown is what was known at {time(live.heartbeat)}. All finished steps are stored. If it
            does not come back, start Cambrian again and resume the campaign: nothing of it is lost.
          </p>
        </Note>
      </div>
    );
  if (ending !== null)
    return (
      <div className="live-note" role="status">
        <Note tone="warn">{ORDERS[ending]}</Note>
      </div>
    );
  return null;
}

function Ended({ live }: { live: LiveState }) {
  const [asked, setAsked] = useState(false);
  const { campaign, counts, archive } = live;
  const { state, reason, used, endedAt } = campaign;
  const failed = state === "failed";
  const resume = () => {
    setAsked(true);
    call("campaigns.resume", { archive, campaign: campaign.id, experiments: null, wallSeconds: null })
      .catch(sayError)
      .finally(() => setAsked(false));
  };
  return (
    <div className="live-note" role="status">
      <Note tone={failed ? "bad" : state === "finished" ? "good" : "warn"}>
        <p>
          <span className="strong">
            {state === "finished" ? "Finished" : failed ? "Failed" : "Paused"}
            {endedAt ? ` ${time(endedAt)}` : ""}, after {duration(used.wallSeconds)}
            {reason ? ":" : "."}
          </span>{" "}
          {reason}
        </p>
        <p className="secondary">
          {plural(counts.archived, "experiment")} archived, {counts.rejected} rejected, {counts.failed} failed
          {" · "}
          {plural(live.discoveries.length, "discovery", "discoveries")}. All of it is kept in the archive.
        </p>
        <div className="row wrap live-actions">
          {state !== "finished" && (
            <Button kind="primary" small disabled={asked} onClick={resume}>
              {asked ? "Resuming" : "Resume"}
            </Button>
          )}
          <Button small asChild>
            <a href={to("gallery", archive)}>Gallery</a>
          </Button>
          <Button small asChild>
            <a href={to("insights", archive, campaign.id)}>Insights</a>
          </Button>
          <Button small asChild>
            <a href={to("campaigns")}>{state === "finished" ? "Go on with a larger budget" : "Campaigns"}</a>
          </Button>
        </div>
      </Note>
    </div>
  );
}
