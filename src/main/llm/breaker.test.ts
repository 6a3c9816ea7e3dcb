import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { LlmErrorKind } from "../../shared/llm.ts";
import { admit, after, type Breaker, closed, FAILURES, FIRST_MS, givenUp, LONGEST_MS } from "./breaker.ts";

const failed = (b: Breaker, now = 0, kind: LlmErrorKind = "server", probe = false) =>
  after(b, { kind, reason: `it was ${kind}`, probe }, now);
const answered = (b: Breaker, probe = false) => after(b, { kind: null, reason: "", probe }, 0);
const times = (n: number, kind: LlmErrorKind = "server") => {
  let b = closed();
  for (let i = 0; i < n; i++) b = failed(b, 100, kind);
  return b;
};

describe("the circuit breaker", () => {
  it.each<[LlmErrorKind, number | null]>([
    ["unreachable", FAILURES],
    ["stalled", FAILURES],
    ["cut", FAILURES],
    ["server", FAILURES],
    ["rate", FAILURES],
    ["protocol", FAILURES],
    ["key", 1],
    ["quota", 1],
    ["request", null],
    ["length", null],
    ["filtered", null],
  ])("opens after so many of %s: %s", (kind, n) => {
    if (n === null) return expect(times(50, kind).state).toBe("closed");
    expect(times(n - 1, kind).state).toBe("closed");
    expect(times(n, kind)).toMatchObject({ state: "open", until: 100 + FIRST_MS, reason: `it was ${kind}` });
  });

  it("counts failures in a row only", () => {
    expect(failed(answered(times(FAILURES - 1))).state).toBe("closed");
  });

  it("lets nothing through until its time, then one", () => {
    const open = times(FAILURES);
    expect(admit(open, open.until! - 1).pass).toBe(false);
    const { pass, probe, next } = admit(open, open.until!);
    expect([pass, probe, next.state]).toEqual([true, true, "half-open"]);
    expect(admit(next, open.until! + 1e9).pass).toBe(false);
  });

  it("closes when the probe is answered, and begins anew", () => {
    const probing = admit(times(FAILURES), 1e9).next;
    expect(answered(probing, true)).toEqual(closed());
    expect(failed(probing, 0, "length", true)).toEqual(closed());
  });

  it("waits twice as long after each failed probe, half an hour at most", () => {
    let b = times(FAILURES);
    let now = 100;
    const waits: number[] = [];
    for (let i = 0; i < 12; i++) {
      waits.push(b.until! - now);
      now = b.until!;
      b = failed(admit(b, now).next, now, "server", true);
    }
    expect(waits.slice(0, 4)).toEqual([10_000, 20_000, 40_000, 80_000]);
    expect(waits.at(-1)).toBe(LONGEST_MS);
  });

  it("learns nothing from requests that were under way when it opened, unless they are answered", () => {
    const open = times(FAILURES);
    expect(failed(open, 5000)).toEqual(open);
    const probing = admit(open, 1e9).next;
    expect(failed(probing, 5000)).toEqual(probing);
    expect(answered(open)).toEqual(closed());
  });

  it("lets the next one try when the probe is given up", () => {
    const probing = admit(times(FAILURES), 1e9).next;
    expect(admit(givenUp(probing, true, 1e9), 1e9).pass).toBe(true);
    expect(givenUp(closed(), false, 0)).toEqual(closed());
    expect(givenUp(probing, false, 0)).toEqual(probing);
  });

  it("is half-open only while its one probe is under way", () => {
    const step = fc.constantFrom("ask", "answer", "fail", "give up", "wait");
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
        let b = closed();
        let now = 0;
        const underWay: boolean[] = [];
        for (const s of steps) {
          if (s === "wait") now += 15_000;
          if (s === "ask") {
            const { pass, probe, next } = admit(b, now);
            b = next;
            if (pass) underWay.push(probe);
          } else if (underWay.length > 0 && s !== "wait") {
            const probe = underWay.shift()!;
            if (s === "give up") b = givenUp(b, probe, now);
            else b = after(b, { kind: s === "answer" ? null : "server", reason: "", probe }, now);
          }
          if (b.state === "half-open") expect(underWay.filter(Boolean)).toHaveLength(1);
          expect(b.until === null).toBe(b.state === "closed");
        }
      }),
    );
  });
});
