/** The terminal where it is shown: its code, a large part of the program's weight, comes then. */
import { Fence } from "./fence.tsx";
import { part } from "./part.tsx";
import { Loading } from "./states.tsx";
import type { TerminalProps } from "./terminal-panel.tsx";

const Panel = part<TerminalProps>(
  () => import("./terminal-panel.tsx"),
  () => <Loading lines={2} />,
);

export const Terminal = (props: TerminalProps) => (
  <Fence>
    <Panel {...props} />
  </Fence>
);
