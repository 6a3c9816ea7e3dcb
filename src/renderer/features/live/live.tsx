/** The campaign that runs, or ran last: where each experiment is, what trains, what is said, who leads, what is used. */
import "./live.css";
import { useState } from "react";
import type { LiveState } from "../../../shared/live.ts";
import { useTopic } from "../../api/index.ts";
import { useSilence } from "../../state/silence.ts";
import { Page } from "../../ui/page.tsx";
import { ErrorNote } from "../../ui/states.tsx";
import { Terminal } from "../../ui/terminal.tsx";
import { CurvesPane } from "./curves-pane.tsx";
import { Feed } from "./feed.tsx";
import { Lanes } from "./lanes.tsx";
import { Leaderboard } from "./leaderboard.tsx";
import { NoCampaign } from "./no-campaign.tsx";
import { Rail } from "./rail.tsx";
import { StageStrip } from "./stage-strip.tsx";
import { About, StateNote } from "./state-note.tsx";
import { current, subjectOf } from "./words.ts";

export default function Live() {
  const { data: live, error } = useTopic("live");
  if (error)
    return (
      <Page title="Live campaign">
        <ErrorNote error={error} />
      </Page>
    );
  return live ? <Running live={live} /> : <NoCampaign />;
}

/** Px of the terminal at the beginning: what is left at 800 px when the rest has its place. */
const TERMINAL = 148;

function Running({ live }: { live: LiveState }) {
  const [chosen, setChosen] = useState<string | null>(null);
  const silent = useSilence(live);
  const running = live.campaign.state === "running";
  // Tasks of a process that is gone are no longer under way.
  const tasks = running ? live.tasks : [];
  const task = current(tasks, chosen);
  return (
    <Page title={live.campaign.name} aside={<About live={live} />} scroll={false}>
      <div className="live" data-state={live.campaign.state}>
        <StateNote live={live} silent={silent} />
        {running && <StageStrip live={live} task={task} silent={silent !== null} />}
        <div className="live-panes">
          {running && (
            <Lanes
              live={live}
              tasks={tasks}
              chosen={task && subjectOf(task)}
              onChoose={setChosen}
              stopped={silent !== null}
            />
          )}
          <CurvesPane archive={live.archive} task={task} chosen={chosen} onChoose={setChosen} />
          <Feed archive={live.archive} />
          <div className="live-side">
            <Leaderboard live={live} />
            <Rail live={live} />
          </div>
        </div>
        <div className="live-terminal">
          <Terminal height={TERMINAL} />
        </div>
      </div>
    </Page>
  );
}
