/** The first page: whether this machine is ready, what can be begun, and what was going on. */
import { useState } from "react";
import { call, useCall, useTopic } from "../../api/index.ts";
import { sayError, useApp } from "../../state/app.ts";
import { go, to } from "../../state/route.ts";
import { Button } from "../../ui/controls.tsx";
import { Page } from "../../ui/page.tsx";
import { ErrorNote, Note } from "../../ui/states.tsx";
import "./home.css";
import { Machine } from "./machine.tsx";
import { Recent, ResumeCard } from "./recent.tsx";

export default function Home() {
  const { data: info, error } = useCall("app.info", {});
  const { data: campaigns, error: unread, reload } = useCall("campaigns.list", {});
  const { data: live } = useTopic("live");
  const running = live?.campaign.state === "running" ? live : null;
  // The demo archive is read-only: what is in it cannot be gone on with.
  const resumable = campaigns?.filter((c) => c.archive !== info?.demo) ?? [];
  const open = info ? (resumable.find((c) => c.live === "interrupted" || c.live === "paused") ?? null) : null;

  return (
    <Page title="Home">
      {error && <ErrorNote error={error} />}
      {info?.problem && <Note tone="warn">{info.problem}</Note>}
      {open && !running && <ResumeCard row={open} />}
      <Begin demo={info?.demo ?? null} busy={running?.campaign.name ?? null} />
      <Machine />
      {unread ? <ErrorNote error={unread} retry={reload} /> : <Recent rows={campaigns} />}
    </Page>
  );
}

/** Archive of what comes with Cambrian, or a small campaign, or one's own. */
function Begin({ demo, busy }: { demo: string | null; busy: string | null }) {
  const [starting, setStarting] = useState(false);
  const start = async () => {
    setStarting(true);
    try {
      const { archive } = await call("campaigns.demo", {});
      useApp.getState().setArchive(archive);
      go(to("live"));
    } catch (failure) {
      sayError(failure);
    } finally {
      setStarting(false);
    }
  };
  const look = () => {
    useApp.getState().setArchive(demo);
    go(to("gallery", demo!));
  };
  return (
    <section className="home-begin" aria-label="Begin">
      <div>
        <h2>See it work</h2>
        <p className="secondary">
          A small campaign in a few minutes: eight mixers are proposed, checked, trained and explained on this
          machine, without network, GPU or language model.
        </p>
        <Button
          kind="primary"
          disabled={starting || busy !== null}
          title={busy === null ? undefined : `"${busy}" is running; one campaign runs at a time.`}
          onClick={start}
        >
          {starting ? "Starting…" : "Start demo campaign"}
        </Button>
      </div>
      <div>
        <h2>Look around</h2>
        <p className="secondary">
          A finished campaign that comes with Cambrian, read-only: gallery, tree and reports, with nothing to
          set up.
        </p>
        <Button
          disabled={demo === null}
          title={demo === null ? "The demo archive is missing from this installation." : undefined}
          onClick={look}
        >
          Open demo archive
        </Button>
      </div>
      <div>
        <h2>Search in earnest</h2>
        <p className="secondary">
          Choose a goal, a budget and who proposes. Everything has a default, and an estimate is shown before
          anything starts.
        </p>
        <Button onClick={() => go(to("campaigns", "new"))}>New campaign</Button>
      </div>
    </section>
  );
}
