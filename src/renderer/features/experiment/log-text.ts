/** A terminal's output as plain text. */

// biome-ignore lint/suspicious/noControlCharactersInRegex: control sequences are what is taken out
const SEQUENCE = /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|[@-Z\\-_])/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: as above
const CONTROL = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/g;

/** Without colours and cursor movements; a line that was written over (a progress bar) is what it was last. */
export function plainText(raw: string): string {
  return raw
    .replace(SEQUENCE, "")
    .split(/\r?\n/)
    .map((line) => line.split("\r").findLast((part) => part !== "") ?? "")
    .join("\n")
    .replace(CONTROL, "");
}

/** Numbers, from 1, of the lines that hold the text, in whatever case. */
export function linesWith(text: string, wanted: string): number[] {
  const needle = wanted.trim().toLowerCase();
  if (needle === "") return [];
  return text.split("\n").flatMap((line, i) => (line.toLowerCase().includes(needle) ? [i + 1] : []));
}
