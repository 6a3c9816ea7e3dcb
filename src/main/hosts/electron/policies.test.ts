import { describe, expect, it } from "vitest";
import {
  externalUrl,
  isOwnPage,
  mayDownload,
  mayNavigate,
  mayNavigateFrame,
  mayRequest,
  maySend,
  mayUse,
} from "./policies.ts";

const OURS = ["cambrian://app/index.html", "cambrian://app/index.html#/live", "cambrian://app/assets/a.js"];
const OTHERS = [
  "",
  "not a url",
  "https://example.org/",
  "http://127.0.0.1:7411/",
  "file:///etc/passwd",
  "cambrian://evil/index.html",
  "cambrian://app.evil/index.html",
  "cambrian://app:1/index.html",
  "cambrian://user@app/index.html",
  "cambrian:app/index.html",
  "cambrianx://app/index.html",
  "javascript:alert(1)",
  "blob:https://example.org/1",
  "about:blank",
];

describe("a page", () => {
  it.each(OURS)("%s is ours", (url) => expect(isOwnPage(url)).toBe(true));
  it.each(OTHERS)("%s is not; nothing leads there, and it can do nothing", (url) => {
    expect(isOwnPage(url)).toBe(false);
    expect(mayNavigate(url)).toBe(false);
    expect(mayRequest(url)).toBe(false);
    expect(mayUse("clipboard-sanitized-write", url)).toBe(false);
    expect(maySend({ url, parent: null })).toBe(false);
    expect(mayDownload(url)).toBe(false);
  });

  it("may go to itself only, and into no frame", () => {
    expect(mayNavigate("cambrian://app/index.html#/live")).toBe(true);
    expect(mayNavigate("cambrian://app/assets/a.js")).toBe(false);
    expect(mayNavigateFrame("cambrian://app/index.html")).toBe(false);
  });

  it("may load what comes with Cambrian, and save what it has made", () => {
    expect(
      ["data:image/svg+xml,x", "devtools://devtools/a.js", "blob:cambrian://app/1"].map(mayRequest),
    ).toEqual([...[true, true, true]]);
    expect(mayDownload("blob:cambrian://app/1")).toBe(true);
  });
});

it.each([
  "media",
  "geolocation",
  "notifications",
  "clipboard-read",
  "openExternal",
  "fullscreen",
  "hid",
  "serial",
  "usb",
])("permission %s is denied", (permission) => expect(mayUse(permission, OURS[0]!)).toBe(false));

describe("an address for the browser", () => {
  it.each(["https://arxiv.org/abs/2402.1", "https://example.org/?a=b#c"])("%s may be offered", (url) =>
    expect(externalUrl(url)).toBe(url),
  );
  it.each([
    "http://example.org/",
    "file:///etc/passwd",
    "javascript:alert(1)",
    "mailto:a@example.org",
    "smb://host/share",
    "vscode://open",
    "https://user:secret@example.org/",
    `https://example.org/${"a".repeat(3000)}`,
    "https://",
    "example.org",
  ])("%s may not", (url) => expect(externalUrl(url)).toBeNull());
});

it("a message comes from the main frame of our page", () => {
  expect(maySend({ url: OURS[0]!, parent: null })).toBe(true);
  expect(maySend({ url: OURS[0]!, parent: {} })).toBe(false);
  expect(maySend(null)).toBe(false);
  expect(maySend(undefined)).toBe(false);
});
