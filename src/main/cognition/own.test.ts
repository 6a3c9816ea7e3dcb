import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { CognitionEntry } from "../../shared/cognition.ts";
import { openDesk } from "./desk.ts";
import { ownFolder } from "./files.ts";

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "cambrian-own-"));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

const entry = (id: string, more: Partial<CognitionEntry> = {}): CognitionEntry => ({
  id,
  paper: { arxiv: "2412.99999", title: "Gates of our own", authors: "Doe et al.", year: 2024 },
  scenario: "The loss of recall tasks stays high although the byte language model learns well.",
  algorithm: "Write a second gate beside the first, and let the two multiply: $g = \\sigma(Wx)\\sigma(Vx)$.",
  context: "It stands between gated linear attention and the delta rule, and costs two matrices.",
  tags: ["gate"],
  citation: "Doe et al. (2024). Gates of our own. arXiv:2412.99999",
  ...more,
});
const desk = () => openDesk({ home, extract: null });

describe("entries of the user's own", () => {
  it("are saved, changed and removed one by one", () => {
    const d = desk();
    const before = d.list().length;
    d.save(entry("own-a"));
    d.save(entry("own-b"));
    d.save(entry("own-a", { tags: ["changed"] }));
    expect(d.own()).toEqual(["own-a", "own-b"]);
    expect(d.list()).toHaveLength(before + 2);
    expect(desk().entry("own-a")!.tags).toEqual(["changed"]);
    d.remove("own-a");
    d.remove("own-b");
    expect(d.own()).toEqual([]);
    expect(desk().list()).toHaveLength(before);
    expect(() => d.remove("own-a")).toThrow(expect.objectContaining({ code: "unknown_entry" }));
  });

  it("stay where they were taken in, beside what cannot be read", () => {
    mkdirSync(ownFolder(home), { recursive: true });
    const file = join(ownFolder(home), "paper.json");
    writeFileSync(file, JSON.stringify([{ id: "half" }, entry("own-a")]));
    desk().save(entry("own-a", { tags: ["changed"] }));
    expect(JSON.parse(readFileSync(file, "utf8"))).toEqual([
      { id: "half" },
      entry("own-a", { tags: ["changed"] }),
    ]);
    desk().remove("own-a");
    expect(JSON.parse(readFileSync(file, "utf8"))).toEqual([{ id: "half" }]);
  });

  it("never stand in for a shipped one", () => {
    const d = desk();
    const shipped = d.list()[0]!;
    expect(() => d.save({ ...shipped, tags: ["mine"] })).toThrow(
      expect.objectContaining({ code: "shipped_entry" }),
    );
    expect(() => d.remove(shipped.id)).toThrow(expect.objectContaining({ code: "shipped_entry" }));
    expect(desk().entry(shipped.id)).toEqual(shipped);
  });

  it("are not saved where their citation is another paper's", () => {
    const wrong = entry("own-a", { citation: "Doe et al. (2023). Gates of our own." });
    expect(() => desk().save(wrong)).toThrow(/lacks the arXiv number 2412.99999.*lacks the year 2024/);
    expect(desk().own()).toEqual([]);
  });
});
