/**
 * Texts of models and people as Markdown with formulas. They may hold anything, so: no HTML, no pictures (their
 * alternative text stands for them), and links to https only, opened after a question.
 */
import "./markdown.css";
import { partOrPlace } from "./part.tsx";

export interface MarkdownProps {
  text: string;
  /** Level of the text's highest heading on the page; 3 where none is given: below a section's h2. */
  top?: number;
}

const Plain = ({ text }: MarkdownProps) => <div className="markdown markdown-plain">{text}</div>;

/** Until its code is there, and where it cannot be read, the text stays as it is. */
export const Markdown = partOrPlace<MarkdownProps>(() => import("./markdown-body.tsx"), Plain);
