/** The window: which screen is shown where. */
import { type ComponentType, useEffect, useRef } from "react";
import { call, useCall, useConnection } from "./api/index.ts";
import { Drawer } from "./shell/drawer.tsx";
import { Help } from "./shell/help.tsx";
import { useKeys } from "./shell/keys.ts";
import { Navigation } from "./shell/navigation.tsx";
import { Notices } from "./shell/notices.tsx";
import { Palette } from "./shell/palette.tsx";
import { StatusLine } from "./shell/status-line.tsx";
import { sayError, useApp } from "./state/app.ts";
import { type Route, to, useRoute } from "./state/route.ts";
import { useNow } from "./state/silence.ts";
import { Fence } from "./ui/fence.tsx";
import { duration } from "./ui/format.ts";
import { TooltipProvider } from "./ui/overlays.tsx";
import { Page } from "./ui/page.tsx";
import { type Part, part } from "./ui/part.tsx";
import { Empty, Loading } from "./ui/states.tsx";
import { Toasts } from "./ui/toasts.tsx";

interface ScreenProps {
  route: Route;
}
type Load = () => Promise<{ default: ComponentType<ScreenProps> }>;

const Place = () => (
  <div className="page-scroll">
    <Loading />
  </div>
);
const screen = (load: Load) => part(load, Place);

const SCREENS: Record<string, Part<ScreenProps>> = {
  home: screen(() => import("./features/home/home.tsx")),
  campaigns: screen(() => import("./features/campaigns/campaigns.tsx")),
  live: screen(() => import("./features/live/live.tsx")),
  gallery: screen(() => import("./features/gallery/gallery.tsx")),
  experiment: screen(() => import("./features/experiment/experiment.tsx")),
  tree: screen(() => import("./features/tree/tree.tsx")),
  compare: screen(() => import("./features/compare/compare.tsx")),
  insights: screen(() => import("./features/insights/insights.tsx")),
  cognition: screen(() => import("./features/cognition/cognition.tsx")),
  settings: screen(() => import("./features/settings/settings.tsx")),
};

/** Time for the first screen, in ms. (Not every browser says when it is idle.) */
const PRELOAD_MS = 500;

/** The other screens' code, once the first one is there and the program answers: nobody waits for it later. */
function usePreload(): void {
  const { state } = useConnection();
  useEffect(() => {
    if (state !== "open") return;
    let over = false;
    // One after the other: what a person asks for meanwhile goes between.
    const readAll = async () => {
      for (const other of Object.values(SCREENS)) if (!over) await other.read();
    };
    const timer = setTimeout(readAll, PRELOAD_MS);
    return () => {
      over = true;
      clearTimeout(timer);
    };
  }, [state]);
}

export function App() {
  const route = useRoute();
  const main = useRef<HTMLElement>(null);
  useKeys();
  useSettings();
  usePreload();
  const navigation = useApp((s) => s.settings?.navigation ?? "wide");
  const Screen = SCREENS[route.page];
  const place = [route.page, ...route.rest].join("/");
  // A new place begins at its top, and a screen reader goes there.
  useEffect(() => main.current?.focus({ preventScroll: true }), [place]);

  const narrow = () =>
    call("settings.set", { navigation: navigation === "wide" ? "icons" : "wide" })
      .then(useApp.getState().setSettings)
      .catch(sayError);

  return (
    <TooltipProvider>
      <div className="shell" data-navigation={navigation}>
        <button type="button" className="skip" onClick={() => main.current?.focus()}>
          Skip to the content
        </button>
        <Navigation onNarrow={narrow} />
        <div className="work">
          <Lost />
          <StatusLine />
          <main className="page" ref={main} tabIndex={-1} id="content">
            <Fence key={place} screen>
              {Screen ? <Screen route={route} /> : <NoScreen />}
            </Fence>
          </main>
          <Drawer />
        </div>
        <Palette />
        <Help />
        <Notices />
        <Toasts />
      </div>
    </TooltipProvider>
  );
}

/** Settings of the program, and what of them the whole page wears. */
function useSettings(): void {
  const { data } = useCall("settings.get", {});
  const settings = useApp((s) => s.settings);
  useEffect(() => {
    if (data) useApp.getState().setSettings(data);
  }, [data]);
  useEffect(() => {
    if (!settings) return;
    const root = document.documentElement;
    const dark = globalThis.matchMedia("(prefers-color-scheme: dark)");
    const wear = () => {
      root.dataset.theme =
        settings.theme === "dark" || (settings.theme === "system" && dark.matches) ? "dark" : "light";
      root.dataset.density = settings.density;
      root.dataset.motion = settings.motion;
      root.dataset.palette = settings.palette;
    };
    wear();
    dark.addEventListener("change", wear);
    return () => dark.removeEventListener("change", wear);
  }, [settings]);
}

/** While the program does not answer: since when, and what that means for what is shown. */
function Lost() {
  const { state, since } = useConnection();
  return state === "lost" ? <LostSince since={since} /> : null;
}

function LostSince({ since }: { since: number }) {
  const now = useNow();
  return (
    <div className="lost" role="status">
      No connection to Cambrian
      {/* Not read out at every second. */}
      <span aria-hidden="true"> for {duration(Math.max(0, now - since) / 1000)}</span>. What is shown is what
      was known then; it is looked for again all the time. A campaign goes on without this window.
    </div>
  );
}

function NoScreen() {
  return (
    <Page title="Not found">
      <Empty action={<a href={to("home")}>Go home</a>}>There is no such place.</Empty>
    </Page>
  );
}
