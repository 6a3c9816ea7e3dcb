/** What is folded away until it is asked for. */
import { type ReactNode, useEffect, useState } from "react";

export function Fold({
  summary,
  open = false,
  className,
  children,
}: {
  summary: string;
  /** Opens it; nothing but a person closes it again, so that nobody loses the field being typed in. */
  open?: boolean;
  className?: string;
  children: ReactNode;
}) {
  const [shown, setShown] = useState(open);
  useEffect(() => {
    if (open) setShown(true);
  }, [open]);
  return (
    <details className={className} open={shown} onToggle={(event) => setShown(event.currentTarget.open)}>
      <summary>{summary}</summary>
      {children}
    </details>
  );
}
