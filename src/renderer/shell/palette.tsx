/** The command palette: pages, actions, campaigns, and experiments by name. */
import { Command, defaultFilter } from "cmdk";
import { Activity, type LucideIcon } from "lucide-react";
import { Dialog } from "radix-ui";
import { useDeferredValue, useState } from "react";
import type { CampaignRow } from "../../shared/campaigns.ts";
import { call, useCall } from "../api/index.ts";
import { sayError, useApp } from "../state/app.ts";
import { go, to, toExperiment, useRoute } from "../state/route.ts";
import { useArchive } from "../ui/archive-choice.tsx";
import { StandingBadge } from "../ui/measures.tsx";
import { PAGES } from "./navigation.tsx";

const HITS = 8;
const CAMPAIGNS = 20;

export function Palette() {
  const open = useApp((s) => s.palette);
  const setOpen = useApp((s) => s.open);
  const close = () => setOpen("palette", false);
  return (
    <Dialog.Root open={open} onOpenChange={(o) => setOpen("palette", o)}>
      <Dialog.Portal>
        <Dialog.Overlay className="overlay" />
        <Dialog.Content className="palette" aria-describedby={undefined}>
          <Dialog.Title className="hidden-text">Command palette</Dialog.Title>
          {open && <Commands close={close} />}
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

function Commands({ close }: { close: () => void }) {
  const [text, setText] = useState("");
  const wanted = text.trim();
  const asked = useDeferredValue(wanted);
  const { rest } = useRoute();
  const { archive } = useArchive(rest[0]);
  const { data: campaigns } = useCall("campaigns.list", {});
  const hits = useCall(
    "gallery.query",
    archive && !archive.problem && asked.length > 1
      ? {
          ...{ archive: archive.id, filter: { text: asked } },
          ...{ sort: { by: "relevance", descending: true }, offset: 0, limit: HITS },
        }
      : null,
  );
  const run = (work: () => void) => () => {
    close();
    work();
  };
  const groups = [
    { heading: "Go to", entries: PLACES },
    { heading: "Do", entries: actions() },
    { heading: "Campaigns", entries: (campaigns ?? []).slice(0, CAMPAIGNS).map(ofCampaign) },
  ]
    .map(({ heading, entries }) => ({ heading, entries: matching(entries, wanted) }))
    .filter(({ entries }) => entries.length > 0);
  return (
    // What the program has found is shown whatever its name is: the rest is filtered here, not by the list.
    <Command label="Command palette" loop shouldFilter={false}>
      <Command.Input
        value={text}
        onValueChange={setText}
        placeholder="Go to, do, or find an experiment"
        autoFocus
      />
      <Command.List>
        <Command.Empty>{hits.loading ? "Searching" : "Nothing is called that."}</Command.Empty>
        {groups.map(({ heading, entries }) => (
          <Command.Group key={heading} heading={heading}>
            {entries.map(({ id, name, Icon, note, work }) => (
              <Command.Item key={id} value={id} onSelect={run(work)}>
                {Icon && <Icon size={16} strokeWidth={1.75} aria-hidden />}
                <span className="clip grow">{name}</span>
                {note && <span className="muted small">{note}</span>}
              </Command.Item>
            ))}
          </Command.Group>
        ))}
        {archive && wanted.length > 1 && hits.data && hits.data.cards.length > 0 && (
          <Command.Group heading="Experiments">
            {hits.data.cards.map((card) => (
              <Command.Item
                key={card.id}
                value={card.id}
                onSelect={run(() => go(toExperiment(archive.id, card.id)))}
              >
                <StandingBadge standing={card.standing} quiet />
                <span className="clip">{card.name}</span>
                <span className="muted small clip grow">{card.motivation}</span>
              </Command.Item>
            ))}
          </Command.Group>
        )}
      </Command.List>
    </Command>
  );
}

interface Entry {
  id: string;
  name: string;
  /** Other words for it. */
  words?: string;
  Icon?: LucideIcon;
  note?: string;
  work: () => void;
}

const PLACES: Entry[] = [
  ...PAGES.map(({ page, name, Icon }) => ({
    ...{ id: `go ${page}`, name, words: "go to", Icon },
    work: () => go(to(page)),
  })),
  { id: "go live", name: "Live campaign", words: "go to", Icon: Activity, work: () => go(to("live")) },
];

function actions(): Entry[] {
  const { settings, setSettings, open, drawer } = useApp.getState();
  const theme = (value: "light" | "dark"): Entry => ({
    id: `theme ${value}`,
    name: value === "dark" ? "Dark theme" : "Light theme",
    words: `theme ${value}`,
    work: () => void call("settings.set", { theme: value }).then(setSettings).catch(sayError),
  });
  return [
    { id: "new", name: "New campaign", words: "start", work: () => go(to("campaigns", "new")) },
    {
      id: "pause",
      name: "Pause the campaign after this step",
      work: () => void call("campaigns.pause", { when: "step" }).catch(sayError),
    },
    { id: "drawer", name: "Show or hide the terminal", work: () => open("drawer", !drawer) },
    ...(["dark", "light"] as const).filter((value) => settings?.theme !== value).map(theme),
    { id: "keys", name: "Keyboard shortcuts", words: "help", work: () => open("help", true) },
  ];
}

const ofCampaign = ({ archive, campaign, live }: CampaignRow): Entry => ({
  ...{ id: `campaign ${campaign.id}`, name: campaign.name, words: "campaign", note: live },
  work: () => {
    useApp.getState().setArchive(archive);
    go(live === "running" ? to("live") : to("insights", archive, campaign.id));
  },
});

/** Those that fit what was typed, best first; all of them before anything was. */
function matching(entries: Entry[], text: string): Entry[] {
  if (!text) return entries;
  return entries
    .map((entry) => ({ entry, score: defaultFilter(entry.name, text, entry.words ? [entry.words] : []) }))
    .filter(({ score }) => score > 0)
    .sort((a, b) => b.score - a.score)
    .map(({ entry }) => entry);
}
