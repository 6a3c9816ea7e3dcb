/** An arXiv listing (the text form of its mailings): papers with number, title, authors and abstract. Pure. */

export interface ListedPaper {
  arxiv: string;
  title: string;
  /** As an entry has them: "Yang et al." */
  authors: string;
  year: number;
  /** Number, title, authors and abstract: what an extractor reads. */
  text: string;
}

/**
 * The papers of a listing, in order; none when the text is no listing. A paper begins with "arXiv:NNNN.NNNNN" at the
 * beginning of a line, and counts when a "Title:" and "Authors:" follow. A number that comes twice (a replacement) is
 * taken once.
 */
export function splitListing(text: string): ListedPaper[] {
  const starts = [...text.matchAll(/^[ \t]*arXiv:[ \t]*(\d{4}\.\d{4,5})(?:v\d+)?\b.*$/gim)];
  const papers = new Map<string, ListedPaper>();
  starts.forEach((start, i) => {
    const arxiv = start[1]!;
    const record = text.slice(start.index + start[0].length, starts[i + 1]?.index);
    const title = header(record, "Title");
    const people = header(record, "Authors?");
    if (!title || !people || papers.has(arxiv)) return;
    const abstract = abstractOf(record);
    papers.set(arxiv, {
      arxiv,
      title,
      authors: shortAuthors(people),
      year: 2000 + Number(arxiv.slice(0, 2)),
      text: `arXiv:${arxiv}\nTitle: ${title}\nAuthors: ${people}\n\n${abstract}`,
    });
  });
  return [...papers.values()];
}

/** A header's value; its further lines are indented. */
function header(record: string, name: string): string | null {
  const found = record.match(new RegExp(`^[ \\t]*${name}:[ \\t]*(.*(?:\\n[ \\t]{2,}(?!\\w+:).*)*)`, "im"));
  return found ? found[1]!.replace(/\s+/g, " ").trim() || null : null;
}

/** After "Abstract:", or between the lines of two backslashes. */
function abstractOf(record: string): string {
  const labelled = record.match(/^[ \t]*Abstract:[ \t]*([\s\S]*?)(?=^[ \t]*\\\\|^-{10,}|(?![\s\S]))/im);
  const between = record.match(/^\\\\[ \t]*\n([\s\S]*?)(?=^\\\\|^-{10,}|(?![\s\S]))/m);
  return (labelled?.[1] ?? between?.[1] ?? "").replace(/\s+/g, " ").trim();
}

/** "Songlin Yang, Jan Kautz, Ali Hatamizadeh" → "Yang et al."; two are both named. */
export function shortAuthors(people: string): string {
  // Affiliations stand in brackets, which may hold brackets.
  let plain = people;
  for (let before = ""; before !== plain; ) {
    before = plain;
    plain = plain.replace(/\([^()]*\)/g, "");
  }
  const names = plain
    .split(/,|\band\b/)
    .map((name) => name.trim())
    .filter(Boolean);
  const [first, second] = names.slice(0, 2).map(surname);
  if (!first) return people;
  if (names.length === 1) return first;
  return names.length === 2 ? `${first} and ${second}` : `${first} et al.`;
}

/** The last word, with the lower-case ones before it ("van den Oord") and not a suffix ("Jr."). */
const surname = (name: string): string =>
  name.replace(/\s+(?:Jr\.?|Sr\.?|I{1,3}|IV)$/, "").match(/(?:(?<!\S)\p{Ll}+\s+)*\S+$/u)?.[0] ?? name;
