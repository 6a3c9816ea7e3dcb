/** What a user gives: a paper as text, Markdown or PDF, an arXiv listing, or ASI-Arch's cognition JSON. */
import { spawn } from "node:child_process";
import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import { basename, extname } from "node:path";
import { CognitionError } from "./errors.ts";
import { looksLikeAsi } from "./import-asi.ts";
import { type ListedPaper, splitListing } from "./listing.ts";

export type Source =
  | { kind: "text"; name: string; text: string }
  | { kind: "listing"; name: string; papers: ListedPaper[] }
  | { kind: "asi"; name: string; value: unknown };

const MB = 1e6;
/** Bytes. A paper's text is some 100 kB, a day's listing some MB. */
const MOST_TEXT = 8 * MB;
const MOST_PDF = 64 * MB;
const PDF_SECONDS = 60;

const wrong = (code: string, message: string, fix: string) =>
  new CognitionError("usage", code, `${message} Nothing was added.`, fix);

export interface ReadOptions {
  /** Where pdftotext is looked for; it gets PATH and no other variable. */
  env?: NodeJS.ProcessEnv;
  signal?: AbortSignal;
  pdfSeconds?: number;
}

/** Throws a CognitionError where there is nothing to read, and the signal's reason. */
export async function readSource(file: string, options: ReadOptions = {}): Promise<Source> {
  const name = basename(file, extname(file));
  const bytes = readBytes(file);
  if (bytes.subarray(0, 5).toString("latin1") === "%PDF-") {
    return { kind: "text", name, text: decoded(await pdfText(file, options), file) };
  }
  if (bytes.length > MOST_TEXT) throw tooBig(file, bytes.length, MOST_TEXT);
  const text = decoded(bytes, file);
  if (extname(file).toLowerCase() === ".json") {
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch (error) {
      throw wrong(
        "not_json",
        `${file} is no JSON: ${(error as Error).message}.`,
        "Correct it, or name it .txt.",
      );
    }
    if (!looksLikeAsi(value)) {
      const fix = "Entries in Cambrian's own form go into the cognition folder of the data folder.";
      throw wrong("not_asi", `${file} has none of the fields of ASI-Arch's cognition files.`, fix);
    }
    return { kind: "asi", name, value };
  }
  const papers = splitListing(text);
  return papers.length > 0 ? { kind: "listing", name, papers } : { kind: "text", name, text };
}

function readBytes(file: string): Buffer {
  let fd: number;
  try {
    // Not blocking: a named pipe would keep the program waiting for a writer.
    fd = openSync(file, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  } catch (error) {
    const gone = (error as NodeJS.ErrnoException).code === "ENOENT";
    const message = gone
      ? `There is no file ${file}.`
      : `${file} cannot be read: ${(error as Error).message}.`;
    throw wrong("no_file", message, "Name a file that you may read.");
  }
  try {
    const stat = fstatSync(fd);
    if (!stat.isFile()) throw wrong("no_file", `${file} is not a file.`, "Name a file.");
    if (stat.size === 0) throw wrong("empty", `${file} is empty.`, "Name a file with text in it.");
    if (stat.size > MOST_PDF) throw tooBig(file, stat.size, MOST_PDF);
    const bytes = Buffer.alloc(stat.size);
    let at = 0;
    for (let got = -1; got !== 0 && at < bytes.length; at += got)
      got = readSync(fd, bytes, at, bytes.length - at, at);
    return bytes.subarray(0, at);
  } finally {
    closeSync(fd);
  }
}

const tooBig = (file: string, size: number, most: number) =>
  wrong(
    "too_big",
    `${file} has ${(size / MB).toFixed(1)} MB; at most ${most / MB} MB are read.`,
    "Give it in parts, or the paper's text alone.",
  );

/** Text, or the reason why it is none: a zero byte, or bytes that are not UTF-8. */
function decoded(bytes: Uint8Array, file: string): string {
  const fix = "Give text in UTF-8, Markdown, or a PDF.";
  if (bytes.includes(0)) throw wrong("binary", `${file} is not text: it has zero bytes.`, fix);
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw wrong("binary", `${file} is not text in UTF-8.`, fix);
  }
  // Form feeds stand between the pages of pdftotext.
  text = text.replace(/\f/g, "\n").replace(/\r\n?/g, "\n");
  if (text.trim() === "") {
    throw wrong("empty", `${file} has no text in it.`, "If it is a scan, run text recognition on it first.");
  }
  return text;
}

/** What `pdftotext` (poppler, or Xpdf) makes of it. */
function pdfText(
  file: string,
  { env = process.env, signal, pdfSeconds = PDF_SECONDS }: ReadOptions,
): Promise<Buffer> {
  const byHand = `Save the paper's text as a .txt file and add that.`;
  signal?.throwIfAborted();
  return new Promise((resolve, reject) => {
    const stop = AbortSignal.any([AbortSignal.timeout(1000 * pdfSeconds), ...(signal ? [signal] : [])]);
    // The file may come from anywhere: the program that parses it is not given the keys in the environment.
    const child = spawn("pdftotext", ["-enc", "UTF-8", "-nopgbrk", file, "-"], {
      env: { PATH: env.PATH, LANG: "C.UTF-8" },
      stdio: ["ignore", "pipe", "pipe"],
      signal: stop,
      killSignal: "SIGKILL",
    });
    const out: Buffer[] = [];
    let size = 0;
    let said = "";
    child.stdout.on("data", (chunk: Buffer) => {
      size += chunk.length;
      if (size <= MOST_TEXT) out.push(chunk);
      else child.kill("SIGKILL");
    });
    child.stderr.on("data", (chunk: Buffer) => {
      if (said.length < 2000) said += chunk.toString();
    });
    child.on("error", (error: NodeJS.ErrnoException) => {
      if (signal?.aborted) return reject(signal.reason);
      if (error.code === "ENOENT") {
        const fix = `Install it (Debian, Ubuntu: apt install poppler-utils; macOS: brew install poppler), or: ${byHand}`;
        return reject(
          wrong("no_pdftotext", `Reading a PDF takes the program pdftotext, which is not there.`, fix),
        );
      }
      if (stop.aborted) {
        const message = `pdftotext did not finish ${file} within ${pdfSeconds} s.`;
        return reject(wrong("pdf_slow", message, byHand));
      }
      reject(wrong("pdf_failed", `pdftotext did not start: ${error.message}.`, byHand));
    });
    child.on("close", (code) => {
      if (stop.aborted) return; // told by "error"
      if (size > MOST_TEXT) return reject(tooBig(`The text of ${file}`, size, MOST_TEXT));
      if (code !== 0) {
        const why = said.trim().split("\n")[0] || `exit code ${code}`;
        return reject(wrong("pdf_failed", `pdftotext cannot read ${file}: ${why}.`, byHand));
      }
      resolve(Buffer.concat(out));
    });
  });
}
