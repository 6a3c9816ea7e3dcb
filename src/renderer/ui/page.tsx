/** A page: its name as the one h1, what can be done with it, and its content. */
import { type ReactNode, useEffect } from "react";

export function Page({
  title,
  aside,
  actions,
  scroll = true,
  children,
}: {
  title: string;
  /** Beside the title: a count, a choice of archive. */
  aside?: ReactNode;
  actions?: ReactNode;
  /** false: the content fills the page and scrolls for itself. */
  scroll?: boolean;
  children: ReactNode;
}) {
  useEffect(() => {
    document.title = `${title} – Cambrian`;
  }, [title]);
  return (
    <>
      <header className="page-head">
        <h1>{title}</h1>
        {aside}
        {actions && <div className="actions">{actions}</div>}
      </header>
      {scroll ? (
        <div className="page-scroll" style={{ paddingTop: 4 }}>
          <div className="page-body">{children}</div>
        </div>
      ) : (
        children
      )}
    </>
  );
}
