/** Markdown set as elements. Imported by markdown.tsx only: KaTeX is a large part of the program's weight. */
import { type ReactNode, useState } from "react";
import ReactMarkdown, { type Components } from "react-markdown";
import rehypeKatex from "rehype-katex";
import remarkGfm from "remark-gfm";
import remarkMath from "remark-math";
import type { MarkdownProps } from "./markdown.tsx";
import "katex/dist/katex.min.css";
import { Button } from "./controls.tsx";
import { headingLevel, isOpenable } from "./markdown-rules.ts";
import { Dialog, DialogClose } from "./overlays.tsx";

export default function MarkdownBody({ text, top = 3 }: MarkdownProps) {
  const [asked, setAsked] = useState<string | null>(null);
  const heading =
    (level: number) =>
    ({ children }: { children?: ReactNode }) => {
      const Tag = `h${headingLevel(level, top)}` as "h3";
      return <Tag>{children}</Tag>;
    };
  const components: Components = {
    h1: heading(1),
    h2: heading(2),
    h3: heading(3),
    h4: heading(4),
    h5: heading(5),
    h6: heading(6),
    img: ({ alt }) => <span className="muted">[{alt || "picture"}]</span>,
    a: ({ href, children }) =>
      isOpenable(href) ? (
        <a
          href={href}
          target="_blank"
          rel="noreferrer"
          onClick={(event) => {
            event.preventDefault();
            setAsked(href);
          }}
        >
          {children}
        </a>
      ) : (
        <span>{children}</span>
      ),
    table: ({ children }) => (
      <div className="markdown-wide">
        <table>{children}</table>
      </div>
    ),
  };
  return (
    <div className="markdown">
      <ReactMarkdown
        remarkPlugins={[remarkGfm, remarkMath]}
        rehypePlugins={[[rehypeKatex, { trust: false, strict: "ignore", maxExpand: 200, maxSize: 20 }]]}
        components={components}
        skipHtml
      >
        {text}
      </ReactMarkdown>
      <Dialog
        open={asked !== null}
        onOpenChange={(open) => !open && setAsked(null)}
        title="Open this address in the browser?"
        description={
          <>
            It was written by a model, or by whoever wrote this text.
            <code className="markdown-address">{asked}</code>
          </>
        }
      >
        <div className="dialog-actions">
          <DialogClose>
            <Button>Stay here</Button>
          </DialogClose>
          <Button kind="primary" asChild>
            <a href={asked ?? undefined} target="_blank" rel="noreferrer" onClick={() => setAsked(null)}>
              Open in the browser
            </a>
          </Button>
        </div>
      </Dialog>
    </div>
  );
}
