/** Settings: each is stored when it is changed, and says what it does. */
import { useEffect, useRef } from "react";
import type { SettingsPatch } from "../../../shared/settings.ts";
import { call } from "../../api/index.ts";
import { sayError, useApp } from "../../state/app.ts";
import type { Route } from "../../state/route.ts";
import { Page } from "../../ui/page.tsx";
import { Loading } from "../../ui/states.tsx";
import { Appearance, Notifications } from "./appearance.tsx";
import { Diagnostics } from "./diagnostics.tsx";
import { MachineSettings } from "./machine.tsx";
import { Models } from "./models.tsx";
import { Prices } from "./prices.tsx";
import "./settings.css";
import { Storage } from "./storage.tsx";

const SECTIONS = [
  ["models", "Language models"],
  ["prices", "Prices"],
  ["machine", "Python and device"],
  ["appearance", "Appearance"],
  ["notifications", "Notifications"],
  ["storage", "Storage"],
  ["diagnostics", "Diagnostics"],
] as const;

/** Stores some settings; the page shows them at once, and takes them back when they could not be stored. */
export async function change(patch: SettingsPatch): Promise<void> {
  const { settings, setSettings } = useApp.getState();
  if (settings) setSettings({ ...settings, ...patch });
  try {
    setSettings(await call("settings.set", patch));
  } catch (error) {
    if (settings) setSettings(settings);
    sayError(error);
  }
}

export default function Settings({ route }: { route: Route }) {
  const settings = useApp((s) => s.settings);
  const section = route.query.get("section");
  const body = useRef<HTMLDivElement>(null);
  const ready = settings !== null;
  useEffect(() => {
    if (ready && section) body.current?.querySelector(`#settings-${CSS.escape(section)}`)?.scrollIntoView();
  }, [ready, section]);
  return (
    <Page title="Settings" scroll={false}>
      <div className="settings">
        <nav className="settings-index" aria-label="Settings">
          {SECTIONS.map(([id, name]) => (
            <a
              key={id}
              href={`#/settings?section=${id}`}
              aria-current={id === (section ?? SECTIONS[0][0]) ? "location" : undefined}
            >
              {name}
            </a>
          ))}
        </nav>
        <div className="settings-body" ref={body}>
          {!settings ? (
            <Loading />
          ) : (
            <>
              <Models />
              <Prices />
              <MachineSettings settings={settings} />
              <Appearance settings={settings} />
              <Notifications settings={settings} />
              <Storage />
              <Diagnostics />
            </>
          )}
        </div>
      </div>
    </Page>
  );
}
