/** What a window may do. Pure functions that deny whatever they do not know; `guards.ts` applies them. */

/** The one address of the application: a scheme of its own, so that no page of the web shares its origin. */
export const SCHEME = "cambrian";
export const HOST = "app";
export const HOME_PAGE = `${SCHEME}://${HOST}/index.html`;

function parsed(url: string): URL | null {
  return URL.canParse(url) ? new URL(url) : null;
}

/** Whether a page is ours. `origin` of a scheme that is not special is "null", so its parts are compared. */
export function isOwnPage(url: string): boolean {
  const page = parsed(url);
  return (
    page?.protocol === `${SCHEME}:` && page.host === HOST && page.username === "" && page.password === ""
  );
}

/** Where a window may go by itself: nowhere but its own page (a reload). Routes are in the hash, which is no navigation. */
export const mayNavigate = (url: string): boolean =>
  isOwnPage(url) && new URL(url).pathname === "/index.html";

/** Frames are not used. */
export const mayNavigateFrame = (_url: string): boolean => false;

/** What a page of ours has made itself, such as an export. */
export const isOwnBlob = (url: string): boolean => url.startsWith(`blob:${SCHEME}://${HOST}/`);

/** What may be loaded: what comes with Cambrian. Nothing goes to the network from a window. */
export function mayRequest(url: string): boolean {
  const page = parsed(url);
  if (page === null) return false;
  return isOwnPage(url) || isOwnBlob(url) || page.protocol === "data:" || page.protocol === "devtools:";
}

/** What may be saved to a file. */
export const mayDownload = (url: string): boolean => isOwnBlob(url) || url.startsWith("data:");

/** Permissions of a page: it may write to the clipboard when a person presses "copy", and nothing else. */
export const mayUse = (permission: string, url: string): boolean =>
  permission === "clipboard-sanitized-write" && isOwnPage(url);

/** The address to hand to the person's browser, after they agreed; null for all but plain https. */
export function externalUrl(url: string): string | null {
  const page = url.length <= 2048 ? parsed(url) : null;
  if (page?.protocol !== "https:" || page.username !== "" || page.password !== "") return null;
  return page.href;
}

/** A frame as Electron describes it; null when it is gone. */
export interface Frame {
  url: string;
  parent: unknown;
}

/** Whether a message comes from our own page in a window's main frame. */
export const maySend = (frame: Frame | null | undefined): boolean =>
  frame != null && frame.parent === null && isOwnPage(frame.url);
