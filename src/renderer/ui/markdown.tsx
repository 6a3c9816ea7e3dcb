/**
 * Texts of models and people as Markdown with formulas. They may hold anything, so: no HTML, no pictures (their
 * alternative text stands for them), and links to https only, opened after a question.
 */
import { lazy, Suspense } from "react";
import "./markdown.css";

const load = () => import("./markdown-body.tsx");
const Plain = ({ text }: { text: string }) => <div className="markdown markdown-plain">{text}</div>;
/** Where its code cannot be read, the text stays as it is. */
const Body = lazy(() => load().catch(() => ({ default: Plain })));

/** Begins to load what sets Markdown where some will be shown soon. */
export const preloadMarkdown = (): void => void load().catch(() => {});

/** @param top level of the text's highest heading on the page (default 3: below a section's h2) */
export function Markdown({ text, top = 3 }: { text: string; top?: number }) {
  return (
    <Suspense fallback={<Plain text={text} />}>
      <Body text={text} top={top} />
    </Suspense>
  );
}
