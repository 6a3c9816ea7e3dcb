/** The terminal where it is shown: its code, a large part of the program's weight, comes then. */
import { type ComponentProps, type ReactNode, Suspense } from "react";
import { Fence } from "./fence.tsx";
import { part } from "./part.ts";

const Panel = part(() => import("./terminal-panel.tsx"));

/** @param loading what holds its place until then */
export const Terminal = ({
  loading = null,
  ...props
}: ComponentProps<typeof Panel> & { loading?: ReactNode }) => (
  <Fence>
    <Suspense fallback={loading}>
      <Panel {...props} />
    </Suspense>
  </Fence>
);
