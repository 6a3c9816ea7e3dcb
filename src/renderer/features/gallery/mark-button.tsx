/** A small button of a card. Its name is the browser's own tooltip: hundreds of them are made while scrolling. */
import type { ButtonHTMLAttributes } from "react";
import { Button } from "../../ui/controls.tsx";

interface Props extends ButtonHTMLAttributes<HTMLButtonElement> {
  label: string;
  shortcut?: string;
  /** Why it does nothing here; null when it works. */
  refused?: string | null;
  /** It shows something that is so, and is seen without pointing at the card. */
  kept?: boolean;
}

export function MarkButton({ label, shortcut, refused, kept, onClick, className = "", ...rest }: Props) {
  const title = refused ?? (shortcut ? `${label} (${shortcut})` : label);
  return (
    <Button
      kind="quiet"
      small
      {...rest}
      title={title}
      aria-label={refused ? `${label}: ${refused}` : label}
      aria-disabled={refused ? true : undefined}
      className={`icon ${kept ? "gallery-kept" : ""} ${className}`}
      onClick={refused ? undefined : onClick}
    />
  );
}
