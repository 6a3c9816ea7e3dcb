/** What a campaign teaches as a whole. Every point and every count leads to its experiments. */
import { useState } from "react";
import type { Insights as Data } from "../../../shared/views.ts";
import { useCall } from "../../api/index.ts";
import { useApp } from "../../state/app.ts";
import { go, type Route, to } from "../../state/route.ts";
import { ArchiveChoice, ArchiveProblem, useArchive } from "../../ui/archive-choice.tsx";
import { Select } from "../../ui/controls.tsx";
import { duration, number, plural } from "../../ui/format.ts";
import { Page } from "../../ui/page.tsx";
import { Empty, ErrorNote, Loading } from "../../ui/states.tsx";
import { Components } from "./components.tsx";
import "./insights.css";
import { Outcomes } from "./outcomes.tsx";
import { Pareto, Progress } from "./plots.tsx";
import { Origins, Spend } from "./tables.tsx";

export default function Insights({ route }: { route: Route }) {
  const { data: campaigns, error, reload } = useCall("campaigns.list", {});
  const { archives, archive: info, reload: relist } = useArchive(route.rest[0]);
  const archive = info?.id ?? null;
  const here = campaigns?.filter((c) => c.archive === archive) ?? [];
  const chosen = here.find((c) => c.campaign.id === route.rest[1]) ?? here[0] ?? null;
  return (
    <Page
      title="Insights"
      aside={
        <>
          {archives && (
            <ArchiveChoice
              archives={archives}
              chosen={archive}
              onChoose={(id) => {
                useApp.getState().setArchive(id);
                go(to("insights", id));
              }}
              onListed={relist}
            />
          )}
          {chosen && (
            <Select
              aria-label="Campaign"
              className="insights-campaign"
              value={chosen.campaign.id}
              onChange={(id) => go(to("insights", archive!, id))}
              options={here.map((c) => ({ value: c.campaign.id, label: c.campaign.name }))}
            />
          )}
        </>
      }
    >
      {error && <ErrorNote error={error} retry={reload} />}
      {!campaigns && !error && <Loading />}
      {info && <ArchiveProblem archive={info} retry={relist} />}
      {campaigns && !chosen && !info?.problem && (
        <Empty action={<a href={to("campaigns", "new")}>New campaign</a>}>
          This archive holds no campaign yet. Once some experiments have ended, this is where they are read
          together.
        </Empty>
      )}
      {chosen && <Campaign key={chosen.campaign.id} archive={archive!} campaign={chosen.campaign.id} />}
    </Page>
  );
}

function Campaign({ archive, campaign }: { archive: string; campaign: string }) {
  const { data, error, reload } = useCall("insights.get", { archive, campaign }, { watch: archive });
  const rungs = data?.campaign.protocol.rungs.map((r) => r.name) ?? [];
  const reached = rungs.filter((r) => data?.progress.some((p) => p.rung === r));
  const [rung, setRung] = useState<string | null>(null);
  if (error) return <ErrorNote error={error} retry={reload} />;
  if (!data) return <Loading />;
  if (data.progress.length === 0 && data.outcomes.length === 0)
    return <Empty>Nothing of this campaign has ended yet.</Empty>;
  const shown = rung !== null && reached.includes(rung) ? rung : (reached[0] ?? null);
  return (
    <>
      <Summary data={data} />
      {shown !== null && (
        <>
          {reached.length > 1 && (
            <div className="row">
              <span className="secondary">Rung</span>
              <Select
                aria-label="Rung"
                className="insights-rung"
                value={shown}
                onChange={setRung}
                options={reached.map((r) => ({ value: r, label: r }))}
              />
              <span className="muted small">Experiments are compared with others on the same rung only.</span>
            </div>
          )}
          <div className="insights-plots">
            <Progress archive={archive} data={data} rung={shown} />
            <Pareto archive={archive} data={data} rung={shown} />
          </div>
        </>
      )}
      <Outcomes archive={archive} data={data} />
      <Components archive={archive} data={data} />
      <Origins data={data} />
      <Spend data={data} />
    </>
  );
}

/** In a sentence or two: how much, how long, and how far the screen can be trusted. */
function Summary({ data }: { data: Data }) {
  const { campaign, proxy, outcomes } = data;
  const all = outcomes.reduce((n, o) => n + o.count, 0);
  const { rho, low, high, n, rhoParams } = proxy;
  return (
    <p className="insights-summary">
      {plural(all, "experiment")} in {duration(campaign.used.wallSeconds)}, protocol {campaign.protocol.name},
      seed {campaign.seed}, on {campaign.device}.{" "}
      {rho === null ? (
        <>
          How well the first rung predicts the next is not known yet: too few experiments were confirmed (n ={" "}
          {n}).
        </>
      ) : (
        <>
          The first rung ranks experiments as the next one does with a correlation of{" "}
          <span className="figure">
            {number(rho, 2)}{" "}
            <span className="pm">
              [{number(low, 2)}, {number(high, 2)}], n = {n}
            </span>
          </span>
          ; their parameter count alone gives {number(rhoParams, 2)}.
        </>
      )}
    </p>
  );
}
