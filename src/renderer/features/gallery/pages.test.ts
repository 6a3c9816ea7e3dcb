import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Card } from "../../../shared/views.ts";
import { CallError } from "../../api/index.ts";
import { createPages, type FetchPage, PAGE, SETTLE_MS } from "./pages.ts";

const TOTAL = 100_000;
const card = (index: number, name = `n${index}`) => ({ id: `id${index}`, name, starred: false }) as Card;

/** Answers when it is told to. */
function server() {
  const asked: {
    offset: number;
    signal: AbortSignal;
    answer: (name?: string) => void;
    fail: (e: unknown) => void;
  }[] = [];
  const fetch: FetchPage = (offset, limit, signal) =>
    new Promise((resolve, reject) => {
      const answer = (name?: string) =>
        resolve({ total: TOTAL, cards: Array.from({ length: limit }, (_, i) => card(offset + i, name)) });
      asked.push({ offset, signal, answer, fail: reject });
    });
  return { asked, pages: createPages(fetch) };
}
const settled = () => vi.advanceTimersByTimeAsync(SETTLE_MS);

describe("a list read page by page", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("reads the first page at once, and others as they stay in view", async () => {
    const { asked, pages } = server();
    pages.want(0, 20);
    expect(asked.map((a) => a.offset)).toEqual([0]);
    asked[0]!.answer();
    await settled();
    expect(pages.snapshot().total).toBe(TOTAL);
    expect([pages.card(119)?.name, pages.card(120)]).toEqual(["n119", undefined]);
    pages.want(110, 130);
    await settled();
    expect(asked.map((a) => a.offset)).toEqual([0, PAGE]);
  });

  it("does not ask for what is only scrolled past, and gives up what was", async () => {
    const { asked, pages } = server();
    pages.want(0, 20);
    asked[0]!.answer();
    await settled();
    pages.want(5 * PAGE, 5 * PAGE + 20);
    await settled();
    for (let page = 6; page < 400; page++) pages.want(page * PAGE, page * PAGE + 20);
    expect(asked[1]!.signal.aborted).toBe(true);
    asked[1]!.answer();
    await settled();
    expect(asked.map((a) => a.offset / PAGE)).toEqual([0, 5, 399]);
    expect(pages.card(5 * PAGE)).toBeUndefined();
  });

  it("keeps a bounded number of pages, the nearest", async () => {
    const { asked, pages } = server();
    for (let page = 0; page < 80; page++) {
      pages.want(page * PAGE, page * PAGE + 20);
      await settled();
      asked.at(-1)!.answer();
      await settled();
    }
    expect(pages.card(0)).toBeUndefined();
    expect(pages.card(79 * PAGE)?.name).toBe(`n${79 * PAGE}`);
    expect(pages.card(40 * PAGE)?.name).toBe(`n${40 * PAGE}`);
  });

  it("shows what it has while it reads again, and not an answer from before the change", async () => {
    const { asked, pages } = server();
    pages.want(0, 20);
    asked[0]!.answer("old");
    await settled();
    pages.refresh();
    await settled();
    expect(pages.card(0)?.name).toBe("old");
    pages.refresh();
    asked[1]!.answer("between");
    await settled();
    expect(pages.card(0)?.name).toBe("old");
    asked[2]!.answer("new");
    await settled();
    expect(pages.card(0)?.name).toBe("new");
  });

  it("tells of a failure, and tries again when asked to", async () => {
    const { asked, pages } = server();
    pages.want(0, 20);
    asked[0]!.fail(new CallError({ code: "busy", message: "The archive is busy.", fix: null }));
    await settled();
    expect(pages.snapshot().error).toMatchObject({ code: "busy" });
    pages.refresh();
    await settled();
    asked[1]!.answer();
    await settled();
    expect(pages.snapshot()).toMatchObject({ error: null, total: TOTAL });
  });

  it("shows marks before they are stored, and takes them back", async () => {
    const { asked, pages } = server();
    pages.want(0, 20);
    asked[0]!.answer();
    await settled();
    pages.overlay("id3", { starred: true });
    expect(pages.card(3)?.starred).toBe(true);
    expect(pages.card(3)).toBe(pages.card(3));
    pages.overlay("id3", null);
    expect(pages.card(3)?.starred).toBe(false);
    pages.overlay("id3", { starred: true });
    pages.settle("id3", { starred: true, tags: ["a"] });
    expect(pages.card(3)).toMatchObject({ starred: true, tags: ["a"] });
    expect(pages.find("id3")).toBe(3);
  });
});
