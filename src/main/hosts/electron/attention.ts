/** What the program says outside of its window: notifications, a badge, progress, and that the machine must stay awake. */
import { app, type BrowserWindow, Notification, powerSaveBlocker } from "electron";
import { z } from "zod";
import { Notice } from "../../../shared/live.ts";
import type { Service } from "../../server/service.ts";

/** What of the topic `live` matters here. */
const Live = z.object({
  campaign: z.object({
    name: z.string(),
    state: z.string(),
    budget: z.object({ experiments: z.number().nullable() }),
  }),
  counts: z.object({ archived: z.number(), rejected: z.number(), failed: z.number() }),
});
type Live = z.infer<typeof Live>;

/** The running or last campaign; null when there is none. */
export const liveOf = (service: Service): Live | null =>
  Live.nullable().parse(service.topic("live")?.read(null)?.data ?? null);

export const isRunning = (live: Live | null): boolean => live?.campaign.state === "running";

/** Share of the experiments that are done, or −1 (no bar) when nothing runs or there is no such budget. */
export function progressOf(live: Live | null): number {
  const budget = live?.campaign.budget.experiments ?? null;
  if (live === null || !isRunning(live) || budget === null) return -1;
  return Math.min(1, (live.counts.archived + live.counts.rejected + live.counts.failed) / budget);
}

/**
 * @param window the open window, if any
 * @param show brings the window up, at a route
 */
export function watchTopics(
  service: Service,
  window: () => BrowserWindow | null,
  show: (route: string) => void,
): void {
  watchLive(service, window);
  watchNotices(service, window, show);
}

function watchLive(service: Service, window: () => BrowserWindow | null): void {
  let blocker: number | null = null;
  const changed = () => {
    const live = liveOf(service);
    // A sleeping machine trains nothing; the screen may go dark.
    if (isRunning(live)) blocker ??= powerSaveBlocker.start("prevent-app-suspension");
    else if (blocker !== null) {
      powerSaveBlocker.stop(blocker);
      blocker = null;
    }
    window()?.setProgressBar(progressOf(live));
  };
  service.topic("live")?.listen(changed);
  changed();
}

function watchNotices(
  service: Service,
  window: () => BrowserWindow | null,
  show: (route: string) => void,
): void {
  const notices = service.topic("notices");
  if (notices === null) return;
  let unseen = 0;
  let position = notices.read(null)?.seq ?? 0;
  notices.listen(() => {
    const reading = notices.read(position);
    if (reading === null) return;
    position = reading.seq;
    // Who looks at the window sees it there.
    if (window()?.isFocused()) return;
    for (const notice of Notice.array().parse(reading.data)) {
      app.setBadgeCount(++unseen);
      if (!Notification.isSupported()) continue;
      const shown = new Notification({ title: notice.title, body: notice.body });
      shown.on("click", () => show(notice.route));
      shown.show();
    }
  });
  app.on("browser-window-focus", () => {
    unseen = 0;
    app.setBadgeCount(0);
  });
}
