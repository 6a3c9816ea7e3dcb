import { APIConnectionError, APIError } from "openai";
import { describe, expect, it } from "vitest";
import { type Asked, NoAnswer, objection, ofError, ofErrorObject, ofStatus, Stalled } from "./failure.ts";

const asked: Asked = {
  endpoint: "main",
  baseUrl: "http://127.0.0.1:1/v1",
  model: "qwen3",
  keyName: "CAMBRIAN_LLM_API_KEY",
  hasKey: true,
};
const at = (status: number, text: string, headers: Record<string, string> = {}, more: Partial<Asked> = {}) =>
  ofStatus(status, text, text, (name) => headers[name] ?? null, { ...asked, ...more }, 0);

describe("HTTP statuses", () => {
  it.each([
    [400, "bad request", "request"],
    [400, "API key not valid. Please pass a valid API key.", "key"],
    [401, "Incorrect API key provided", "key"],
    [403, "forbidden", "key"],
    [402, "Payment required", "quota"],
    [404, "model 'qwen3' not found, try pulling it first", "request"],
    [408, "timeout", "server"],
    [409, "conflict", "server"],
    [413, "body too large", "request"],
    [422, "unprocessable", "request"],
    [429, "Rate limit reached for requests per minute. Try again in 2s.", "rate"],
    [429, "insufficient_quota", "quota"],
    [429, "You exceeded your current quota, please check your plan and billing details.", "quota"],
    [429, "", "rate"],
    [500, "oops", "server"],
    [502, "<html><body><h1>Bad gateway</h1></body></html>", "server"],
    [529, "overloaded", "server"],
    [301, "", "request"],
  ])("%d %s is %s", (status, text, kind) => {
    expect(at(status, text).kind).toBe(kind);
  });

  it("takes quota words for a rate limit where the server says when to come back", () => {
    const text = "You exceeded your current quota, please check your plan and billing details.";
    expect(at(429, text, { "retry-after": "7" })).toMatchObject({ kind: "rate", retryAfterMs: 7000 });
  });

  it("costs nothing, names endpoint and model, and says what to do", () => {
    const found = at(401, "no", {}, { hasKey: false });
    expect(found).toMatchObject({ charged: false, fix: "No key is set: put it into CAMBRIAN_LLM_API_KEY." });
    expect(found.message).toBe("main (qwen3) did not accept the key, with HTTP 401: no.");
    expect(at(404, "x").fix).toContain("http://127.0.0.1:1/v1");
    expect(at(400, "This model's maximum context length is 8192 tokens").fix).toContain("contextWindow");
  });

  it("shows an error page as one short line", () => {
    const page = `<html><style>p{}</style><h1>Bad\n gateway</h1>${"x".repeat(5000)}</html>`;
    const { message } = at(502, page);
    expect(message).toMatch(/^main \(qwen3\) failed with HTTP 502: Bad gateway x+/);
    expect(message.length).toBeLessThan(500);
  });

  it("looks at the beginning only of what is very long", () => {
    // Each "<" of a tag without an end is followed to the end: all of it would take minutes.
    expect(at(502, "<".repeat(400_000)).message).toMatch(/^main \(qwen3\) failed with HTTP 502: <+…\.$/);
    const page = `<h1>Bad gateway</h1><style>${"p{}".repeat(100_000)}</style>`;
    expect(at(502, page).message).toBe("main (qwen3) failed with HTTP 502: Bad gateway.");
  });
});

describe("errors in place of an answer", () => {
  it.each([
    [{ message: "boom" }, "server"],
    [{ message: "slow down", code: 429 }, "rate"],
    [{ message: "x", type: "rate_limit_error" }, "rate"],
    [{ message: "x", code: "insufficient_quota" }, "quota"],
    [{ message: "x", type: "authentication_error" }, "key"],
    [{ message: "x", type: "invalid_request_error" }, "request"],
    [{ message: "x", code: "502" }, "server"],
    ["just text", "server"],
  ])("%j is %s", (error, kind) => {
    expect(ofErrorObject(error, asked, 0)).toMatchObject({ kind, charged: true });
  });
});

describe("thrown things", () => {
  const wrapped = (cause: unknown) =>
    new APIConnectionError({ message: "Connection error.", cause: cause as Error });
  const code = (name: string) => Object.assign(new Error(name), { code: name });
  it.each([
    ["nothing listens", wrapped(code("ECONNREFUSED")), false, "unreachable", false],
    ["no such name", wrapped(code("ENOTFOUND")), false, "unreachable", false],
    [
      "both addresses refused",
      wrapped(new AggregateError([code("ECONNREFUSED")])),
      false,
      "unreachable",
      false,
    ],
    ["a bad certificate", wrapped(code("DEPTH_ZERO_SELF_SIGNED_CERT")), false, "unreachable", false],
    ["hung up before answering", wrapped(code("ECONNRESET")), false, "unreachable", true],
    ["hung up while answering", code("ECONNRESET"), true, "cut", true],
    ["silence", new Stalled("fell silent"), true, "stalled", true],
    ["broken JSON", new SyntaxError("Unexpected token"), true, "protocol", true],
    ["no completion", wrapped(new NoAnswer("its answer is text/html")), false, "protocol", true],
    [
      "an error in the stream",
      new APIError(undefined, { message: "x" }, undefined, undefined),
      true,
      "server",
      true,
    ],
    ["something that is no error", "what", false, "unreachable", true],
  ])("%s", (_, error, begun, kind, charged) => {
    expect(ofError(error, begun, asked, 0)).toMatchObject({ kind, charged });
  });

  it("reads a list of details, as FastAPI sends it", () => {
    const body = { detail: [{ loc: ["body", "stream_options"], msg: "Extra inputs are not permitted" }] };
    const error = new APIError(422, body, undefined, new Headers());
    const found = ofError(error, false, asked, 0);
    expect(found.message).toBe(
      "main (qwen3) refused the request with HTTP 422: Extra inputs are not permitted.",
    );
    expect(found.said).toContain("stream_options");
  });
});

describe("parameters that a server objects to", () => {
  const params = { max_tokens: 8, temperature: 1, reasoning_effort: "low", stream_options: {} };
  it.each([
    [
      "Unsupported value: 'temperature' does not support 0.7 with this model.",
      params,
      { drop: "temperature" },
    ],
    ["Unrecognized request argument supplied: reasoning_effort", params, { drop: "reasoning_effort" }],
    ["body.stream_options: Extra inputs are not permitted", params, { drop: "stream_options" }],
    [
      "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
      params,
      { rename: ["max_tokens", "max_completion_tokens"] },
    ],
    [
      "Unknown field max_completion_tokens",
      { max_completion_tokens: 8 },
      { rename: ["max_completion_tokens", "max_tokens"] },
    ],
    ["'max_tokens' or 'max_completion_tokens' is too large: 8192.", params, null],
    ["This model's maximum context length is 8192 tokens, lower max_tokens", params, null],
    ["temperature is not supported", { max_tokens: 8 }, null],
    ["the_temperature_of_it", params, null],
    ["bad messages", params, null],
  ])("%s", (said, sent, expected) => {
    expect(objection(said, sent)).toEqual(expected);
  });
});
