/** What the screen shows when this program has run no campaign since it started. */
import { useState } from "react";
import type { CampaignRow } from "../../../shared/campaigns.ts";
import { call, useCall } from "../../api/index.ts";
import { sayError } from "../../state/app.ts";
import { go, to } from "../../state/route.ts";
import { Button } from "../../ui/controls.tsx";
import { plural } from "../../ui/format.ts";
import { Page } from "../../ui/page.tsx";
import { Empty, ErrorNote, Loading } from "../../ui/states.tsx";
import { resumable } from "./resumable.ts";

export function NoCampaign() {
  const { data, error, loading, reload } = useCall("campaigns.list", {});
  const last = resumable(data ?? []);
  const elsewhere = data?.find((row) => row.live === "elsewhere");
  return (
    <Page title="Live campaign">
      {error && <ErrorNote error={error} retry={reload} />}
      {loading && !data ? (
        <Loading lines={4} />
      ) : (
        <Empty
          action={
            <div className="row wrap live-actions">
              <Button kind={last ? "normal" : "primary"} onClick={() => go(to("campaigns", "new"))}>
                New campaign
              </Button>
              {last && <Resume row={last} />}
              {elsewhere && (
                <Button asChild>
                  <a href={to("gallery", elsewhere.archive)}>Gallery of {elsewhere.campaign.name}</a>
                </Button>
              )}
            </div>
          }
        >
          {elsewhere
            ? `“${elsewhere.campaign.name}” is run by another process, so only its archive can be looked at here.`
            : "Nothing runs: a campaign's stages, curves, messages and terminal are shown here while it does."}
        </Empty>
      )}
    </Page>
  );
}

function Resume({ row }: { row: CampaignRow }) {
  const [asked, setAsked] = useState(false);
  const { archive, campaign, experiments } = row;
  return (
    <Button
      kind="primary"
      disabled={asked}
      title={`${plural(experiments, "experiment")} so far; ${row.live}`}
      onClick={() => {
        setAsked(true);
        call("campaigns.resume", { archive, campaign: campaign.id, experiments: null, wallSeconds: null })
          .catch(sayError)
          .finally(() => setAsked(false));
      }}
    >
      <span className="clip live-resume">{asked ? "Resuming" : `Resume ${campaign.name}`}</span>
    </Button>
  );
}
