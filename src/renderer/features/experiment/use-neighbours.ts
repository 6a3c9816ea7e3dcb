/** The experiments before and after one in its campaign. */

import { GalleryFilter } from "../../../shared/settings.ts";
import type { Card, ExperimentView } from "../../../shared/views.ts";
import { useCall } from "../../api/index.ts";

type Neighbour = Pick<Card, "id" | "index" | "name">;

export function neighboursOf(cards: readonly Neighbour[], index: number) {
  const before = cards.filter((c) => c.index < index);
  const after = cards.filter((c) => c.index > index);
  return {
    previous: before.reduce<Neighbour | null>((best, c) => (best && best.index > c.index ? best : c), null),
    next: after.reduce<Neighbour | null>((best, c) => (best && best.index < c.index ? best : c), null),
  };
}

/** In order of time, an experiment lies near the place that its index names: a few around it are asked for. */
const AROUND = 12;

export function useNeighbours({ archive, experiment, campaign }: ExperimentView) {
  const { data } = useCall("gallery.query", {
    archive,
    filter: GalleryFilter.parse({ campaigns: [campaign.id] }),
    sort: { by: "newest", descending: false },
    offset: Math.max(0, experiment.index - AROUND),
    limit: 2 * AROUND + 1,
  });
  return neighboursOf(data?.cards ?? [], experiment.index);
}
