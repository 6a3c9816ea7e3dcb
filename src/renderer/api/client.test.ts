import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { TopicMessage } from "../../shared/topics.ts";
import { createClient, pause } from "./client.ts";
import { topicStore } from "./store.ts";
import { fakeTransport } from "./testing/transport.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function start() {
  const transport = fakeTransport();
  return { transport, client: createClient(transport) };
}
const settled = () => vi.advanceTimersByTimeAsync(0);

describe("calls", () => {
  it("wait for the connection, and are answered by number", async () => {
    const { transport, client } = start();
    const one = client.call("app.info", {});
    const two = client.call("settings.get", {});
    expect(transport.take()).toEqual([]);
    transport.hello();
    expect(transport.take()).toMatchObject([
      { id: 1, name: "app.info" },
      { id: 2, name: "settings.get" },
    ]);
    transport.say({ type: "result", id: 2, value: "two" });
    transport.say({ type: "error", id: 1, error: { code: "busy", message: "No.", fix: "Wait." } });
    await expect(two).resolves.toBe("two");
    await expect(one).rejects.toMatchObject({
      name: "CallError",
      code: "busy",
      message: "No.",
      fix: "Wait.",
    });
  });

  it("are given up by their signal, and an answer that comes later is nothing", async () => {
    const { transport, client } = start();
    transport.hello();
    const abort = new AbortController();
    const call = client.call("app.info", {}, { signal: abort.signal });
    abort.abort();
    await expect(call).rejects.toMatchObject({ code: "cancelled" });
    expect(transport.take()).toMatchObject([{ type: "call" }, { type: "cancel", id: 1 }]);
    transport.say({ type: "result", id: 1, value: 1 });
  });

  it("that only ask are asked again over the next connection; those that act fail, and say that it may be done", async () => {
    const { transport, client } = start();
    transport.hello();
    const asks = client.call("app.info", {});
    const acts = client.call("campaigns.stop", {});
    transport.breakDown();
    await expect(acts).rejects.toMatchObject({ code: "connection_lost" });
    await expect(client.call("campaigns.stop", {})).rejects.toMatchObject({ code: "not_connected" });
    const later = client.call("settings.get", {});
    await vi.advanceTimersByTimeAsync(pause(0));
    transport.hello();
    expect(transport.take()).toMatchObject([{ name: "app.info" }, { name: "settings.get" }]);
    transport.say({ type: "result", id: 1, value: "info" });
    transport.say({ type: "result", id: 3, value: "settings" });
    expect(await Promise.all([asks, later])).toEqual(["info", "settings"]);
  });
});

describe("topics", () => {
  function follow() {
    const { transport, client } = start();
    const messages: TopicMessage[] = [];
    const done: (() => void)[] = [];
    const stop = client.follow("feed", (message) => {
      messages.push(message);
      return new Promise<void>((resolve) => done.push(resolve));
    });
    transport.hello();
    const say = (seq: number, reset: boolean, data: unknown[]) =>
      transport.say({ type: "topic", id: 1, seq, reset, data });
    return { transport, client, messages, done, stop, say };
  }

  it("are acknowledged when the listener is done, one after the other", async () => {
    const { transport, messages, done, say } = follow();
    expect(transport.take()).toEqual([{ type: "follow", id: 1, topic: "feed", after: null }]);
    say(1, true, ["a"]);
    say(2, false, ["b"]);
    await settled();
    expect([messages.length, transport.take()]).toEqual([1, []]);
    done[0]!();
    await settled();
    expect([messages.length, transport.take()]).toEqual([2, [{ type: "ack", id: 1, seq: 1 }]]);
  });

  it("resume where they were, even where a listener was not done; its acknowledgement is not sent to another", async () => {
    const { transport, messages, done, say } = follow();
    say(7, true, ["a"]);
    await settled();
    transport.breakDown();
    await vi.advanceTimersByTimeAsync(pause(0));
    transport.hello();
    expect(transport.take()).toEqual([{ type: "follow", id: 1, topic: "feed", after: 7 }]);
    say(8, false, ["b"]);
    done[0]!();
    await settled();
    expect(transport.take()).toEqual([]);
    done[1]!();
    await settled();
    expect(transport.take()).toEqual([{ type: "ack", id: 1, seq: 8 }]);
    expect(messages.map((m) => m.data)).toEqual([["a"], ["b"]]);
  });

  it("begin anew when the program was started anew", async () => {
    const { transport, say } = follow();
    say(7, true, ["a"]);
    transport.breakDown();
    await vi.advanceTimersByTimeAsync(pause(0));
    transport.hello("second");
    expect(transport.take()).toMatchObject([{ type: "follow", after: null }]);
  });

  it("go on after a listener that failed", async () => {
    const { transport, client } = start();
    const error = vi.spyOn(console, "error").mockImplementation(() => {});
    client.follow("live", () => {
      throw new Error("cannot draw");
    });
    transport.hello();
    transport.take();
    transport.say({ type: "topic", id: 1, seq: 1, reset: true, data: null });
    await settled();
    expect(transport.take()).toEqual([{ type: "ack", id: 1, seq: 1 }]);
    expect(error).toHaveBeenCalled();
    error.mockRestore();
  });

  it("hear nothing once they are stopped, and that they cannot be followed", async () => {
    const { transport, client, messages, stop, say } = follow();
    stop();
    expect(transport.take().at(-1)).toEqual({ type: "unfollow", id: 1 });
    say(1, true, ["a"]);
    await settled();
    expect(messages).toEqual([]);
    const failed = vi.fn();
    client.follow("terminal/gone", () => {}, { failed });
    transport.say({ type: "error", id: 2, error: { code: "unknown_topic", message: "None.", fix: null } });
    expect(failed.mock.calls[0]![0]).toMatchObject({ code: "unknown_topic" });
  });
});

describe("the connection", () => {
  it("is made again with growing pauses, and says how it is", async () => {
    const { transport, client } = start();
    const states: string[] = [client.status().state];
    client.onStatus(({ state }) => states.push(state));
    transport.hello();
    transport.breakDown();
    for (let tries = 0; tries < 3; tries++) {
      const before = transport.opened;
      await vi.advanceTimersByTimeAsync(pause(tries) - 1);
      expect(transport.opened).toBe(before);
      await vi.advanceTimersByTimeAsync(1);
      expect(transport.opened).toBe(before + 1);
      transport.breakDown();
    }
    await vi.advanceTimersByTimeAsync(pause(3));
    transport.hello();
    expect(states).toEqual(["connecting", "open", "lost", "open"]);
    expect(pause(20)).toBe(5000);
  });
});

describe("a topic's store", () => {
  it("is followed once for all who look, gathers a log, and drops it on reset", async () => {
    const { transport, client } = start();
    transport.hello();
    const store = topicStore(client, "notices");
    expect(topicStore(client, "notices")).toBe(store);
    const [one, two] = [vi.fn(), vi.fn()];
    const stops = [store.subscribe(one), store.subscribe(two)];
    expect(transport.take()).toMatchObject([{ type: "follow", topic: "notices" }]);
    const say = async (seq: number, reset: boolean, data: unknown[]) => {
      transport.say({ type: "topic", id: 1, seq, reset, data });
      await settled();
    };
    await say(1, true, ["a"]);
    await say(2, false, ["b"]);
    expect(store.get().data).toEqual(["a", "b"]);
    await say(9, true, ["z"]);
    expect(store.get().data).toEqual(["z"]);
    expect([one.mock.calls.length, two.mock.calls.length]).toEqual([3, 3]);
    stops[0]!();
    expect(transport.take().some((m) => m.type === "unfollow")).toBe(false);
    stops[1]!();
    expect(transport.take()).toMatchObject([{ type: "unfollow", id: 1 }]);
    expect(store.get().data).toBeNull();
  });
});
