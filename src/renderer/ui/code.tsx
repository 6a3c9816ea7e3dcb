/**
 * Code that is read, never edited. The editor is a large part of the program's weight, so it comes when code is first
 * shown; until then, and where it cannot be read, the plain text stands in its place.
 */
import "./code.css";
import { partOrPlace } from "./part.tsx";

export interface CodeViewProps {
  code: string;
  language?: "python" | "json" | "text";
  /** Counted from 1, as in the margin. */
  highlightLines?: readonly number[];
  /** The line under the pointer or the cursor; null when it left. */
  onLine?: (line: number | null) => void;
  /** Line that is brought into view. */
  scrollTo?: number;
  /** What a screen reader calls it. */
  label?: string;
}

export interface CodeDiffProps {
  before: string;
  after: string;
  label?: string;
  language?: "python" | "json" | "text";
}

/** Text as it is, in a box that scrolls. */
export const ScrollText = ({ text, className }: { text: string; className: string }) => (
  // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keys
  <pre className={className} tabIndex={0}>
    {text}
  </pre>
);

const PlainCode = ({ code }: CodeViewProps) => <ScrollText className="code-plain" text={code} />;
const PlainDiff = ({ after }: CodeDiffProps) => <ScrollText className="code-plain" text={after} />;

/** Code with line numbers; fills the height of what holds it, and scrolls. */
export const CodeView = partOrPlace<CodeViewProps>(
  () => import("./code-mirror.tsx").then(({ View }) => ({ default: View })),
  PlainCode,
);

/** What was taken out and what was put in, in one column; long equal parts are folded. */
export const CodeDiff = partOrPlace<CodeDiffProps>(
  () => import("./code-mirror.tsx").then(({ Diff }) => ({ default: Diff })),
  PlainDiff,
);
