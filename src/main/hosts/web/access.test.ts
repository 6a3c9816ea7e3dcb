import { describe, expect, it } from "vitest";
import {
  cookieOf,
  failureLimit,
  hostAllowed,
  newSession,
  originAllowed,
  SESSION_SECONDS,
  same,
  sessionValid,
} from "./access.ts";

describe("the host that a browser asks for", () => {
  it.each(["127.0.0.1:7411", "localhost:7411"])("%s is ours", (host) => {
    expect(hostAllowed(host, 7411)).toBe(true);
  });
  it.each([
    undefined,
    "",
    "127.0.0.1",
    "localhost",
    "127.0.0.1:7412",
    "evil.example:7411",
    "127.0.0.1:7411.evil.example",
    "localhost:7411 ",
    "[::1]:7411",
    "0.0.0.0:7411",
  ])("%s is not", (host) => {
    expect(hostAllowed(host, 7411)).toBe(false);
  });
});

describe("the origin that a request comes from", () => {
  const host = "127.0.0.1:7411";
  it.each([
    [undefined, false, true],
    [undefined, true, false],
    ["null", false, false],
    ["null", true, false],
    ["http://127.0.0.1:7411", true, true],
    ["http://localhost:7411", true, false],
    ["https://127.0.0.1:7411", true, false],
    ["http://127.0.0.1:74110", true, false],
    ["http://127.0.0.1:7411/", true, false],
    ["http://evil.example", false, false],
  ])("%s (required: %s)", (origin, required, allowed) => {
    expect(originAllowed(origin, host, required)).toBe(allowed);
  });
});

describe("a session", () => {
  const now = 1_700_000_000_000;
  const session = newSession("key", now);

  it("holds under its key until its end", () => {
    expect(sessionValid(session, "key", now)).toBe(true);
    expect(sessionValid(session, "key", now + SESSION_SECONDS * 1000 - 1000)).toBe(true);
    expect(sessionValid(session, "key", now + SESSION_SECONDS * 1000)).toBe(false);
    expect(sessionValid(session, "other", now)).toBe(false);
    expect(newSession("key", now)).not.toBe(session);
  });

  it("cannot be stretched, or made up", () => {
    const [id, end, signature] = session.split(".");
    for (const forged of [
      null,
      "",
      "x",
      `${id}.${Number(end) + 1}.${signature}`,
      `${"0".repeat(32)}.${end}.${signature}`,
      `${id}.${end}.`,
      `${id}.${end}.${signature}x`,
      `${id}.${end}`,
    ])
      expect(sessionValid(forged, "key", now)).toBe(false);
  });

  it("is found among cookies", () => {
    expect(cookieOf("a=1; cambrian-7411=x=y; b=2", "cambrian-7411")).toBe("x=y");
    expect(cookieOf("xcambrian-7411=1", "cambrian-7411")).toBeNull();
    expect(cookieOf(undefined, "cambrian-7411")).toBeNull();
  });
});

it("secrets are the same or not, whatever their length", () => {
  expect([same("abc", "abc"), same("abc", "abd"), same("", "abc"), same("abc", "abcd")]).toEqual([
    ...[true, false, false, false],
  ]);
});

it("failures are limited within their window", () => {
  const limit = failureLimit(2, 1000);
  expect(limit.allowed(0)).toBe(true);
  limit.failed(0);
  limit.failed(500);
  expect([limit.allowed(999), limit.allowed(1000)]).toEqual([false, true]);
});
