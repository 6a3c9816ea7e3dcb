/** CodeMirror, set up for reading. Imported by code.tsx only, and only when code is shown. */
import { python } from "@codemirror/lang-python";
import { HighlightStyle, StreamLanguage, syntaxHighlighting } from "@codemirror/language";
import { unifiedMergeView } from "@codemirror/merge";
import { Compartment, EditorState, type Extension } from "@codemirror/state";
import { Decoration, EditorView, highlightSpecialChars, lineNumbers } from "@codemirror/view";
import { tags } from "@lezer/highlight";
import { useEffect, useRef } from "react";
import type { CodeDiffProps, CodeViewProps } from "./code.tsx";

const colours = HighlightStyle.define([
  { tag: [tags.keyword, tags.operatorKeyword, tags.modifier, tags.self], color: "var(--code-keyword)" },
  { tag: [tags.string, tags.special(tags.string)], color: "var(--code-string)" },
  { tag: [tags.number, tags.bool, tags.null], color: "var(--code-number)" },
  { tag: [tags.comment, tags.meta], color: "var(--code-comment)" },
  {
    tag: [
      tags.definition(tags.variableName),
      tags.function(tags.variableName),
      tags.function(tags.propertyName),
      tags.className,
      tags.definition(tags.propertyName),
    ],
    color: "var(--code-name)",
  },
]);

/** JSON as JSON.stringify writes it. */
const json = StreamLanguage.define({
  token(stream) {
    if (stream.match(/^"(?:[^"\\]|\\.)*"(?=\s*:)/)) return "propertyName.definition";
    if (stream.match(/^"(?:[^"\\]|\\.)*"?/)) return "string";
    if (stream.match(/^-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/)) return "number";
    if (stream.match(/^(?:true|false|null)\b/)) return "atom";
    stream.next();
    return null;
  },
});

const languageOf = (language: CodeViewProps["language"]): Extension =>
  language === "json" ? json : language === "text" ? [] : python();

/** The cursor stays, so that the keyboard can walk and select; typing does nothing. */
const reading = (label: string, language: CodeViewProps["language"]): Extension => [
  EditorState.readOnly.of(true),
  EditorState.tabSize.of(4),
  lineNumbers(),
  highlightSpecialChars(),
  languageOf(language),
  syntaxHighlighting(colours),
  EditorView.contentAttributes.of({ "aria-label": label, spellcheck: "false", tabindex: "0" }),
];

const marked = Decoration.line({ class: "cm-marked-line" });

function marks(lines: readonly number[]): Extension {
  if (lines.length === 0) return [];
  return EditorView.decorations.of((view) => {
    const { doc } = view.state;
    const within = [...new Set(lines)].filter((line) => line >= 1 && line <= doc.lines).sort((a, b) => a - b);
    return Decoration.set(within.map((line) => marked.range(doc.line(line).from)));
  });
}

export function View({
  code,
  language = "python",
  highlightLines = [],
  onLine,
  scrollTo,
  label = "Code",
}: CodeViewProps) {
  const place = useRef<HTMLDivElement>(null);
  const editor = useRef<EditorView | null>(null);
  const lines = useRef(new Compartment());
  const tell = useRef(onLine);
  tell.current = onLine;

  useEffect(() => {
    let last: number | null = null;
    const at = (line: number | null) => {
      if (line === last) return;
      last = line;
      tell.current?.(line);
    };
    const view = new EditorView({
      parent: place.current!,
      doc: code,
      extensions: [
        reading(label, language),
        lines.current.of([]),
        EditorView.updateListener.of((update) => {
          if (update.selectionSet) at(update.state.doc.lineAt(update.state.selection.main.head).number);
        }),
        EditorView.domEventHandlers({
          mousemove(event, v) {
            const block = v.lineBlockAtHeight(event.clientY - v.documentTop);
            const below = event.clientY > v.contentDOM.getBoundingClientRect().bottom;
            at(below ? null : v.state.doc.lineAt(block.from).number);
          },
          mouseleave: () => at(null),
          blur: () => at(null),
        }),
      ],
    });
    editor.current = view;
    return () => {
      editor.current = null;
      view.destroy();
    };
  }, [code, language, label]);

  const wanted = highlightLines.join(",");
  useEffect(() => {
    editor.current?.dispatch({ effects: lines.current.reconfigure(marks(highlightLines)) });
  }, [wanted, code, language, label]);

  useEffect(() => {
    const view = editor.current;
    if (!view || scrollTo === undefined || scrollTo < 1 || scrollTo > view.state.doc.lines) return;
    view.dispatch({
      effects: EditorView.scrollIntoView(view.state.doc.line(scrollTo).from, { y: "center" }),
    });
  }, [scrollTo, code, language, label]);

  return <div className="code-view" ref={place} />;
}

export function Diff({ before, after, language = "python", label = "Difference" }: CodeDiffProps) {
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const view = new EditorView({
      parent: place.current!,
      doc: after,
      extensions: [
        reading(label, language),
        unifiedMergeView({
          original: before,
          mergeControls: false,
          gutter: true,
          highlightChanges: true,
          collapseUnchanged: { margin: 3, minSize: 6 },
          // Programs that share little would be compared letter by letter for seconds: lines do then.
          diffConfig: { scanLimit: 2000, timeout: 300 },
        }),
      ],
    });
    return () => view.destroy();
  }, [before, after, language, label]);
  return <div className="code-view" ref={place} />;
}
