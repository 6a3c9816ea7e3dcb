import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readSource } from "./source.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "cambrian-source-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const file = (name: string, content: string | Uint8Array): string => {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
};

describe("readSource", () => {
  it("reads text and Markdown", async () => {
    const text = "# A paper\n\nIt forgets – by the data.";
    expect(await readSource(file("a paper.md", text))).toEqual({ kind: "text", name: "a paper", text });
    expect(await readSource(file("b.txt", "\uFEFFone\r\ntwo\fthree"))).toMatchObject({
      text: "one\ntwo\nthree",
    });
  });

  it("knows a listing", async () => {
    const text = "arXiv:2312.00752\nTitle: Mamba\nAuthors: Albert Gu, Tri Dao\nAbstract: Selective.\n";
    expect(await readSource(file("list.txt", text))).toMatchObject({
      kind: "listing",
      papers: [{ title: "Mamba" }],
    });
  });

  it("knows ASI-Arch's JSON", async () => {
    const value = [{ DESIGN_INSIGHT: "It forgets." }];
    expect(await readSource(file("2312.00752.json", JSON.stringify(value)))).toEqual({
      kind: "asi",
      name: "2312.00752",
      value,
    });
  });

  it.each<[string, string, string | Uint8Array, string]>([
    ["zero bytes", "a.txt", new Uint8Array([65, 0, 66]), "binary"],
    ["Latin-1", "a.txt", new Uint8Array([65, 0xe9, 66]), "binary"],
    ["an image", "a.png", new Uint8Array([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10, 0]), "binary"],
    ["nothing", "a.txt", "", "empty"],
    ["white space", "a.txt", " \n\t\n", "empty"],
    ["broken JSON", "a.json", "{", "not_json"],
    ["other JSON", "a.json", '{"a": [1]}', "not_asi"],
  ])("refuses %s", async (_, name, content, code) => {
    await expect(readSource(file(name, content))).rejects.toMatchObject({
      name: "CognitionError",
      kind: "usage",
      code,
      message: expect.stringContaining("Nothing was added."),
      fix: expect.stringMatching(/\w/),
    });
  });

  it("refuses what is not there, and a folder", async () => {
    await expect(readSource(join(folder, "none.txt"))).rejects.toMatchObject({ code: "no_file" });
    await expect(readSource(folder)).rejects.toMatchObject({ code: "no_file" });
  });

  it.skipIf(process.platform === "win32")("does not wait at a named pipe", async () => {
    execFileSync("mkfifo", [join(folder, "pipe.txt")]);
    await expect(readSource(join(folder, "pipe.txt"))).rejects.toMatchObject({ code: "no_file" });
  });

  it("refuses what is too big, before and after it is known what it is", async () => {
    const big = file("big.txt", "text");
    truncateSync(big, 9e6);
    await expect(readSource(big)).rejects.toMatchObject({
      code: "too_big",
      message: /9\.0 MB; at most 8 MB/,
    });
    truncateSync(big, 70e6);
    await expect(readSource(big)).rejects.toMatchObject({
      code: "too_big",
      message: /70\.0 MB; at most 64 MB/,
    });
  });
});

/** The tests put a script named pdftotext on the PATH, so that they mean the same where poppler is missing. */
describe.skipIf(process.platform === "win32")("a PDF", () => {
  const env = (script?: string): NodeJS.ProcessEnv => {
    const bin = join(folder, "bin");
    mkdirSync(bin);
    if (script !== undefined) {
      writeFileSync(join(bin, "pdftotext"), `#!/bin/sh\n${script}\n`);
      chmodSync(join(bin, "pdftotext"), 0o755);
    }
    return {
      PATH: script === undefined ? bin : [bin, "/usr/bin", "/bin"].join(delimiter),
      SECRET_KEY: "sk-secret",
    };
  };
  const pdf = () => file("paper.pdf", "%PDF-1.7\n\0binary");

  it("is read by pdftotext", async () => {
    const script = 'echo "arguments: $*"; printf "page one\\fpage two"';
    const source = await readSource(pdf(), { env: env(script) });
    expect(source).toMatchObject({ kind: "text", name: "paper" });
    expect((source as { text: string }).text).toBe(
      `arguments: -enc UTF-8 -nopgbrk ${join(folder, "paper.pdf")} -\npage one\npage two`,
    );
  });

  it("is parsed without the keys in the environment", async () => {
    const source = await readSource(pdf(), { env: env("env") });
    expect((source as { text: string }).text).toContain("PATH=");
    expect((source as { text: string }).text).not.toContain("secret");
  });

  it("says how to get the text where pdftotext is missing", async () => {
    await expect(readSource(pdf(), { env: env() })).rejects.toMatchObject({
      code: "no_pdftotext",
      fix: expect.stringMatching(/poppler.*\.txt/),
    });
  });

  it.each([
    ["it fails", 'echo "Syntax Error: broken" >&2; exit 1', "pdf_failed", /Syntax Error: broken/],
    ["a scan has no text", "printf '\\f\\f'", "empty", /no text/],
    ["it does not end", "exec sleep 60", "pdf_slow", /within 0\.3 s/],
    ["its text has no end", "exec yes text", "too_big", /at most 8 MB/],
  ])("is refused when %s", async (_, script, code, message) => {
    const read = readSource(pdf(), { env: env(script), ...(code === "pdf_slow" && { pdfSeconds: 0.3 }) });
    await expect(read).rejects.toMatchObject({ code, message });
  });

  it("is given up with the signal's reason", async () => {
    const stop = new AbortController();
    const read = readSource(pdf(), { env: env("exec sleep 60"), signal: stop.signal });
    stop.abort(new Error("interrupted"));
    await expect(read).rejects.toThrow("interrupted");
  });
});
