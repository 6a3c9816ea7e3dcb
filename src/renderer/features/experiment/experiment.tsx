/** Architecture: all that is known of one experiment. Its story on the left, its parts as tabs on the right. */
import { ChevronLeft, ChevronRight, Copy, GitCompareArrows, Star } from "lucide-react";
import { useEffect } from "react";
import type { ExperimentView } from "../../../shared/views.ts";
import { useCall } from "../../api/index.ts";
import { useApp } from "../../state/app.ts";
import { go, type Route, to, toExperiment } from "../../state/route.ts";
import { isTyping } from "../../state/shortcuts.ts";
import { readOnlyReason } from "../../ui/archive-choice.tsx";
import { Button, IconButton } from "../../ui/controls.tsx";
import { Markdown } from "../../ui/markdown.tsx";
import { StandingBadge } from "../../ui/measures.tsx";
import { Page } from "../../ui/page.tsx";
import { Empty, ErrorNote, Loading } from "../../ui/states.tsx";
import { copyText } from "./copy.ts";
import { ExportMenu } from "./export-menu.tsx";
import "./experiment.css";
import { Story } from "./story.tsx";
import { preload, Tabs } from "./tabs.tsx";
import { useMarks } from "./use-marks.ts";
import { useNeighbours } from "./use-neighbours.ts";

export default function Experiment({ route }: { route: Route }) {
  const [archive, id] = route.rest;
  const known = archive !== undefined && id !== undefined;
  const { data, error, reload } = useCall("experiments.get", known ? { archive, id } : null, {
    watch: archive ?? null,
  });
  const tab = route.query.get("tab");
  useEffect(() => {
    preload(tab);
    void Markdown.read();
  }, []);
  if (!known)
    return (
      <Page title="Architecture">
        <Empty action={<a href={to("gallery")}>Open the gallery</a>}>
          Choose an experiment in the gallery.
        </Empty>
      </Page>
    );
  if (data) return <Loaded view={data} tab={tab} />;
  return (
    <Page title="Architecture">
      {error ? (
        <ErrorNote error={error} retry={reload} />
      ) : (
        <Loading lines={12} label="Reading the experiment" />
      )}
    </Page>
  );
}

function Loaded({ view, tab }: { view: ExperimentView; tab: string | null }) {
  const { archive, experiment, campaign, card } = view;
  const { data: archives } = useCall("archives.list", {});
  const info = archives?.find((a) => a.id === archive);
  const marks = useMarks(view, info ? readOnlyReason(info) : null);
  const { previous, next } = useNeighbours(view);
  const compared = useApp((s) => s.compared.some((c) => c.archive === archive && c.id === experiment.id));
  const compare = () =>
    useApp.getState().toggleCompared({ archive, id: experiment.id, name: experiment.name });

  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || isTyping(event.target))
        return;
      // A dialog or a menu has the keys to itself.
      if ((event.target as HTMLElement).closest("[role=dialog], [role=menu]")) return;
      if (event.key === "s" && !marks.refused) marks.set({ starred: !marks.marks.starred });
      else if (event.key === "[" && previous) go(toExperiment(archive, previous.id, tab ?? undefined));
      else if (event.key === "]" && next) go(toExperiment(archive, next.id, tab ?? undefined));
      else return;
      event.preventDefault();
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, [archive, marks, previous, next, tab]);

  const star = marks.refused ?? (marks.marks.starred ? "Take the star away" : "Star");
  return (
    <Page
      title={experiment.name}
      scroll={false}
      aside={
        <>
          <StandingBadge standing={card.standing} />
          <span className="secondary experiment-place">
            <span className="num">#{experiment.index}</span> of{" "}
            <a href={to("insights", archive, campaign.id)}>{campaign.name}</a>
          </span>
        </>
      }
      actions={
        <>
          <IconButton
            label={previous ? `Previous: ${previous.name}` : "No experiment before it"}
            shortcut="["
            disabled={!previous}
            onClick={() => previous && go(toExperiment(archive, previous.id, tab ?? undefined))}
          >
            <ChevronLeft size={16} />
          </IconButton>
          <IconButton
            label={next ? `Next: ${next.name}` : "No experiment after it"}
            shortcut="]"
            disabled={!next}
            onClick={() => next && go(toExperiment(archive, next.id, tab ?? undefined))}
          >
            <ChevronRight size={16} />
          </IconButton>
          <IconButton
            label={star}
            shortcut="s"
            aria-pressed={marks.marks.starred}
            aria-disabled={marks.refused !== null}
            onClick={() => !marks.refused && marks.set({ starred: !marks.marks.starred })}
          >
            <Star size={16} fill={marks.marks.starred ? "currentColor" : "none"} />
          </IconButton>
          <Button aria-pressed={compared} onClick={compare}>
            <GitCompareArrows size={14} aria-hidden />
            {compared ? "In the comparison" : "Compare"}
          </Button>
          <Button onClick={() => copyText(experiment.code, "The code was copied.")}>
            <Copy size={14} aria-hidden /> Copy code
          </Button>
          <ExportMenu
            archive={archive}
            id={experiment.id}
            name={experiment.name}
            drawn={card.thumbnail !== null}
          />
        </>
      }
    >
      <div className="experiment">
        <section className="experiment-story" aria-label="Story">
          <Story view={view} marks={marks} />
        </section>
        <section className="experiment-parts" aria-label="Parts">
          <Tabs view={view} tab={tab} />
        </section>
      </div>
    </Page>
  );
}
