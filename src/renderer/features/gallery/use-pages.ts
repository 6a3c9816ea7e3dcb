/** The pages of a filter and an order, in React. */
import { useEffect, useMemo, useRef, useState, useSyncExternalStore } from "react";
import type { GalleryFilter, GallerySort } from "../../../shared/settings.ts";
import { call, useTopic } from "../../api/index.ts";
import { createPages, type Pages, type Snapshot } from "./pages.ts";

/** A campaign that runs changes its archive many times a second; its list is read again this often at most. */
const REFRESH_MS = 2000;

/** The list as it was stays on screen until the first page of a new one has come. */
export function usePages(
  archive: string,
  filter: GalleryFilter,
  sort: GallerySort,
): { pages: Pages; state: Snapshot } {
  const key = JSON.stringify([archive, filter, sort]);
  // The key stands for all three
  const newest = useMemo(
    () =>
      createPages((offset, limit, signal) =>
        call("gallery.query", { archive, filter, sort, offset, limit }, { signal }),
      ),
    [key],
  );
  const [pages, setPages] = useState(newest);
  useEffect(() => {
    const arrived = () => {
      const { total, error } = newest.snapshot();
      if (total !== null || error !== null) setPages(newest);
    };
    const stop = newest.subscribe(arrived);
    newest.want(0, 0);
    return () => {
      stop();
      newest.close();
    };
  }, [newest]);
  useRefresh(pages, archive);
  return { pages, state: useSyncExternalStore(pages.subscribe, pages.snapshot) };
}

function useRefresh(pages: Pages, archive: string): void {
  const { data } = useTopic("changes");
  const changes = data === null ? undefined : (data[archive] ?? 0);
  const seen = useRef({ archive, changes, at: 0 });
  useEffect(() => {
    const last = seen.current;
    // What the counter says at first is no change.
    if (last.archive !== archive || last.changes === undefined || changes === undefined) {
      seen.current = { archive, changes, at: 0 };
      return;
    }
    if (last.changes === changes) return;
    const timer = setTimeout(
      () => {
        seen.current = { archive, changes, at: performance.now() };
        pages.refresh();
      },
      Math.max(0, last.at + REFRESH_MS - performance.now()),
    );
    return () => clearTimeout(timer);
  }, [pages, archive, changes]);
}
