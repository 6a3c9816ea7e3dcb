/** The parts of an experiment, one at a time; which one is kept in the address. */
import { Tabs as T } from "radix-ui";
import { type ComponentType, Suspense } from "react";
import type { ExperimentView } from "../../../shared/views.ts";
import { replaceQuery } from "../../state/route.ts";
import { preloadCode } from "../../ui/code.tsx";
import { part } from "../../ui/part.ts";
import { Loading } from "../../ui/states.tsx";

type Panel = ComponentType<{ view: ExperimentView }>;

const tab = (name: string, label: string, load: () => Promise<{ default: Panel }>) => ({
  name,
  label,
  load,
  Panel: part(load),
});

const TABS = [
  tab("diagram", "Diagram", () => import("./diagram-tab.tsx")),
  tab("code", "Code", () => import("./code-tab.tsx")),
  tab("diff", "Diff", () => import("./diff-tab.tsx")),
  tab("curves", "Curves", () => import("./curves-tab.tsx")),
  tab("runs", "Runs", () => import("./runs-tab.tsx")),
  tab("prompts", "Prompts", () => import("./prompts-tab.tsx")),
  tab("log", "Log", () => import("./log-tab.tsx")),
  tab("raw", "Raw", () => import("./raw-tab.tsx")),
];

/** Begins to load what will be shown while the record itself is still on its way. */
export function preload(name: string | null): void {
  const wanted = TABS.find((t) => t.name === name) ?? TABS[0]!;
  void wanted.load().catch(() => {});
  if (["diagram", "code", "diff", "log", "raw"].includes(wanted.name)) preloadCode();
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
          <Suspense
            fallback={
              <div className="experiment-pad">
                <Loading />
              </div>
            }
          >
            <Panel view={view} />
          </Suspense>
        </T.Content>
      ))}
    </T.Root>
  );
}
