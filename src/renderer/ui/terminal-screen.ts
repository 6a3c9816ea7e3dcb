/**
 * xterm.js behind a terminal panel. What is written comes from untrusted programs: it can colour and move its own text,
 * and nothing else. There is no clipboard, no link, no title, no mouse, and no answer to its questions.
 */
import { FitAddon } from "@xterm/addon-fit";
import { SearchAddon } from "@xterm/addon-search";
import { Terminal } from "@xterm/xterm";
import { type CallError, follow as followTopic } from "../api/index.ts";
import { bytesOf } from "./terminals.ts";

export interface Screen {
  /** Shows a terminal from what is held of it on; returns the way to stop. */
  show(id: string, failed: (error: CallError) => void): () => void;
  find(text: string, way: "here" | "next" | "previous"): void;
  endSearch(): void;
  setFollow(follow: boolean): void;
  setReader(on: boolean): void;
  text(): string;
  clear(): void;
  focus(): void;
  dispose(): void;
}

/** Lines that can be scrolled back to. */
const LINES = 10_000;
/** Titles, links, colours of the terminal itself, clipboard. */
const REFUSED_OSC = [0, 1, 2, 4, 5, 8, 9, 10, 11, 12, 50, 52, 104, 110, 111, 112, 777, 1337];
/** Modes that would take the mouse from the person, and the focus's reports. */
const REFUSED_MODES = new Set([9, 1000, 1001, 1002, 1003, 1004, 1005, 1006, 1007, 1015, 1016]);

export function createScreen(
  place: HTMLElement,
  {
    onFollow,
    onFound,
    onSearch,
  }: {
    onFollow: (follow: boolean) => void;
    onFound: (found: { index: number; count: number }) => void;
    onSearch: () => void;
  },
): Screen {
  const terminal = new Terminal({
    // For the marks of the search.
    allowProposedApi: true,
    convertEol: true,
    cursorBlink: false,
    cursorInactiveStyle: "none",
    disableStdin: true,
    fontFamily: token("--mono"),
    fontSize: 12,
    lineHeight: 1.25,
    linkHandler: { activate: () => {} },
    // Whatever colours a program chooses, they can be read.
    minimumContrastRatio: 4.5,
    scrollback: LINES,
    theme: theme(),
  });
  for (const code of REFUSED_OSC) terminal.parser.registerOscHandler(code, () => true);
  terminal.parser.registerCsiHandler({ prefix: "?", final: "h" }, (modes) =>
    modes.some((mode) => typeof mode === "number" && REFUSED_MODES.has(mode)),
  );
  const fit = new FitAddon();
  const search = new SearchAddon();
  terminal.loadAddon(fit);
  terminal.loadAddon(search);
  terminal.open(place);
  terminal.attachCustomKeyEventHandler((event) => {
    const searches = (event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "f";
    if (searches && event.type === "keydown") onSearch();
    return !searches && event.key !== "Tab";
  });

  let following = true;
  const atEnd = () => terminal.buffer.active.viewportY >= terminal.buffer.active.baseY;
  const setFollowing = (next: boolean) => {
    if (next === following) return;
    following = next;
    onFollow(next);
  };
  // What a person does to the view says whether they want to follow.
  const scrolled = () => requestAnimationFrame(() => setFollowing(atEnd()));
  const gestures = ["wheel", "keydown", "pointerup", "touchmove"] as const;
  for (const gesture of gestures) place.addEventListener(gesture, scrolled, { passive: true });

  search.onDidChangeResults(({ resultIndex, resultCount }) =>
    onFound({ index: resultIndex, count: resultCount }),
  );
  const sizes = new ResizeObserver(() => {
    // Hidden, it has no size to fit into.
    if (place.clientHeight > 0 && place.clientWidth > 0) fit.fit();
  });
  sizes.observe(place);
  const themes = new MutationObserver(() => {
    terminal.options.theme = theme();
  });
  themes.observe(document.documentElement, { attributeFilter: ["data-theme"] });

  const write = (bytes: Uint8Array): Promise<void> =>
    new Promise((resolve) => {
      terminal.write(bytes, () => {
        if (following) terminal.scrollToBottom();
        resolve();
      });
    });

  return {
    show(id, failed) {
      following = true;
      terminal.reset();
      let shown = true;
      const stop = followTopic(
        `terminal/${id}`,
        async ({ data, reset }) => {
          if (!shown) return;
          if (reset) terminal.reset();
          await write(bytesOf(data));
        },
        { failed },
      );
      return () => {
        shown = false;
        stop();
      };
    },
    find(text, way) {
      const options = { decorations: marks(), incremental: way === "here" };
      if (text === "") search.clearDecorations();
      else if (way === "previous") search.findPrevious(text, options);
      else search.findNext(text, options);
      if (text !== "") scrolled();
    },
    endSearch() {
      search.clearDecorations();
      terminal.clearSelection();
    },
    setFollow(next) {
      if (next) terminal.scrollToBottom();
      // xterm stays where it is only when it is not at its end.
      else if (atEnd()) terminal.scrollLines(-1);
      setFollowing(next);
    },
    setReader(on) {
      terminal.options.screenReaderMode = on;
    },
    text() {
      terminal.selectAll();
      const text = terminal.getSelection();
      terminal.clearSelection();
      return text;
    },
    clear: () => terminal.clear(),
    focus: () => terminal.focus(),
    dispose() {
      for (const gesture of gestures) place.removeEventListener(gesture, scrolled);
      sizes.disconnect();
      themes.disconnect();
      terminal.dispose();
    },
  };
}

const token = (name: string): string =>
  getComputedStyle(document.documentElement).getPropertyValue(name).trim();

/** The sixteen colours of a terminal, from those of the interface. */
function theme() {
  const [text, ground] = [token("--text"), token("--sunken")];
  const [red, green, yellow, blue] = [
    token("--failed"),
    token("--discovery"),
    token("--rejected"),
    token("--accent"),
  ];
  const [magenta, cyan, grey, faint] = [
    token("--series-4"),
    token("--running"),
    token("--text-2"),
    token("--text-3"),
  ];
  return {
    foreground: text,
    background: ground,
    cursor: faint,
    selectionBackground: token("--selected"),
    ...{ black: faint, red, green, yellow, blue, magenta, cyan, white: grey },
    brightBlack: faint,
    ...{ brightRed: red, brightGreen: green, brightYellow: yellow, brightBlue: blue },
    ...{ brightMagenta: magenta, brightCyan: cyan, brightWhite: text },
  };
}

const marks = () => ({
  matchBackground: token("--hit"),
  matchOverviewRuler: token("--rejected"),
  activeMatchBackground: token("--selected"),
  activeMatchBorder: token("--accent"),
  activeMatchColorOverviewRuler: token("--accent"),
});
