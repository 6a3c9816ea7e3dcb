import { describe, expect, it } from "vitest";
import { FAILURES } from "./breaker.ts";
import { failure } from "./failure.ts";
import { createLane } from "./lane.ts";
import { endpointAt } from "./testing/endpoint.ts";

const never = new AbortController().signal;
let now = 0;
const laneAt = (more = {}) =>
  createLane(
    endpointAt("http://127.0.0.1:9/v1", more),
    () => now,
    () => {},
  );
const stalled = (tooSoon: boolean) => async () => ({
  failure: failure("stalled", "it fell silent", ""),
  heard: null,
  tooSoon,
});

describe("a stall", () => {
  it("under a patience shorter than the endpoint's own says nothing about the server", async () => {
    const lane = laneAt();
    for (let i = 0; i < 3 * FAILURES; i++) await lane.through(never, stalled(true));
    expect(lane.state().breaker).toBe("closed");
    for (let i = 0; i < FAILURES; i++) {
      await lane.through(never, stalled(false));
      if (i < FAILURES - 1) await lane.through(never, stalled(true));
    }
    expect(lane.state().breaker).toBe("open");
  });

  it("of a probe under such a patience lets the next request be the probe", async () => {
    const lane = laneAt();
    for (let i = 0; i < FAILURES; i++) await lane.through(never, stalled(false));
    now += 1e9;
    await lane.through(never, stalled(true));
    await lane.through(never, async () => ({ failure: null, heard: null, tooSoon: false }));
    expect(lane.state().breaker).toBe("closed");
  });
});

describe("a parameter that a server objects to", () => {
  it("is renamed once, and never back", () => {
    const lane = laneAt();
    expect(lane.adapt({ rename: ["max_tokens", "max_completion_tokens"] })).toBe(true);
    // From a request that was under way when it was renamed.
    expect(lane.adapt({ rename: ["max_tokens", "max_completion_tokens"] })).toBe(true);
    expect(lane.adapt({ rename: ["max_completion_tokens", "max_tokens"] })).toBe(false);
    expect(lane.params()).toEqual({ max_completion_tokens: 8192, stream_options: { include_usage: true } });
  });

  it("is left out from then on", () => {
    const lane = laneAt({ temperature: 1 });
    expect(lane.adapt({ drop: "temperature" })).toBe(true);
    expect(lane.params()).not.toHaveProperty("temperature");
  });
});
