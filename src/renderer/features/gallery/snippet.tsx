/** Where a search hit, with the words that were found marked. */
import { Fragment } from "react";

const START = "\u0001";
const END = "\u0002";

/** Text in pieces; the words between \u0001 and \u0002 are hits. A mark without its end goes to the next one. */
export function pieces(snippet: string): { text: string; hit: boolean }[] {
  return snippet
    .split(START)
    .flatMap((part, i) => {
      const [first = "", ...rest] = part.split(END);
      return [
        { text: first, hit: i > 0 },
        { text: rest.join(""), hit: false },
      ];
    })
    .filter(({ text }) => text !== "");
}

export function Snippet({ text }: { text: string }) {
  return (
    <>
      {pieces(text).map(({ text: piece, hit }, i) =>
        hit ? <mark key={i}>{piece}</mark> : <Fragment key={i}>{piece}</Fragment>,
      )}
    </>
  );
}
