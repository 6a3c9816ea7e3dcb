/** The one window. */
import { join } from "node:path";
import { app, BrowserWindow, nativeTheme, screen } from "electron";
import { HOME_PAGE } from "./policies.ts";
import { keepWindowState, placed, readWindowState, SMALLEST } from "./window-state.ts";

/** As the page's own background, so that nothing flashes before the first paint. */
const BACKGROUND = { light: "#ffffff", dark: "#111113" };

let open: BrowserWindow | null = null;

/** null while there is none. */
export const currentWindow = (): BrowserWindow | null => open;

/** @param preload path of the preload bundle */
export function createWindow(preload: string): BrowserWindow {
  const file = join(app.getPath("userData"), "window.json");
  const kept = readWindowState(file);
  const displays = screen.getAllDisplays().map((display) => display.workArea);
  const window = new BrowserWindow({
    ...placed(kept, displays),
    minWidth: SMALLEST.width,
    minHeight: SMALLEST.height,
    title: "Cambrian",
    show: false,
    backgroundColor: nativeTheme.shouldUseDarkColors ? BACKGROUND.dark : BACKGROUND.light,
    webPreferences: {
      preload,
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      webviewTag: false,
      // Its dictionaries would be downloaded.
      spellcheck: false,
    },
  });
  open = window;
  if (kept?.maximised) window.maximize();
  window.once("ready-to-show", () => window.show());
  window.on("close", () =>
    keepWindowState(file, { ...window.getNormalBounds(), maximised: window.isMaximized() }),
  );
  window.on("closed", () => {
    open = null;
  });
  // The page's process may be killed for its memory; the program and its campaign go on.
  window.webContents.on("render-process-gone", (_event, { reason }) => {
    if (reason !== "clean-exit") window.reload();
  });
  void window.loadURL(HOME_PAGE);
  return window;
}

/** Brings it up, at a route ("#/live") if one is given. */
export function showWindow(preload: string, route: string | null = null): void {
  const window = open ?? createWindow(preload);
  if (window.isMinimized()) window.restore();
  window.show();
  window.focus();
  if (route?.startsWith("#/")) void window.loadURL(`${HOME_PAGE}${route}`);
}
