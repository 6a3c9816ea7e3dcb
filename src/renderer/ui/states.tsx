/** Loading, empty, failed: what every screen shows when there is nothing to show, with what to do about it. */
import { CircleAlert, CircleCheck, TriangleAlert } from "lucide-react";
import type { ReactNode } from "react";
import { Button } from "./controls.tsx";

export interface Problem {
  message: string;
  fix?: string | null;
}

/** What happened and what to do, with a button that tries again where that can help. */
export function ErrorNote({ error, retry }: { error: Problem; retry?: () => void }) {
  return (
    <div className="note bad" role="alert">
      <CircleAlert size={16} aria-hidden />
      <div className="grow">
        <p className="strong">{error.message}</p>
        {error.fix && <p>{error.fix}</p>}
      </div>
      {retry && (
        <Button small onClick={retry}>
          Try again
        </Button>
      )}
    </div>
  );
}

export function Note({ tone, children }: { tone?: "bad" | "warn" | "good"; children: ReactNode }) {
  const Icon = tone === "good" ? CircleCheck : TriangleAlert;
  return (
    <div className={`note ${tone ?? ""}`}>
      {tone && <Icon size={16} aria-hidden />}
      <div className="grow">{children}</div>
    </div>
  );
}

/** One sentence, one action. */
export function Empty({ children, action }: { children: ReactNode; action?: ReactNode }) {
  return (
    <div className="empty">
      <p>{children}</p>
      {action}
    </div>
  );
}

export function Skeleton({
  width = "100%",
  height = 14,
}: {
  width?: number | string;
  height?: number | string;
}) {
  return <span className="skeleton" style={{ width, height }} />;
}

/** Lines that hold the place of what is being read. */
export function Loading({ lines = 6, label = "Loading" }: { lines?: number; label?: string }) {
  return (
    <div className="stack" role="status" aria-label={label}>
      {Array.from({ length: lines }, (_, i) => (
        <Skeleton key={i} width={`${90 - ((i * 23) % 50)}%`} />
      ))}
    </div>
  );
}
