import { describe, expect, it } from "vitest";
import { threadProgram } from "./threads.ts";

describe("the program of a thread", () => {
  it.each([
    ["file:///a%20b/src/main/archive/reader.ts", "file:///a%20b/src/main/archive/reader-worker.ts"],
    ["file:///app/out/main/index.js", "file:///app/out/main/reader-worker.js"],
  ])("of %s is %s", (from, program) => {
    expect(threadProgram("reader-worker", from).href).toBe(program);
  });
});
