/** What floats above the page: dialogs, menus, tooltips. */
import { Dialog as D, DropdownMenu as M, Popover as P, Tooltip as T } from "radix-ui";
import type { ReactElement, ReactNode } from "react";

export function Tooltip({ text, children }: { text: ReactNode; children: ReactElement }) {
  return (
    <T.Root delayDuration={400}>
      <T.Trigger asChild>{children}</T.Trigger>
      <T.Portal>
        <T.Content className="tooltip" sideOffset={4} collisionPadding={8}>
          {text}
        </T.Content>
      </T.Portal>
    </T.Root>
  );
}

export const TooltipProvider = T.Provider;

export function Dialog({
  open,
  onOpenChange,
  title,
  description,
  wide,
  children,
}: {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  title: string;
  description?: ReactNode;
  wide?: boolean;
  children: ReactNode;
}) {
  return (
    <D.Root open={open} onOpenChange={onOpenChange}>
      <D.Portal>
        <D.Overlay className="overlay" />
        <D.Content
          className={wide ? "dialog wide" : "dialog"}
          {...(description ? {} : { "aria-describedby": undefined })}
        >
          <D.Title asChild>
            <h2>{title}</h2>
          </D.Title>
          {description && (
            <D.Description asChild>
              <div className="secondary">{description}</div>
            </D.Description>
          )}
          {children}
        </D.Content>
      </D.Portal>
    </D.Root>
  );
}

export const DialogClose = ({ children }: { children: ReactElement }) => (
  <D.Close asChild>{children}</D.Close>
);

export interface MenuEntry {
  label: ReactNode;
  icon?: ReactNode;
  onSelect: () => void;
  disabled?: boolean;
}

/** A menu of actions; null draws a line between them. */
export function Menu({
  trigger,
  entries,
}: {
  trigger: ReactElement;
  entries: readonly (MenuEntry | null)[];
}) {
  return (
    <M.Root>
      <M.Trigger asChild>{trigger}</M.Trigger>
      <M.Portal>
        <M.Content className="menu" sideOffset={4} align="end" collisionPadding={8}>
          {entries.map((entry, i) =>
            entry === null ? (
              <M.Separator key={i} className="menu-separator" />
            ) : (
              <M.Item key={i} className="menu-item" disabled={entry.disabled} onSelect={entry.onSelect}>
                {entry.icon}
                {entry.label}
              </M.Item>
            ),
          )}
        </M.Content>
      </M.Portal>
    </M.Root>
  );
}

export function Popover({
  trigger,
  children,
  label,
  open,
  onOpenChange,
}: {
  trigger: ReactElement;
  children: ReactNode;
  label: string;
  /** Where its content closes it. */
  open?: boolean;
  onOpenChange?: (open: boolean) => void;
}) {
  return (
    <P.Root open={open} onOpenChange={onOpenChange}>
      <P.Trigger asChild>{trigger}</P.Trigger>
      <P.Portal>
        <P.Content className="popover" sideOffset={4} align="end" collisionPadding={8} aria-label={label}>
          {children}
        </P.Content>
      </P.Portal>
    </P.Root>
  );
}
