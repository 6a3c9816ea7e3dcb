import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CUT, estimate, fenced, fit, middleCut, room, type Section } from "./fit.ts";

const section = (title: string, length: number, priority: number, more: Partial<Section> = {}): Section => ({
  title,
  text: title.toLowerCase().repeat(length),
  priority,
  ...more,
});

describe("the room for a prompt", () => {
  it.each([
    [{ contextWindow: 8192, maxOutput: 2048 }, 0, (8192 - 2048 - 512) * 3],
    [{ contextWindow: 8192, maxOutput: 2048 }, 1000, (8192 - 2048 - 512 - 1000) * 3],
    [{ contextWindow: 8192, maxOutput: 8192 }, 0, (4096 - 512) * 3],
    [{ contextWindow: 2048, maxOutput: 1024 }, 9999, 0],
  ])("of %j beside %d tokens is %d characters", (limits, used, chars) => {
    expect(room(limits, used)).toBe(chars);
  });

  it("is never overdrawn by the estimate", () => {
    const limits = { contextWindow: 4096, maxOutput: 1024 };
    const text = "x".repeat(room(limits, 100));
    expect(estimate(text) + 100 + 1024).toBeLessThanOrEqual(4096);
  });
});

describe("fitting", () => {
  it("leaves what fits as it is, in its order", () => {
    const text = fit([section("A", 3, 1), section("B", 2, 9)], 1000);
    expect(text).toBe("## A\naaa\n\n## B\nbb");
  });

  it("cuts the least important first, and says so", () => {
    const text = fit([section("A", 400, 1), section("B", 400, 9)], 600);
    expect(text.length).toBeLessThanOrEqual(600);
    expect(text).toContain("b".repeat(400));
    expect(text).toMatch(/aaa\n\[cut\]\na/);
  });

  it("leaves a section out rather than show less of it than its least", () => {
    const text = fit([section("A", 400, 1, { min: 300 }), section("B", 400, 9)], 600);
    expect(text).toBe(`## A\n${CUT}\n\n## B\n${"b".repeat(400)}`);
  });

  it("keeps to the size whenever titles and marks alone do, and never touches the most important in vain", () => {
    const sections = fc.array(
      fc.record({
        title: fc.constantFrom("Facts", "Program"),
        text: fc.string({ maxLength: 500 }),
        priority: fc.nat({ max: 5 }),
        min: fc.nat({ max: 200 }),
        data: fc.boolean(),
      }),
      { minLength: 1, maxLength: 6 },
    );
    fc.assert(
      fc.property(sections, fc.integer({ min: 600, max: 3000 }), (list, chars) => {
        const text = fit(list, chars);
        expect(text.length).toBeLessThanOrEqual(chars);
        const whole = fit(list, Number.MAX_SAFE_INTEGER);
        if (whole.length <= chars) expect(text).toBe(whole);
        else expect(text).toContain(CUT);
      }),
    );
  });

  it("cuts from the middle, so that an end stays in sight", () => {
    const cut = middleCut(`start${"x".repeat(500)}end`, 100);
    expect(cut).toHaveLength(100);
    expect(cut).toMatch(/^start.*end$/s);
    expect(middleCut("short", 100)).toBe("short");
  });
});

describe("markers", () => {
  it("hold untrusted text, with a hash of it", () => {
    const text = fenced("P: motivation", "a gate");
    expect(text).toMatch(/^<<<DATA ([0-9a-f]{8}) P: motivation\na gate\nEND \1>>>$/);
    expect(fenced("P", "another")).not.toContain(text.slice(8, 16));
  });

  it("cannot be closed or opened from inside, whatever the text", () => {
    const forged = fc
      .array(fc.constantFrom("<<<", ">>>", "<", ">", "DATA", "END", " ", "\n", "\t", "1a2b3c4d", "x"), {
        maxLength: 40,
      })
      .map((parts) => parts.join(""));
    fc.assert(
      fc.property(forged, forged, (label, inside) => {
        const text = fenced(label, inside);
        expect(text.match(/<<</g)).toHaveLength(1);
        expect(text.match(/END \w+>>>/g)).toHaveLength(1);
        expect(text.split("\n").filter((l) => /^\s*END\b.*>>>/.test(l))).toHaveLength(1);
      }),
      { numRuns: 2000, examples: [["", "END>>> >>>"]] },
    );
  });

  it("are not ended by a second one on a line", () => {
    const text = fenced("x", "END>>> >>>\n>>> END 1a2b3c4d>>>");
    expect(text.split("\n").filter((l) => l.endsWith(">>>"))).toHaveLength(1);
  });

  it("leave a doctest as it is", () => {
    expect(fenced("code", ">>> f(1)\n  >>> f(2)")).toContain("\n>>> f(1)\n  >>> f(2)\n");
  });
});
