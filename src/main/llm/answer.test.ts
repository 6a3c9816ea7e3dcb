import { describe, expect, it } from "vitest";
import { gather, nothing, usageOf } from "./answer.ts";

describe("usage", () => {
  it.each([
    [
      { prompt_tokens: 3, completion_tokens: 4, total_tokens: 7 },
      { input: 3, output: 4 },
    ],
    [
      { prompt_tokens: 3, completion_tokens: 4, total_tokens: 12 },
      { input: 3, output: 9 },
    ],
    [
      { prompt_tokens: 3, total_tokens: 3 },
      { input: 3, output: 0 },
    ],
    [
      { prompt_tokens: 3, completion_tokens: null, total_tokens: null },
      { input: 3, output: 0 },
    ],
    [
      { prompt_tokens: 1e9, completion_tokens: 0 },
      { input: 1e9, output: 0 },
    ],
    [{ prompt_tokens: 0, completion_tokens: 0 }, null],
    [{ prompt_tokens: 3, completion_tokens: 1e9 + 1 }, null],
    [{ prompt_tokens: 1e300, completion_tokens: 4 }, null],
    [{ prompt_tokens: 3.5, completion_tokens: 4 }, null],
    [{ prompt_tokens: 3, completion_tokens: -4 }, null],
    [{ prompt_tokens: 3, completion_tokens: "4" }, null],
    [{ prompt_tokens: 3, completion_tokens: 4, total_tokens: Number.MAX_VALUE }, null],
    [{ prompt_tokens: 3, completion_tokens: Number.NaN }, null],
    [null, null],
  ])("%j is %j", (said, usage) => {
    expect(usageOf(said)).toEqual(usage);
  });

  it("that cannot be right leaves what was counted before", () => {
    const received = nothing();
    gather(received, { choices: [], usage: { prompt_tokens: 3, completion_tokens: 4 } });
    gather(received, { choices: [], usage: { prompt_tokens: 3, completion_tokens: 1e12 } });
    expect(received.usage).toEqual({ input: 3, output: 4 });
  });
});
