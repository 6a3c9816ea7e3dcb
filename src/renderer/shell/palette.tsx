/** The command palette: pages, actions, campaigns, and experiments by name. */
import { Command } from "cmdk";
import { Dialog } from "radix-ui";
import { useDeferredValue, useState } from "react";
import { call, useCall } from "../api/index.ts";
import { sayError, useApp } from "../state/app.ts";
import { go, to, toExperiment } from "../state/route.ts";
import { StandingBadge } from "../ui/measures.tsx";
import { PAGES } from "./navigation.tsx";

const HITS = 8;

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
  const asked = useDeferredValue(text.trim());
  const { data: archives } = useCall("archives.list", {});
  const { data: campaigns } = useCall("campaigns.list", {});
  const chosen = useApp((s) => s.archive);
  const archive =
    archives?.find((a) => a.id === chosen && !a.problem) ?? archives?.find((a) => a.experiments > 0);
  const { settings, setSettings, open } = useApp.getState();
  const run = (work: () => void) => () => {
    close();
    work();
  };
  const theme = (value: "light" | "dark" | "system") =>
    run(() => call("settings.set", { theme: value }).then(setSettings).catch(sayError));
  return (
    <Command label="Command palette" loop>
      <Command.Input
        value={text}
        onValueChange={setText}
        placeholder="Go to, do, or find an experiment"
        autoFocus
      />
      <Command.List>
        <Command.Empty>Nothing is called that.</Command.Empty>
        <Command.Group heading="Go to">
          {PAGES.map(({ page, name, Icon }) => (
            <Command.Item key={page} value={`Go to ${name}`} onSelect={run(() => go(to(page)))}>
              <Icon size={16} strokeWidth={1.75} aria-hidden />
              {name}
            </Command.Item>
          ))}
          <Command.Item value="Go to live campaign" onSelect={run(() => go(to("live")))}>
            Live campaign
          </Command.Item>
        </Command.Group>
        <Command.Group heading="Do">
          <Command.Item value="New campaign" onSelect={run(() => go(to("campaigns", "new")))}>
            New campaign
          </Command.Item>
          <Command.Item
            value="Pause the campaign after this step"
            onSelect={run(() => call("campaigns.pause", { when: "step" }).catch(sayError))}
          >
            Pause the campaign after this step
          </Command.Item>
          <Command.Item
            value="Show or hide the terminal"
            onSelect={run(() => open("drawer", !useApp.getState().drawer))}
          >
            Show or hide the terminal
          </Command.Item>
          {settings?.theme !== "dark" && (
            <Command.Item value="Dark theme" keywords={["theme dark"]} onSelect={theme("dark")}>
              Dark theme
            </Command.Item>
          )}
          {settings?.theme !== "light" && (
            <Command.Item value="Light theme" keywords={["theme light"]} onSelect={theme("light")}>
              Light theme
            </Command.Item>
          )}
          <Command.Item
            value="Keyboard shortcuts"
            keywords={["help"]}
            onSelect={run(() => open("help", true))}
          >
            Keyboard shortcuts
          </Command.Item>
        </Command.Group>
        {campaigns && campaigns.length > 0 && (
          <Command.Group heading="Campaigns">
            {campaigns.slice(0, 20).map((c) => (
              <Command.Item
                key={c.campaign.id}
                value={`campaign ${c.campaign.name} ${c.campaign.id}`}
                onSelect={run(() => {
                  useApp.getState().setArchive(c.archive);
                  go(c.live === "running" ? to("live") : to("insights", c.archive, c.campaign.id));
                })}
              >
                <span className="clip grow">{c.campaign.name}</span>
                <span className="muted small">{c.live}</span>
              </Command.Item>
            ))}
          </Command.Group>
        )}
        {archive && asked.length > 1 && <Hits archive={archive.id} text={asked} run={run} />}
      </Command.List>
    </Command>
  );
}

function Hits({
  archive,
  text,
  run,
}: {
  archive: string;
  text: string;
  run: (work: () => void) => () => void;
}) {
  const { data } = useCall("gallery.query", {
    archive,
    filter: { text },
    sort: { by: "relevance", descending: true },
    offset: 0,
    limit: HITS,
  });
  if (!data || data.cards.length === 0) return null;
  return (
    <Command.Group heading="Experiments">
      {data.cards.map((card) => (
        <Command.Item
          key={card.id}
          // The program has searched already: whatever it found is shown.
          value={`${text} ${card.id}`}
          keywords={[text]}
          onSelect={run(() => go(toExperiment(archive, card.id)))}
        >
          <StandingBadge standing={card.standing} quiet />
          <span className="clip">{card.name}</span>
          <span className="muted small clip grow">{card.motivation}</span>
        </Command.Item>
      ))}
    </Command.Group>
  );
}
