/** The parts of an experiment, one at a time; which one is kept in the address. */
import { Tabs as T } from "radix-ui";
import type { ComponentType } from "react";
import type { ExperimentView } from "../../../shared/views.ts";
import { replaceQuery } from "../../state/route.ts";
import { CodeView } from "../../ui/code.tsx";
import { part } from "../../ui/part.tsx";
import { Loading } from "../../ui/states.tsx";

interface PanelProps {
  view: ExperimentView;
}
type Panel = ComponentType<PanelProps>;

const Place = () => (
  <div className="experiment-pad">
    <Loading />
  </div>
);
const tabOf = (name: string, label: string, load: () => Promise<{ default: Panel }>) => ({
  name,
  label,
  Panel: part<PanelProps>(load, Place),
});

const TABS = [
  tabOf("diagram", "Diagram", () => import("./diagram-tab.tsx")),
  tabOf("code", "Code", () => import("./code-tab.tsx")),
  tabOf("diff", "Diff", () => import("./diff-tab.tsx")),
  tabOf("curves", "Curves", () => import("./curves-tab.tsx")),
  tabOf("runs", "Runs", () => import("./runs-tab.tsx")),
  tabOf("prompts", "Prompts", () => import("./prompts-tab.tsx")),
  tabOf("log", "Log", () => import("./log-tab.tsx")),
  tabOf("raw", "Raw", () => import("./raw-tab.tsx")),
];

/** Begins to load what will be shown while the record itself is still on its way. */
export function preload(name: string | null): void {
  const wanted = TABS.find((t) => t.name === name) ?? TABS[0]!;
  void wanted.Panel.read();
  if (["diagram", "code", "diff", "log", "raw"].includes(wanted.name)) void CodeView.read();
}

export function Tabs({ view, tab }: { view: ExperimentView; tab: string | null }) {
  // Without a wish, what there is most to see of.
  const first = view.card.thumbnail === null ? "code" : "diagram";
  const shown = TABS.some((t) => t.name === tab) ? tab! : first;
  return (
    <T.Root
      className="experiment-tabs"
      value={shown}
      onValueChange={(name) => replaceQuery({ tab: name, against: null, call: null })}
    >
      <T.List className="tabs-list" aria-label="Parts of the experiment">
        {TABS.map(({ name, label }) => (
          <T.Trigger key={name} value={name}>
            {label}
          </T.Trigger>
        ))}
      </T.List>
      {TABS.map(({ name, Panel }) => (
        <T.Content key={name} value={name} className="experiment-panel">
          <Panel view={view} />
        </T.Content>
      ))}
    </T.Root>
  );
}
