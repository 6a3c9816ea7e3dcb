import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { assetPath, readAsset } from "./assets.ts";

describe("a request's path", () => {
  it.each([
    ["/", ["index.html"]],
    ["/index.html", ["index.html"]],
    ["/assets/main-B3_x-9.js", ["assets", "main-B3_x-9.js"]],
    ["/assets/a.b.woff2", ["assets", "a.b.woff2"]],
  ])("%s means a file", (path, parts) => {
    expect(assetPath(path)).toEqual(parts);
  });

  it.each([
    "",
    "index.html",
    "/..",
    "/../package.json",
    "/assets/../../package.json",
    "/%2e%2e/package.json",
    "/%2e%2e%2fpackage.json",
    "/..%5cpackage.json",
    "/assets//main.js",
    "//etc/passwd.txt",
    "/.env.txt",
    "/assets/.hidden.js",
    "/C:/windows/a.js",
    "/main.js%00.html",
    "/main.js.",
    "/%252e%252e/a.js",
    "/%zz.js",
    "/main.ts",
    "/main",
    "/constructor",
  ])("%s means none", (path) => {
    expect(assetPath(path)).toBeNull();
  });
});

describe("a file", () => {
  const folder = mkdtempSync(join(tmpdir(), "cambrian-assets-"));
  const root = join(folder, "root");
  beforeAll(() => {
    mkdirSync(join(root, "assets"), { recursive: true });
    writeFileSync(join(root, "index.html"), "<p>page");
    writeFileSync(join(root, "assets", "main-1.js"), "1");
    writeFileSync(join(folder, "secret.txt"), "secret");
    symlinkSync(join(folder, "secret.txt"), join(root, "link.txt"));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it("has its type, and is cached for ever only where its name holds a hash", async () => {
    expect(await readAsset(root, "/")).toMatchObject({ type: "text/html; charset=utf-8", cache: "no-store" });
    const script = await readAsset(root, "/assets/main-1.js");
    expect([script?.type, String(script?.body), script?.cache]).toEqual([
      "text/javascript; charset=utf-8",
      "1",
      "private, max-age=31536000, immutable",
    ]);
  });

  it("is not read through a link that leads out, nor where there is none", async () => {
    expect(await readAsset(root, "/link.txt")).toBeNull();
    expect(await readAsset(root, "/missing.txt")).toBeNull();
    expect(await readAsset(root, "/assets.js")).toBeNull();
  });
});
