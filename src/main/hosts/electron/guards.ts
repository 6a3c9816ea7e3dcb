/** Applies the policies to all that Electron lets pages do. */
import { app, dialog, type Session, session, shell, type WebContents } from "electron";
import { externalUrl, mayDownload, mayNavigate, mayNavigateFrame, mayRequest, mayUse } from "./policies.ts";

/** Must run before the first window is made. */
export function guardAll(): void {
  app.on("web-contents-created", (_event, contents) => guardContents(contents));
  guardSession(session.defaultSession);
}

function guardSession(guarded: Session): void {
  guarded.setPermissionRequestHandler((contents, permission, answer) =>
    answer(contents !== null && mayUse(permission, contents.getURL())),
  );
  guarded.setPermissionCheckHandler(
    (contents, permission) => contents !== null && mayUse(permission, contents.getURL()),
  );
  guarded.setDevicePermissionHandler(() => false);
  guarded.webRequest.onBeforeRequest((details, answer) => answer({ cancel: !mayRequest(details.url) }));
  guarded.on("will-download", (event, item) => {
    if (!mayDownload(item.getURL())) event.preventDefault();
  });
}

function guardContents(contents: WebContents): void {
  contents.setWindowOpenHandler(({ url }) => {
    void offerExternal(url);
    return { action: "deny" };
  });
  contents.on("will-navigate", (event) => {
    if (mayNavigate(event.url)) return;
    event.preventDefault();
    void offerExternal(event.url);
  });
  contents.on("will-redirect", (event) => event.preventDefault());
  contents.on("will-frame-navigate", (event) => {
    if (!event.isMainFrame && !mayNavigateFrame(event.url)) event.preventDefault();
  });
  contents.on("will-attach-webview", (event) => event.preventDefault());
}

/** Links in texts come from models and archives: a person sees where one leads before it is opened. */
export async function offerExternal(url: string): Promise<void> {
  const external = externalUrl(url);
  if (external === null) return;
  const { response } = await dialog.showMessageBox({
    type: "question",
    message: "Open this address in your browser?",
    detail: external,
    buttons: ["Open", "Cancel"],
    defaultId: 1,
    cancelId: 1,
  });
  if (response === 0) await shell.openExternal(external);
}
