/** What every client may rely on, the same over both transports. */
import { afterEach, describe, expect, it, vi } from "vitest";
import { PROCEDURES } from "../../shared/procedures.ts";
import { MAX_MESSAGE, type ServerMessage } from "../../shared/wire.ts";
import { CallFailure } from "./service.ts";
import { logSource, stateSource, terminalSource } from "./sources.ts";
import { type Client, type Host, ipcHost, webHost } from "./testing/hosts.ts";
import { fakeService } from "./testing/service.ts";

/** Long enough for what should not come to have come. */
const ended = () => new Promise((resolve) => setTimeout(resolve, 80));
const about = (id: number) => (m: ServerMessage) => "id" in m && m.id === id;
type TopicMessage = Extract<ServerMessage, { type: "topic" }>;

describe.each([
  ["WebSocket", webHost],
  ["IPC", ipcHost],
])("over %s", (_name, hostOf) => {
  const hosts: Host[] = [];
  afterEach(async () => {
    for (const host of hosts.splice(0)) await host.close();
  });

  async function connected(service: ReturnType<typeof fakeService>): Promise<Client & { host: Host }> {
    const host = await hostOf(service);
    hosts.push(host);
    const client = await host.connect();
    expect(await client.next()).toEqual({ type: "hello", epoch: service.epoch });
    return { ...client, host };
  }
  const call = (client: Client, id: number, name: string, input: unknown = {}) => {
    client.send({ type: "call", id, name, input });
    return client.next(about(id));
  };
  const topic = (client: Client, id: number) => client.next(about(id)) as Promise<TopicMessage>;

  it("serves every procedure, and checks every input", async () => {
    const client = await connected(fakeService());
    const names = Object.keys(PROCEDURES);
    const answers = await Promise.all(names.map((name, id) => call(client, id, name, 17)));
    expect(answers.map((a) => a.type === "error" && a.error.code)).toEqual(names.map(() => "bad_input"));
  });

  it.each(["nothing.there", "__proto__", "constructor", "toString"])("refuses %s", async (name) => {
    const client = await connected(fakeService());
    expect(await call(client, 1, name)).toMatchObject({
      type: "error",
      error: { code: "unknown_procedure" },
    });
  });

  it("answers with what the contract says, and no more", async () => {
    const client = await connected(
      fakeService({ "setup.start": async () => ({ ok: true, key: "secret" }) as { ok: true } }),
    );
    expect(await call(client, 1, "setup.start")).toEqual({ type: "result", id: 1, value: { ok: true } });
  });

  it("tells of errors for people, and nothing of defects", async () => {
    const client = await connected(
      fakeService({
        "setup.start": () => Promise.reject(new CallFailure("busy", "It is being built.", "Wait.")),
        "setup.cancel": () => Promise.reject(new Error("key sk-123 in /home/someone")),
        "settings.get": () => Promise.resolve({ theme: "pink" } as never),
      }),
    );
    expect(await call(client, 1, "setup.start")).toEqual({
      type: "error",
      id: 1,
      error: { code: "busy", message: "It is being built.", fix: "Wait." },
    });
    for (const [id, name] of [
      [2, "setup.cancel"],
      [3, "settings.get"],
    ] as const) {
      const answer = await call(client, id, name);
      expect(answer).toMatchObject({ type: "error", error: { code: "internal" } });
      expect(JSON.stringify(answer)).not.toMatch(/sk-123|pink/);
    }
  });

  it("gives a call up when it is told to, and when its client is gone", async () => {
    const given: unknown[] = [];
    let begun = 0;
    const client = await connected(
      fakeService({
        "app.info": (_input, signal) =>
          new Promise((_, reject) => {
            begun++;
            signal.onabort = () => {
              given.push(signal.reason.code);
              reject(signal.reason);
            };
          }),
      }),
    );
    client.send({ type: "call", id: 1, name: "app.info", input: {} });
    client.send({ type: "cancel", id: 1 });
    expect(await client.next(about(1))).toMatchObject({ type: "error", error: { code: "cancelled" } });
    client.send({ type: "call", id: 2, name: "app.info", input: {} });
    await vi.waitFor(() => expect(begun).toBe(2));
    client.cut();
    await vi.waitFor(() => expect(given).toEqual(["cancelled", "cancelled"]));
  });

  it("carries large answers whole, and takes no message that is too large", async () => {
    const text = "é".repeat(8_000_000);
    const client = await connected(fakeService({ "experiments.log": async () => ({ text }) }));
    const answer = await call(client, 1, "experiments.log", { archive: "a", id: "b" });
    expect(answer.type === "result" && (answer.value as { text: string }).text === text).toBe(true);
    client.sendText(JSON.stringify({ type: "call", id: 2, name: "x", input: "x".repeat(MAX_MESSAGE) }));
    await ended();
    expect(client.waiting).toEqual([]);
  });

  it("gives a slow client the newest state, and nothing in between", async () => {
    const live = stateSource<unknown>("one");
    const client = await connected(fakeService({}, { live }));
    client.send({ type: "follow", id: 1, topic: "live", after: null });
    const first = await topic(client, 1);
    expect(first).toMatchObject({ reset: true, data: "one" });
    for (const value of ["two", "three", "four"]) live.set(value);
    await ended();
    expect(client.waiting).toEqual([]);
    client.send({ type: "ack", id: 1, seq: first.seq + 1 }); // of something that was never sent
    await ended();
    expect(client.waiting).toEqual([]);
    client.send({ type: "ack", id: 1, seq: first.seq });
    expect(await topic(client, 1)).toMatchObject({ reset: false, data: "four" });
  });

  it("resumes a log where it was when the connection broke", async () => {
    const feed = logSource<number>({ keep: 10 });
    const client = await connected(fakeService({}, { feed }));
    client.send({ type: "follow", id: 1, topic: "feed", after: null });
    expect(await topic(client, 1)).toMatchObject({ reset: true, data: [] });
    client.send({ type: "ack", id: 1, seq: 0 });
    feed.push(1, 2, 3);
    const got = await topic(client, 1);
    client.cut();
    feed.push(4, 5);
    const again = await client.host.connect();
    await again.next();
    again.send({ type: "follow", id: 9, topic: "feed", after: got.seq });
    const rest = await topic(again, 9);
    expect([got.data, rest.reset, rest.data]).toEqual([[1, 2, 3], false, [4, 5]]);
  });

  it("resets a client that is further behind than what is held", async () => {
    const feed = logSource<number>({ keep: 3 });
    feed.push(1, 2, 3, 4, 5);
    const client = await connected(fakeService({}, { feed }));
    client.send({ type: "follow", id: 1, topic: "feed", after: 1 });
    expect(await topic(client, 1)).toMatchObject({ seq: 5, reset: true, data: [3, 4, 5] });
  });

  it("sends no more of a terminal than is worked off", async () => {
    const bytes = Buffer.alloc(200_000, "x");
    const source = terminalSource({
      snapshot: (offset = 0) => ({ from: offset, bytes: bytes.subarray(offset), to: bytes.length }),
      subscribe: () => () => {},
    });
    const client = await connected(fakeService({}, { "terminal/a": source }));
    client.send({ type: "follow", id: 1, topic: "terminal/a", after: null });
    let seen = 0;
    while (seen < bytes.length) {
      const message = await topic(client, 1);
      const piece = Buffer.from(message.data as string, "base64");
      expect(piece.length).toBeLessThanOrEqual(65_536);
      expect(client.waiting).toEqual([]);
      seen += piece.length;
      expect(message.seq).toBe(seen);
      client.send({ type: "ack", id: 1, seq: message.seq });
    }
  });

  it("stops following when it is told to, and refuses what is not there", async () => {
    const live = stateSource(1);
    const client = await connected(fakeService({}, { live }));
    client.send({ type: "follow", id: 1, topic: "live", after: null });
    const { seq } = await topic(client, 1);
    client.send({ type: "ack", id: 1, seq });
    client.send({ type: "unfollow", id: 1 });
    client.send({ type: "follow", id: 2, topic: "terminal/gone", after: null });
    expect(await client.next(about(2))).toMatchObject({ type: "error", error: { code: "unknown_topic" } });
    live.set(2);
    await ended();
    expect(client.waiting).toEqual([]);
  });

  it("greets with another epoch when the program was started anew", async () => {
    const before = await connected(fakeService({}, {}, "first"));
    before.cut();
    await connected(fakeService({}, {}, "second"));
  });
});
