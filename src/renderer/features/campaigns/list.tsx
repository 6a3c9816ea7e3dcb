/** Campaigns in a table: how each is doing, what it found, and what can be done with it. */
import { useState } from "react";
import type { CampaignRow, Estimate } from "../../../shared/campaigns.ts";
import { call, useCall } from "../../api/index.ts";
import { sayError, useApp } from "../../state/app.ts";
import { go, to, toExperiment } from "../../state/route.ts";
import { Button, Field, NumberInput } from "../../ui/controls.tsx";
import { duration, money, time } from "../../ui/format.ts";
import { Figure, StandingBadge } from "../../ui/measures.tsx";
import { Dialog, DialogClose } from "../../ui/overlays.tsx";
import { Empty, ErrorNote, Loading } from "../../ui/states.tsx";

const WORDS: Record<CampaignRow["live"], string> = {
  running: "running",
  elsewhere: "running in another process",
  interrupted: "interrupted",
  paused: "paused",
  finished: "finished",
  failed: "failed",
};

export function CampaignList() {
  const { data: rows, error, reload } = useCall("campaigns.list", {});
  const { data: info } = useCall("app.info", {});
  const [resuming, setResuming] = useState<CampaignRow | null>(null);
  if (error) return <ErrorNote error={error} retry={reload} />;
  if (!rows) return <Loading />;
  if (rows.length === 0)
    return (
      <Empty action={<Button onClick={() => go(to("campaigns", "new"))}>New campaign</Button>}>
        A campaign is one search: a protocol, a baseline, a budget, and agents that propose. None was begun
        yet.
      </Empty>
    );
  return (
    <>
      <table className="campaigns-table">
        <thead>
          <tr>
            <th>Campaign</th>
            <th>State</th>
            <th>Protocol</th>
            <th className="num">Experiments</th>
            <th className="num">Discoveries</th>
            <th title="Highest fitness on the deepest rung reached, with its gain">Best</th>
            <th className="num">Time</th>
            <th className="num">Begun</th>
            <th>
              <span className="hidden-text">Actions</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <Line
              key={`${row.archive} ${row.campaign.id}`}
              row={row}
              // The demo archive is read-only.
              onResume={row.archive === info?.demo ? null : () => setResuming(row)}
            />
          ))}
        </tbody>
      </table>
      {resuming && <Resume row={resuming} onClose={() => setResuming(null)} />}
    </>
  );
}

function Line({ row, onResume }: { row: CampaignRow; onResume: (() => void) | null }) {
  const { campaign, archive } = row;
  const { used, budget, llm } = campaign;
  const show = (page: string) => () =>
    useApp.getState().setArchive(archive) ?? go(to(page, archive, campaign.id));
  const actual = estimatedAgainst(row.estimate as Estimate | null, used.wallSeconds);
  return (
    <tr>
      <td className="campaigns-name">
        <a
          className="clip strong"
          href={row.live === "running" ? to("live") : to("insights", archive, campaign.id)}
        >
          {campaign.name}
        </a>
        <span className="muted small clip">{row.archiveName}</span>
      </td>
      <td title={campaign.reason ?? undefined}>
        {row.live === "running" ? <StandingBadge standing="running" /> : WORDS[row.live]}
      </td>
      <td>
        {campaign.protocol.name}
        <span className="campaigns-by muted small">{llm ? "language models" : campaign.researcher}</span>
      </td>
      <td className="num" title={`${row.archived} archived, ${row.rejected} rejected, ${row.failed} failed`}>
        {row.experiments}
        {budget.experiments ? <span className="muted"> of {budget.experiments}</span> : null}
      </td>
      <td className="num">{row.discoveries}</td>
      <td>
        {row.best ? (
          <span className="row">
            <a className="clip" href={toExperiment(archive, row.best.id)}>
              {row.best.name}
            </a>
            <Figure value={row.best.gain} se={row.best.gainSe} difference />
          </span>
        ) : (
          <span className="muted">–</span>
        )}
      </td>
      <td className="num" title={actual ?? undefined}>
        {duration(used.wallSeconds)}
        {used.cost > 0 && <span className="muted"> {money(used.cost)}</span>}
      </td>
      <td className="num muted">{time(campaign.createdAt)}</td>
      <td>
        <span className="row campaigns-actions">
          {onResume && ["interrupted", "paused", "finished"].includes(row.live) && (
            <Button small onClick={onResume}>
              {row.live === "finished" ? "Continue" : "Resume"}
            </Button>
          )}
          <Button small kind="quiet" onClick={show("gallery")}>
            Gallery
          </Button>
          <Button small kind="quiet" onClick={show("tree")}>
            Tree
          </Button>
        </span>
      </td>
    </tr>
  );
}

/** What was estimated, beside what it took. */
function estimatedAgainst(estimate: Estimate | null, wallSeconds: number): string | null {
  const range = estimate?.wallSeconds;
  if (!range) return null;
  return `Estimated ${duration(range.p10)} to ${duration(range.p90)}, so far ${duration(wallSeconds)}.`;
}

function Resume({ row, onClose }: { row: CampaignRow; onClose: () => void }) {
  const { budget, used } = row.campaign;
  const [experiments, setExperiments] = useState<number | null>(budget.experiments);
  const [hours, setHours] = useState<number | null>(budget.wallSeconds && budget.wallSeconds / 3600);
  const [busy, setBusy] = useState(false);
  const wrong = experiments !== null && (!Number.isInteger(experiments) || experiments < 1);
  const spent = experiments !== null && row.live === "finished" && experiments <= row.experiments;
  const late = hours !== null && !(hours > 0);
  const start = async () => {
    setBusy(true);
    try {
      const wallSeconds = hours === null ? null : hours * 3600;
      await call("campaigns.resume", {
        archive: row.archive,
        campaign: row.campaign.id,
        experiments,
        wallSeconds,
      });
      useApp.getState().setArchive(row.archive);
      go(to("live"));
    } catch (error) {
      sayError(error);
      setBusy(false);
    }
  };
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={`Resume “${row.campaign.name}”`}
      description="It goes on from what the archive holds. Interrupted trainings continue from their last checkpoint; nothing that was finished is done again."
    >
      <Field
        label="Experiments, in all"
        help={`${row.experiments} so far. Empty keeps the budget that it had.`}
        error={
          wrong ? "A whole number from 1 on." : spent ? `It has ${row.experiments} already: name more.` : null
        }
      >
        {(props) => <NumberInput {...props} value={experiments} onChange={setExperiments} />}
      </Field>
      <Field
        label="Running time, in all (hours)"
        help={`${duration(used.wallSeconds)} used so far.`}
        error={late ? "More than 0 hours." : null}
      >
        {(props) => <NumberInput {...props} value={hours} onChange={setHours} />}
      </Field>
      <div className="dialog-actions">
        <DialogClose>
          <Button>Cancel</Button>
        </DialogClose>
        <Button kind="primary" disabled={wrong || spent || late || busy} onClick={start}>
          {busy ? "Resuming…" : "Resume"}
        </Button>
      </div>
    </Dialog>
  );
}
