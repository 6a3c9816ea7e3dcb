/** Campaigns of before: the one that was cut short, and the newest. */
import { History } from "lucide-react";
import { useState } from "react";
import type { CampaignRow } from "../../../shared/campaigns.ts";
import { call } from "../../api/index.ts";
import { sayError, useApp } from "../../state/app.ts";
import { go, to, toExperiment } from "../../state/route.ts";
import { Button } from "../../ui/controls.tsx";
import { ago, duration, plural, time } from "../../ui/format.ts";
import { Figure } from "../../ui/measures.tsx";
import { Loading } from "../../ui/states.tsx";

const SHOWN = 6;

export function ResumeCard({ row }: { row: CampaignRow }) {
  const [busy, setBusy] = useState(false);
  const { campaign, experiments, archived } = row;
  const resume = async () => {
    setBusy(true);
    try {
      await call("campaigns.resume", {
        archive: row.archive,
        campaign: campaign.id,
        experiments: null,
        wallSeconds: null,
      });
      useApp.getState().setArchive(row.archive);
      go(to("live"));
    } catch (error) {
      sayError(error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <section className="home-resume" aria-label="Resume">
      <History size={18} aria-hidden />
      <div className="grow">
        <h2 className="clip">{campaign.name}</h2>
        <p className="secondary">
          {row.live === "interrupted"
            ? "was running when Cambrian ended. Every finished step is in the archive; trainings go on from their last checkpoint."
            : `is paused${campaign.reason ? `: ${campaign.reason}` : "."}`}{" "}
          <span className="num">
            {plural(experiments, "experiment")}, {archived} archived, {duration(campaign.used.wallSeconds)} so
            far.
          </span>
        </p>
      </div>
      <Button kind="primary" disabled={busy} onClick={resume}>
        {busy ? "Resuming…" : "Resume"}
      </Button>
    </section>
  );
}

export function Recent({ rows }: { rows: CampaignRow[] | null }) {
  return (
    <section className="section" aria-label="Recent campaigns">
      <div className="section-head">
        <h2>Recent campaigns</h2>
        <span className="grow" />
        {rows && rows.length > SHOWN && <a href={to("campaigns")}>All {rows.length}</a>}
      </div>
      {!rows && <Loading lines={3} />}
      {rows?.length === 0 && <p className="secondary">None yet. The demo campaign is a good first one.</p>}
      {rows && rows.length > 0 && (
        <table>
          <thead>
            <tr>
              <th>Campaign</th>
              <th>State</th>
              <th className="num">Experiments</th>
              <th className="num">Discoveries</th>
              <th title="Highest fitness on the deepest rung reached, with its gain">Best</th>
              <th className="num">Begun</th>
            </tr>
          </thead>
          <tbody>
            {rows.slice(0, SHOWN).map((row) => (
              <tr key={`${row.archive} ${row.campaign.id}`}>
                <td className="home-name">
                  <a
                    className="clip"
                    href={row.live === "running" ? to("live") : to("insights", row.archive, row.campaign.id)}
                  >
                    {row.campaign.name}
                  </a>
                </td>
                <td>{row.live}</td>
                <td className="num">{row.experiments}</td>
                <td className="num">{row.discoveries}</td>
                <td className="home-best">
                  {row.best ? (
                    <span className="row">
                      <a className="clip" href={toExperiment(row.archive, row.best.id)}>
                        {row.best.name}
                      </a>
                      <Figure value={row.best.gain} se={row.best.gainSe} difference />
                    </span>
                  ) : (
                    <span className="muted">–</span>
                  )}
                </td>
                <td className="num muted" title={ago(row.campaign.createdAt)}>
                  {time(row.campaign.createdAt)}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}
