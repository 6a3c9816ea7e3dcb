/** The header line while a campaign runs: what it does, what of its budget is used, and how to pause or stop it. */
import { useState } from "react";
import type { LiveState } from "../../shared/live.ts";
import { call, useTopic } from "../api/index.ts";
import { sayError } from "../state/app.ts";
import { to } from "../state/route.ts";
import { useSilence } from "../state/silence.ts";
import { budgets } from "../ui/budget.ts";
import { Button } from "../ui/controls.tsx";
import { duration, percent, plural } from "../ui/format.ts";
import { StandingBadge } from "../ui/measures.tsx";
import { Dialog, DialogClose, Menu } from "../ui/overlays.tsx";

/** Largest used share of the budgets that are set, from 0 to 1; null where there is no limit. */
function budgetUsed(live: LiveState): number | null {
  const shares = budgets(live).flatMap(({ share }) => (share === null ? [] : [share]));
  return shares.length > 0 ? Math.max(...shares) : null;
}

/** What is true now, in words. */
function stateInWords({ campaign, ending }: LiveState, silent: number | null): string {
  if (silent !== null) return `no sign of life for ${duration(silent / 1000)}`;
  if (ending === "step") return "pausing after the steps under way";
  if (ending === "now") return "pausing now";
  if (ending === "stop") return "stopping";
  return `running ${duration(campaign.used.wallSeconds)}`;
}

export function StatusLine() {
  const { data: live } = useTopic("live");
  const silent = useSilence(live);
  const [stopping, setStopping] = useState(false);
  if (live?.campaign.state !== "running") return null;
  const { campaign, counts } = live;
  const done = counts.archived + counts.rejected + counts.failed;
  const share = budgetUsed(live);
  const order = (work: Promise<unknown>) => work.catch(sayError);
  return (
    <section className="status" aria-label="Running campaign">
      <StandingBadge standing="running" quiet />
      <a className="status-name clip" href={to("live")}>
        {campaign.name}
      </a>
      <span className="secondary num clip" aria-live="polite">
        {stateInWords(live, silent)}
        {" · "}
        {campaign.budget.experiments
          ? `${done} of ${campaign.budget.experiments}`
          : plural(done, "experiment")}
        {" · "}device {percent(live.deviceBusy)} busy
      </span>
      {share !== null && (
        <div
          className="progress status-budget"
          role="progressbar"
          aria-label="Budget used"
          aria-valuenow={Math.round(100 * share)}
          aria-valuemin={0}
          aria-valuemax={100}
        >
          <div style={{ width: `${100 * share}%` }} />
        </div>
      )}
      <span className="grow" />
      <Button
        small
        disabled={live.ending !== null}
        onClick={() => order(call("campaigns.pause", { when: "step" }))}
        title="Steps under way finish and are stored; nothing new begins."
      >
        Pause after this step
      </Button>
      <Menu
        trigger={
          <Button small disabled={live.ending === "stop"}>
            More
          </Button>
        }
        entries={[
          {
            label: "Pause now: trainings keep a checkpoint, answers under way are dropped",
            onSelect: () => order(call("campaigns.pause", { when: "now" })),
          },
          { label: "Stop: the campaign is finished as it is", onSelect: () => setStopping(true) },
        ]}
      />
      <Dialog
        open={stopping}
        onOpenChange={setStopping}
        title="Stop this campaign?"
        description={`The ${done} experiments that ended stay in the archive. What is under way is given up, and the campaign counts as finished. To go on later, pause it instead.`}
      >
        <div className="dialog-actions">
          <DialogClose>
            <Button>Keep it running</Button>
          </DialogClose>
          <Button
            kind="danger"
            onClick={() => {
              setStopping(false);
              order(call("campaigns.stop", {}));
            }}
          >
            Stop the campaign
          </Button>
        </div>
      </Dialog>
    </section>
  );
}
