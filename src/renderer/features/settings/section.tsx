/** The frame of a group of settings, and of a line in it. */
import type { ReactNode } from "react";

export function Section({
  id,
  title,
  about,
  children,
}: {
  id: string;
  title: string;
  about?: ReactNode;
  children: ReactNode;
}) {
  return (
    <section className="settings-section" id={`settings-${id}`} aria-labelledby={`settings-${id}-title`}>
      <h2 id={`settings-${id}-title`}>{title}</h2>
      {about && <p className="secondary">{about}</p>}
      {children}
    </section>
  );
}

export function Line({ name, help, children }: { name: string; help?: ReactNode; children: ReactNode }) {
  return (
    <div className="settings-line">
      <div>
        <p>{name}</p>
        {help && <p className="field-help">{help}</p>}
      </div>
      <div className="settings-control">{children}</div>
    </div>
  );
}
