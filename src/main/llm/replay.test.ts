import { afterEach, describe, expect, it } from "vitest";
import { sha256 } from "../../shared/hash.ts";
import { LlmError } from "../interfaces.ts";
import { readTranscript, writeTranscript } from "./replay.ts";
import { CAMPAIGN, llmAt, requestAt } from "./testing/endpoint.ts";
import { startServer, type TestServer } from "./testing/server.ts";

const never = new AbortController().signal;
let server: TestServer | null = null;
afterEach(() => server?.close());

const place = { campaignId: CAMPAIGN, experimentId: null, key: "cognition" };

/** A campaign in small: an answer, one after a failure, a failure for good, one that is too long, and embeddings. */
async function recorded() {
  server = await startServer(({ messages, n }) => {
    const content = messages.at(-1)!.content;
    if (content === "shaky" && n === 1) return { status: 500 };
    if (content === "broken") return { status: 404 };
    if (content === "long") return { text: "half", finish: "length" };
    return { text: `answer to ${content}`, reasoning: "hm", usage: { input: 3, output: 4 } };
  });
  const { llm, ledger } = llmAt(server.url, { embeddingModel: "emb" });
  await llm.ask(requestAt("a", "sure"), never);
  await llm.ask(requestAt("b", "shaky"), never);
  await llm.ask(requestAt("c", "broken"), never).catch(() => {});
  await llm.ask(requestAt("d", "long"), never).catch(() => {});
  const vectors = await llm.embed(["one", "two"], place, never);
  const hits = server.hits.length;
  return {
    text: writeTranscript({ campaign: "x", n: 1 }, ledger.calls(CAMPAIGN)),
    vectors,
    hits,
    url: server.url,
  };
}

describe("a transcript", () => {
  it("answers as the servers did, errors and vectors included, and sends nothing", async () => {
    const { text, vectors, hits, url } = await recorded();
    expect(text.trimEnd().split("\n")).toHaveLength(1 + 5);
    const { header, source } = readTranscript(text);
    expect(header).toEqual({ campaign: "x", n: 1 });
    const { llm, ledger } = llmAt(
      url,
      { embeddingModel: "emb" },
      { replay: source, budget: { tokens: 1, cost: null } },
    );
    const answer = await llm.ask(requestAt("a", "sure"), never);
    expect(answer).toMatchObject({ text: "answer to sure", reasoning: "hm", tokens: 0, cost: 0 });
    llm.mark(answer.callId, "used");
    expect((await llm.ask(requestAt("b", "shaky"), never)).text).toBe("answer to shaky");
    await expect(llm.ask(requestAt("c", "broken"), never)).rejects.toMatchObject({ kind: "request" });
    await expect(llm.ask(requestAt("d", "long"), never)).rejects.toMatchObject({
      kind: "length",
      partial: { text: "half" },
    });
    expect(await llm.embed(["one", "two"], place, never)).toEqual(vectors);
    expect(await llm.embed(["three"], place, never)).toBeNull();
    expect(server!.hits).toHaveLength(hits);
    const rows = ledger.calls(CAMPAIGN);
    expect(rows).toHaveLength(5);
    expect(rows.every((r) => r.source === "replay" && r.cost === 0 && r.note === null)).toBe(true);
    expect(llm.spent()).toEqual({ tokens: 0, cost: 0, refused: null });
    // Written again, it is the same transcript.
    expect(writeTranscript({ campaign: "x", n: 1 }, rows)).toBe(text);
  });

  it("says where a request differs from the recorded one, and what it lacks", async () => {
    const { text, url } = await recorded();
    const { llm, ledger } = llmAt(url, {}, { replay: readTranscript(text).source });
    expect((await llm.ask(requestAt("a", "changed"), never)).text).toBe("answer to sure");
    expect(ledger.at(CAMPAIGN, "a")[0]!.note).toBe("The request differs from the recorded one.");
    const error = await llm.ask(requestAt("new"), never).catch((e) => e);
    expect(error).toBeInstanceOf(LlmError);
    expect(error).toMatchObject({ kind: "replay" });
    expect(error.message).toContain("new");
  });

  it("holds vectors by their texts, in whatever order they are asked for", async () => {
    const { text, vectors, url, hits } = await recorded();
    const [one, two] = vectors!;
    const replay = readTranscript(text).source;
    const { llm, ledger } = llmAt(url, { embeddingModel: "emb" }, { replay });
    expect(await llm.embed(["two"], { ...place, key: "elsewhere" }, never)).toEqual([two]);
    expect(await llm.embed(["two", "one"], place, never)).toEqual([two, one]);
    expect(await llm.embed(["one", "three"], place, never)).toBeNull();
    expect(server!.hits).toHaveLength(hits);
    // A transcript of the replay holds them, too.
    const again = readTranscript(writeTranscript({}, ledger.calls(CAMPAIGN))).source;
    expect(again.vector("emb", sha256("one"))).toEqual(one);
    expect(again.vector("emb", sha256("two"))).toEqual(two);
    expect(again.vector("other", sha256("one"))).toBeNull();
    // Another model's are not to be had from it.
    expect(await llmAt(url, { embeddingModel: "x" }, { replay }).llm.embed(["two"], place, never)).toBeNull();
  });

  it("credits the endpoint and the model that answered then", async () => {
    const { text, url } = await recorded();
    const more = { name: "other", model: "other-model" };
    const { llm, ledger } = llmAt(url, more, { replay: readTranscript(text).source });
    const request = { ...requestAt("a", "sure"), endpoint: "other" };
    expect(await llm.ask(request, never)).toMatchObject({ endpoint: "main", model: "test-model" });
    expect(ledger.at(CAMPAIGN, "a")[0]).toMatchObject({ endpoint: "main", model: "test-model" });
    // It is settled: nothing is replayed a second time.
    expect((await llm.ask(request, never)).reused).toBe(true);
  });

  it("names the line whose vectors are missing", async () => {
    const { text } = await recorded();
    const lines = text.trimEnd().split("\n");
    const at = lines.findIndex((line) => line.includes('\\"vectors\\"'));
    const broken = lines.with(at, JSON.stringify({ ...JSON.parse(lines[at]!), text: "{}" }));
    expect(() => readTranscript(broken.join("\n"))).toThrow(`line ${at + 1} does not hold the vectors`);
  });

  const head = '{"cambrian":"transcript","version":2}';
  it.each([
    ["", "line 1 is no JSON"],
    ["{}", "line 1 is not what a transcript holds"],
    ['{"cambrian":"transcript","version":1}', "line 1: it has version 1"],
    [`${head}\n{"key":1}`, "line 2 is not what a transcript holds"],
    [`${head}\n\n{"key":`, "line 3 is no JSON"],
  ])("%j: %s", (text, message) => {
    expect(() => readTranscript(text)).toThrow(message);
  });
});
