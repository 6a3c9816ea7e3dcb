/** Entries for the cognition base out of a paper's text, by a model. A person reviews them before they enter. */
import { CognitionEntry } from "../../../shared/cognition.ts";
import { sha256 } from "../../../shared/hash.ts";
import type { LlmSettings } from "../../../shared/llm.ts";
import type { Llm, LlmPlace } from "../../interfaces.ts";
import { withoutThinking } from "./answer.ts";
import { askRole, type Parsed } from "./ask.ts";
import { AnswerError } from "./errors.ts";
import { estimate, fit, room } from "./fit.ts";
import { jsonObjects } from "./json-text.ts";
import { endpointOf } from "./place.ts";
import { prompt } from "./prompts.ts";

/** Entries of one piece of text, at most; more are not what was asked for. */
const MOST = 3;
/** Characters of one piece at most, however large the window: long inputs are read badly. */
const PIECE = 60_000;
/** Characters of the first piece that the others are shown: it has title, authors and year. */
const BEGINNING = 600;
/** Characters of all that stands around a piece. */
const FRAME = BEGINNING + 600;

const FIELDS = [
  "entry",
  "title",
  "authors",
  "year",
  "arxiv",
  "scenario",
  "algorithm",
  "context",
  "tags",
] as const;
type Field = (typeof FIELDS)[number];
type Raw = Partial<Record<Field, string>>;

const TAG = new RegExp(`^[\\s>*_#\\d.)-]*\\b(${FIELDS.join("|")})[*_ \\t]*:[*_ \\t]*(.*)$`, "i");

/** Blocks of tagged lines; a new one begins at each ENTRY. */
function tagged(text: string): Raw[] {
  const found: Raw[] = [];
  let [entry, field]: [Raw | null, Field | null] = [null, null];
  for (const line of text.split("\n")) {
    const tag = line.length < 20_000 ? line.match(TAG) : null;
    const name = tag?.[1]?.toLowerCase() as Field | undefined;
    // Within a text, "Context:" in lower case is a sentence's beginning as likely as a tag.
    if (tag && name && (entry === null || !(name in entry) || name === "entry")) {
      if (name === "entry") {
        entry = {};
        found.push(entry);
      }
      if (entry === null) continue;
      entry[name] = tag[2]!.trim();
      field = name;
    } else if (entry && field && !/^\s*(?:```|~~~|---+\s*$)/.test(line)) {
      entry[field] = `${entry[field]}\n${line}`;
    }
  }
  return found;
}

/** The same out of JSON, in the shape asked for or in that of the base. */
function fromJson(text: string): Raw[] {
  return jsonObjects(text).flatMap((object) => {
    const paper = typeof object.paper === "object" && object.paper !== null ? object.paper : {};
    const lower = Object.fromEntries(
      Object.entries({ ...paper, ...object }).map(([key, value]) => [key.toLowerCase(), value]),
    );
    const raw: Raw = {};
    for (const field of FIELDS) {
      const value = lower[field] ?? (field === "entry" ? lower.id : undefined);
      if (value !== undefined && value !== null)
        raw[field] = Array.isArray(value) ? value.join(", ") : String(value);
    }
    return raw.scenario || raw.algorithm ? [raw] : [];
  });
}

/** Lower-case words with hyphens; empty where nothing is left. */
export const slug = (text: string): string =>
  text
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .slice(0, 80)
    .replace(/^-+|-+$/g, "");

const tidy = (text: string | undefined): string =>
  (text ?? "")
    .trim()
    .replace(/^[*_`]+|[*_`]+$/g, "")
    .trim();

const citation = ({ authors, year, title, arxiv }: CognitionEntry["paper"]): string =>
  `${authors} (${year}). ${title}.${arxiv ? ` arXiv:${arxiv}` : ""}`;

function entryOf(raw: Raw): unknown {
  const arxiv = tidy(raw.arxiv).match(/\d{4}\.\d{4,5}/)?.[0] ?? null;
  const year = Number(tidy(raw.year).match(/\b\d{4}\b/)?.[0] ?? Number.NaN);
  const title = tidy(raw.title).replace(/\s+/g, " ");
  const paper = { arxiv, title, authors: tidy(raw.authors).replace(/\s+/g, " "), year };
  const tags = (raw.tags ?? "").split(/[,;\n]/).map(slug);
  return {
    id: slug(tidy(raw.entry)) || slug(title),
    paper,
    scenario: (raw.scenario ?? "").trim(),
    algorithm: (raw.algorithm ?? "").trim(),
    context: (raw.context ?? "").trim(),
    tags: [...new Set(tags)].filter((t) => t !== ""),
    citation: citation(paper),
  };
}

/** At most three entries of an answer, each valid; none for NONE. Never throws. */
export function parseEntries(text: string, reasoning: string): Parsed<{ entries: CognitionEntry[] }> {
  const outside = withoutThinking(text).text;
  const said = /[\p{L}\p{N}]/u.test(outside) ? outside : withoutThinking(reasoning).text;
  if (/^[\s*_`"'#]*none[\s*_`"'.]*$/i.test(said)) return { ok: true, entries: [] };
  const tags = tagged(said);
  const raws = tags.length > 0 ? tags : fromJson(said);
  if (raws.length === 0)
    return { ok: false, why: 'There is no block that begins with "ENTRY: id", and not the word NONE either' };
  const entries: CognitionEntry[] = [];
  const problems: string[] = [];
  for (const [i, raw] of raws.slice(0, MOST).entries()) {
    const read = CognitionEntry.safeParse(entryOf(raw));
    if (read.success) entries.push(read.data);
    else
      for (const issue of read.error.issues)
        problems.push(`entry ${i + 1}, ${issue.path.join(".") || "as a whole"}: ${issue.message}`);
  }
  return problems.length > 0 ? { ok: false, why: problems.slice(0, 12).join("; ") } : { ok: true, entries };
}

/** Pieces of at most `most` characters, cut at a paragraph, else at a line, where there is one in the second half. */
export function pieces(text: string, most: number): string[] {
  const found: string[] = [];
  for (let rest = text.trim(); rest !== ""; ) {
    let end = rest.length;
    if (end > most) {
      const cut = [rest.lastIndexOf("\n\n", most), rest.lastIndexOf("\n", most), rest.lastIndexOf(" ", most)];
      end = cut.find((at) => at > most / 2) ?? most;
    }
    found.push(rest.slice(0, end).trim());
    rest = rest.slice(end).trim();
  }
  return found;
}

/** The ids as they are, with -2, -3 … where one comes again. */
export function unique(entries: readonly CognitionEntry[]): CognitionEntry[] {
  const taken = new Set<string>();
  return entries.map((entry) => {
    let id = entry.id;
    for (let n = 2; taken.has(id); n++) id = `${entry.id}-${n}`;
    taken.add(id);
    return { ...entry, id };
  });
}

/**
 * Entries that a model finds in a text, which it reads in pieces that fit its window; ids are unique among them. A piece
 * without a usable answer is passed over where others have entries; the ledger tells.
 * @param source names the text for the model
 * @throws AnswerError when no piece gives an entry and one has no usable answer; LlmError when no model can be had, and the
 * signal's reason: the answers until then are in the ledger, and asking again begins after them
 */
export async function extract(
  llm: Llm,
  settings: LlmSettings,
  { text, source }: { text: string; source: string },
  signal: AbortSignal,
): Promise<CognitionEntry[]> {
  const endpoint = endpointOf(settings, "extractor");
  const system = prompt("extractor").text;
  const most = Math.max(1000, Math.min(PIECE, room(llm.limits(endpoint), estimate(system)) - FRAME));
  const parts = pieces(text, most);
  const name = sha256(text).slice(0, 16);
  const found: CognitionEntry[] = [];
  let failed: AnswerError | null = null;
  for (const [i, part] of parts.entries()) {
    const place = (turn: number): LlmPlace => ({
      campaignId: null,
      experimentId: null,
      key: `extract/${name}/${i}/${turn}`,
    });
    const title = parts.length > 1 ? `${source}, part ${i + 1} of ${parts.length}` : source;
    const beginning = {
      title: "Beginning of it",
      text: parts[0]!.slice(0, BEGINNING),
      priority: 1,
      data: true,
    };
    const sections = [
      ...(i === 0 ? [] : [beginning]),
      { title, text: part, priority: 9, data: true },
      { title: "Your answer", text: "1 to 3 entries, or NONE.", priority: 10 },
    ];
    const user = fit(sections, most + FRAME);
    try {
      const { value } = await askRole(
        llm,
        { role: "extractor", endpoint, place, system, user, parse: parseEntries },
        signal,
      );
      found.push(...value.entries);
    } catch (error) {
      if (!(error instanceof AnswerError)) throw error;
      failed ??= error;
    }
  }
  if (found.length === 0 && failed) throw failed;
  return unique(found);
}
