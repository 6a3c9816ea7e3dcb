import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { CognitionEntry } from "../../shared/cognition.ts";
import { type Extract, openDesk } from "./desk.ts";
import { loadCognition } from "./load.ts";
import { entry } from "./testing.ts";

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "cambrian-desk-"));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

const nothing = () => join(home, "no-shipped");
/** A desk that has only the user's own entries. */
const desk = (extract: Extract | null = null, signal?: AbortSignal) =>
  openDesk({ home, extract, shipped: nothing(), ...(signal && { signal }) });
const file = (name: string, content: unknown): string => {
  const text = typeof content === "string" ? content : JSON.stringify(content);
  writeFileSync(join(home, name), text);
  return join(home, name);
};
const review = (name: string) => join(home, "cognition", "review", name);
const own = () => loadCognition(home, nothing()).entries.map((e) => e.id);
const gives =
  (...entries: CognitionEntry[]): Extract =>
  async () =>
    entries;

describe("add", () => {
  it("puts a model's entries into review, and not into the base", async () => {
    const asked: string[] = [];
    const extract: Extract = async (text, source) => {
      asked.push(text, source);
      return [entry("mine")];
    };
    const added = await desk(extract).add(file("A Paper.md", "The whole text."));
    expect(asked).toEqual(["The whole text.", "A Paper"]);
    expect(added.problems).toEqual([]);
    expect(added.waiting).toMatchObject([
      { id: "mine", problems: [], similar: [], file: review("a-paper.json") },
    ]);
    expect(desk().entry("mine")).toBeNull();
    expect(desk().review()).toEqual(added.waiting);
  });

  it("needs a model for text, and none for ASI-Arch's JSON", async () => {
    await expect(desk().add(file("a.md", "text"))).rejects.toMatchObject({ code: "no_model", kind: "usage" });
    const added = await desk().add(
      file("2401.00001.json", [{ DESIGN_INSIGHT: "A gate helps where recall falls." }]),
    );
    expect(added.waiting).toHaveLength(1);
    expect(added.waiting[0]!.problems.join()).toMatch(/paper\.authors/);
  });

  it("takes what a listing says of a paper, not what the model says", async () => {
    const listing = "arXiv:2312.00752\nTitle: Mamba\nAuthors: Albert Gu, Tri Dao\nAbstract: Selective.\n";
    await desk(gives(entry("mamba-new"))).add(file("list.txt", listing));
    await desk().accept("all");
    expect(desk().entry("mamba-new")).toMatchObject({
      paper: { arxiv: "2312.00752", title: "Mamba", authors: "Gu and Dao", year: 2023 },
      citation: "Gu and Dao (2023). Mamba. arXiv:2312.00752",
    });
  });

  it("keeps what came of the other papers of a listing when one fails", async () => {
    const paper = (n: number) => `arXiv:2312.0000${n}\nTitle: T${n}\nAuthors: A B\nAbstract: Text.\n`;
    const extract: Extract = async (_, source) => {
      if (source.endsWith("2")) throw new Error("no usable answer");
      return source.endsWith("3") ? [] : [entry(`e${source.at(-1)}`)];
    };
    const added = await desk(extract).add(file("list.txt", [1, 2, 3, 4].map(paper).join("\n")));
    expect(added.waiting.map((w) => w.id)).toEqual(["e1", "e4"]);
    expect(added.problems).toEqual([
      "arXiv:2312.00002: no usable answer",
      "arXiv:2312.00003: the model found nothing to enter.",
    ]);
  });

  it("stops when it is given up, and keeps what was read before", async () => {
    const stop = new AbortController();
    const paper = (n: number) => `arXiv:2312.0000${n}\nTitle: T${n}\nAuthors: A B\nAbstract: Text.\n`;
    const extract: Extract = async (_, source, signal) => {
      if (source.endsWith("1")) return [entry("e1")];
      stop.abort(new Error("interrupted"));
      signal.throwIfAborted();
      return [];
    };
    const adding = desk(extract, stop.signal).add(file("list.txt", paper(1) + paper(2)));
    await expect(adding).rejects.toThrow("interrupted");
    expect(
      desk()
        .review()
        .map((w) => w.id),
    ).toEqual(["e1"]);
  });

  it("gives an id that is taken a number, and flags what says the same", async () => {
    const path = file("paper.md", "text");
    await desk(gives(entry("mine"))).add(path);
    const again = await desk(gives(entry("mine"))).add(path);
    expect(again.waiting).toMatchObject([{ id: "mine-2", similar: ["mine"] }]);
    expect(
      desk()
        .review()
        .map((w) => w.id),
    ).toEqual(["mine", "mine-2"]);
  });

  it("says it when a part was no paper, and when the model's answer was of no use", async () => {
    const failing: Extract = async () => Promise.reject(new Error("no usable answer"));
    await expect(desk(failing).add(file("a.md", "text"))).rejects.toThrow("no usable answer");
    expect(existsSync(review("a.json"))).toBe(false);
  });
});

describe("review", () => {
  const wait = (name: string, ...entries: CognitionEntry[]) =>
    desk(gives(...entries)).add(file(name, "text"));

  it("accepts by id: into the user's file, out of review, at once searchable", async () => {
    await wait("paper.md", entry("one"), entry("two"));
    expect(desk().accept(["one"])).toEqual({ done: ["one"], left: [] });
    expect(own()).toEqual(["one"]);
    expect(
      desk()
        .review()
        .map((w) => w.id),
    ).toEqual(["two"]);
    expect((await desk().search("onesymptomx0", 3)).map((r) => r.id)).toEqual(["one"]);
    expect(desk().accept("all").done).toEqual(["two"]);
    expect(own()).toEqual(["one", "two"]);
    expect(readdirSync(join(home, "cognition", "review"))).toEqual([]);
  });

  it("rejects by id and all", async () => {
    await wait("paper.md", entry("one"), entry("two"), entry("three"));
    expect(desk().reject(["two"])).toEqual({ done: ["two"], left: [] });
    expect(desk().reject("all").done).toEqual(["one", "three"]);
    expect(desk().review()).toEqual([]);
    expect(own()).toEqual([]);
  });

  it("says which id does not wait", async () => {
    await wait("paper.md", entry("one"));
    expect(desk().accept(["one", "none"])).toMatchObject({
      done: ["one"],
      left: [{ id: "none", reason: /waits/ }],
    });
  });

  it("leaves what says the same to a person: all passes it over, its id takes it", async () => {
    await wait("paper.md", entry("one"));
    desk().accept("all");
    await wait("again.md", { ...entry("one"), id: "other" }, entry("two"));
    expect(desk().accept("all")).toMatchObject({
      done: ["two"],
      left: [{ id: "other", reason: /same as one/ }],
    });
    expect(desk().accept(["other"]).done).toEqual(["other"]);
  });

  it("does not accept what is not whole until it was edited, and cites it then", async () => {
    await desk().add(
      file("2401.00001.json", [
        {
          DESIGN_INSIGHT: "Gates.",
          EXPERIMENTAL_TRIGGER_PATTERNS: "Recall falls on long inputs while the loss goes on falling.",
          BACKGROUND: "**Title**: A Gate\n\nLinear attention as it was never forgot anything.",
          ALGORITHMIC_INNOVATION: "S_t = g_t S_{t-1} + k_t v_t^T, with a gate g_t of the token.",
        },
      ]),
    );
    const path = review("2401-00001.json");
    expect(desk().accept("all")).toMatchObject({
      done: [],
      left: [{ id: "a-gate", reason: /paper\.authors.*2401-00001\.json/ }],
    });
    const items = JSON.parse(readFileSync(path, "utf8"));
    items[0].paper.authors = "Test et al.";
    writeFileSync(path, JSON.stringify(items));
    expect(desk().accept(["a-gate"])).toEqual({ done: ["a-gate"], left: [] });
    expect(desk().entry("a-gate")!.citation).toBe("Test et al. (2024). A Gate. arXiv:2401.00001");
  });

  it("does not accept an id that the base has for something else", async () => {
    await wait("paper.md", entry("one"));
    desk().accept("all");
    mkdirSync(join(home, "cognition", "review"), { recursive: true });
    writeFileSync(review("edited.json"), JSON.stringify([{ ...entry("two"), id: "one" }]));
    expect(desk().accept(["one"])).toMatchObject({
      done: [],
      left: [{ id: "one", reason: /another entry has it/ }],
    });
  });

  it("accepts once more after a crash between the two writes", async () => {
    await wait("paper.md", entry("one"));
    const before = readFileSync(review("paper.json"), "utf8");
    desk().accept("all");
    writeFileSync(review("paper.json"), before);
    expect(desk().accept(["one"])).toEqual({ done: ["one"], left: [] });
    expect(own()).toEqual(["one"]);
    expect(desk().problems()).toEqual([]);
    expect(desk().review()).toEqual([]);
  });

  it("keeps the old where it cannot write", async () => {
    await wait("paper.md", entry("one"));
    const before = readFileSync(review("paper.json"), "utf8");
    const inTheWay = join(home, "cognition", `paper.json.${process.pid}.tmp`);
    mkdirSync(inTheWay);
    expect(() => desk().accept("all")).toThrow(/paper\.json was not written: .*It holds what it held/);
    expect(readFileSync(review("paper.json"), "utf8")).toBe(before);
    rmSync(inTheWay, { recursive: true });
    expect(desk().accept("all").done).toEqual(["one"]);
  });

  it("says which file cannot be read, and changes nothing", async () => {
    await wait("paper.md", entry("one"));
    writeFileSync(review("zz.json"), "{");
    expect(() => desk().accept("all")).toThrow(/zz\.json cannot be read: .*Nothing was changed/);
    expect(own()).toEqual([]);
  });
});

describe("reading", () => {
  it("lists the shipped base by year, and by tag", () => {
    const whole = openDesk({ home, extract: null });
    const years = whole.list().map((e) => e.paper.year);
    expect(years.length).toBeGreaterThan(100);
    expect(years).toEqual([...years].sort((a, b) => a - b));
    const tagged = whole.list("delta-rule");
    expect(tagged.length).toBeGreaterThan(0);
    for (const e of tagged) expect(e.tags).toContain("delta-rule");
    expect(whole.list("no-such-tag")).toEqual([]);
  });

  it("sees at once what it accepted itself", async () => {
    const one = desk(gives(entry("mine")));
    await one.add(file("paper.md", "text"));
    expect(one.entry("mine")).toBeNull();
    one.accept(["mine"]);
    expect(one.entry("mine")).toEqual(entry("mine"));
  });

  it("tells of a broken file of the user's, and goes on", () => {
    mkdirSync(join(home, "cognition"));
    writeFileSync(join(home, "cognition", "mine.json"), "{");
    expect(desk().problems()).toEqual([expect.stringContaining("mine.json")]);
    expect(desk().entry("no-such-id")).toBeNull();
  });
});
