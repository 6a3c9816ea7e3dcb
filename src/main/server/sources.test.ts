import { describe, expect, it, vi } from "vitest";
import { createRing } from "../trainer/ring.ts";
import type { Reading } from "./service.ts";
import { logSource, stateSource, terminalSource } from "./sources.ts";

describe("a state", () => {
  it("is read once, whole, and again only when it was set", () => {
    const state = stateSource("a");
    const first = state.read(null)!;
    expect(first).toMatchObject({ reset: true, data: "a" });
    expect(state.read(first.seq)).toBeNull();
    state.set("b");
    state.set("c");
    expect(state.read(first.seq)).toMatchObject({ reset: false, data: "c" });
    expect(state.value).toBe("c");
  });

  it("tells its listeners until they stop", () => {
    const state = stateSource(0);
    const [one, two] = [vi.fn(), vi.fn()];
    const stop = state.listen(one);
    state.listen(two);
    state.set(1);
    stop();
    state.set(2);
    expect([one.mock.calls.length, two.mock.calls.length]).toEqual([1, 2]);
  });
});

describe("a log", () => {
  it("loses nothing for any reader within what is kept, however much is pushed", () => {
    const log = logSource<number>({ keep: 5 });
    const seen: number[] = [];
    let at: number | null = null;
    for (let i = 0; i < 100; i++) {
      log.push(i);
      if (i % 4 !== 0) continue;
      const reading: Reading = log.read(at)!;
      expect(reading.reset).toBe(at === null);
      seen.push(...(reading.data as number[]));
      at = reading.seq;
    }
    expect(seen).toEqual(Array.from({ length: 97 }, (_, i) => i));
  });

  it.each([
    [null, true, [7, 8, 9]],
    [6, true, [7, 8, 9]],
    [7, false, [7, 8, 9]],
    [9, false, [9]],
    [99, true, [7, 8, 9]],
  ])("read after %s of ten with three kept", (after, reset, data) => {
    const log = logSource<number>({ keep: 3 });
    for (let i = 0; i < 10; i++) log.push(i);
    expect(log.read(after)).toEqual({ seq: 10, reset, data });
  });

  it("says at once that it is empty, and then nothing", () => {
    const log = logSource({ keep: 3 });
    expect(log.read(null)).toEqual({ seq: 0, reset: true, data: [] });
    expect(log.read(0)).toBeNull();
  });
});

describe("a terminal", () => {
  it("goes on where its reader was, and resets one that was overtaken", () => {
    const ring = createRing(16 * 1024);
    const source = terminalSource({ snapshot: (offset) => ring.read(offset), subscribe: () => () => {} });
    const text = (reading: { data: unknown }) => String(Buffer.from(reading.data as string, "base64"));
    ring.push(Buffer.from("hello"));
    const first = source.read(null)!;
    expect([first.reset, first.seq, text(first)]).toEqual([true, 5, "hello"]);
    expect(source.read(5)).toBeNull();
    ring.push(Buffer.from(" there"));
    const second = source.read(5)!;
    expect([second.reset, second.seq, text(second)]).toEqual([false, 11, " there"]);
    ring.push(Buffer.alloc(16 * 1024, "x"));
    expect(source.read(5)).toMatchObject({ reset: true, seq: ring.total });
  });
});
