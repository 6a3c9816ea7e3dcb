import { describe, expect, it } from "vitest";
import { createLimiter, pause, unlessAborted } from "./limiter.ts";

const never = new AbortController().signal;

describe("the limit on concurrency", () => {
  it("serves in the order of asking, never more than its slots", async () => {
    const limiter = createLimiter(3);
    const order: number[] = [];
    let at = 0;
    let most = 0;
    await Promise.all(
      Array.from({ length: 20 }, async (_, i) => {
        const release = await limiter.acquire(never);
        order.push(i);
        most = Math.max(most, ++at);
        await pause(1, never);
        at--;
        release();
        release(); // A second time gives nothing back.
      }),
    );
    expect(order).toEqual(Array.from({ length: 20 }, (_, i) => i));
    expect(most).toBe(3);
  });

  it("forgets who stops waiting, and rejects with the signal's reason", async () => {
    const limiter = createLimiter(1);
    const release = await limiter.acquire(never);
    const impatient = new AbortController();
    const given = limiter.acquire(impatient.signal);
    const patient = limiter.acquire(never);
    impatient.abort("enough");
    await expect(given).rejects.toBe("enough");
    await expect(limiter.acquire(impatient.signal)).rejects.toBe("enough");
    release();
    (await patient)();
    (await limiter.acquire(never))();
  });
});

describe("waits", () => {
  it("end with the signal's reason", async () => {
    const controller = new AbortController();
    const waiting = pause(1e8, controller.signal);
    const promised = unlessAborted(new Promise(() => {}), controller.signal);
    controller.abort("stop");
    await expect(waiting).rejects.toBe("stop");
    await expect(promised).rejects.toBe("stop");
    await expect(pause(1, controller.signal)).rejects.toBe("stop");
  });
});
