/** Where a person is: the address's hash, as the place's parts. `#/experiment/3f2a…/9b1c…?tab=code` */
import { useSyncExternalStore } from "react";

export interface Route {
  /** "gallery", "experiment", … */
  page: string;
  rest: string[];
  query: URLSearchParams;
}

export function parseRoute(hash: string): Route {
  const [path = "", query = ""] = hash.replace(/^#?\/?/, "").split("?", 2);
  const parts = path.split("/").filter(Boolean).map(decoded);
  return { page: parts[0] ?? "home", rest: parts.slice(1), query: new URLSearchParams(query) };
}

/** Half a percent sign is no reason to fail. */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** The address of a place: `to("experiment", archive, id)`. */
export const to = (page: string, ...rest: string[]): string =>
  `#/${[page, ...rest].map(encodeURIComponent).join("/")}`;

export const toExperiment = (archive: string, id: string, tab?: string): string =>
  `${to("experiment", archive, id)}${tab ? `?tab=${tab}` : ""}`;

export const go = (address: string): void => {
  globalThis.location.hash = address;
};

/** Changes what the address says of the same place, without an entry in the history. */
export function replaceQuery(changes: Record<string, string | null>): void {
  const { page, rest, query } = parseRoute(globalThis.location.hash);
  for (const [name, value] of Object.entries(changes))
    value === null ? query.delete(name) : query.set(name, value);
  const text = query.toString();
  const address = `${to(page, ...rest)}${text ? `?${text}` : ""}`;
  globalThis.history.replaceState(null, "", address);
  globalThis.dispatchEvent(new HashChangeEvent("hashchange"));
}

let last: { hash: string; route: Route } | null = null;
function current(): Route {
  const { hash } = globalThis.location;
  if (last?.hash !== hash) last = { hash, route: parseRoute(hash) };
  return last.route;
}

const listen = (changed: () => void) => {
  globalThis.addEventListener("hashchange", changed);
  return () => globalThis.removeEventListener("hashchange", changed);
};

export const useRoute = (): Route => useSyncExternalStore(listen, current);
