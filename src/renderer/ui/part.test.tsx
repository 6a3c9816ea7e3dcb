import { describe, expect, it } from "vitest";
import { mayLoadAgain } from "./part.tsx";

describe("loading the page again by itself", () => {
  const storage = () => {
    const kept = new Map<string, string>();
    return {
      getItem: (key: string) => kept.get(key) ?? null,
      setItem: (key: string, value: string) => void kept.set(key, value),
    };
  };

  it("happens once, and again only when the first time is long ago", () => {
    const kept = storage();
    const now = 1_800_000_000_000;
    expect(mayLoadAgain(kept, now)).toBe(true);
    expect(mayLoadAgain(kept, now + 1_000)).toBe(false);
    expect(mayLoadAgain(kept, now + 29_999)).toBe(false);
    expect(mayLoadAgain(kept, now + 30_000)).toBe(true);
    expect(mayLoadAgain(kept, now + 30_001)).toBe(false);
  });
});
