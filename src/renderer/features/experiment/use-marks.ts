/** Star, tags and note: shown as they were set, while the program writes them. */
import { useCallback, useEffect, useState } from "react";
import type { ExperimentView, Marks } from "../../../shared/views.ts";
import { call } from "../../api/index.ts";
import { sayError } from "../../state/app.ts";

export interface EditableMarks {
  marks: Marks;
  set(change: Partial<Marks>): Promise<boolean>;
  /** Why they cannot be written; null when they can. */
  refused: string | null;
}

export function useMarks(
  { archive, experiment, marks: stored }: ExperimentView,
  refused: string | null,
): EditableMarks {
  const [marks, setMarks] = useState(stored);
  useEffect(() => setMarks(stored), [stored]);
  const set = useCallback(
    async (change: Partial<Marks>) => {
      setMarks((before) => ({ ...before, ...change }));
      try {
        setMarks(await call("marks.set", { archive, id: experiment.id, marks: change }));
        return true;
      } catch (error) {
        setMarks(stored);
        sayError(error);
        return false;
      }
    },
    [archive, experiment.id, stored],
  );
  return { marks, set, refused };
}
