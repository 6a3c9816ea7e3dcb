/** What is built finds its worker threads and its Python script: nothing of the kind shows before it runs. */
import { execFile } from "node:child_process";
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { resolveConfig } from "electron-vite";
import { build, type InlineConfig } from "vite";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createArchive } from "../../src/main/archive/index.ts";
import { isFresh } from "./built.ts";
import { download, electronBinary, noDisplay } from "./electron.ts";

const folder = join(import.meta.dirname, "../..");
const place = mkdtempSync(join(tmpdir(), "cambrian-build-"));
afterAll(() => rmSync(place, { recursive: true, force: true }));

describe("the built program", () => {
  // Below the project, so that packages are found; deep enough that nothing of it is mistaken for the real output.
  const out = mkdtempSync(join(folder, "node_modules", ".cambrian-build-"));
  afterAll(() => rmSync(out, { recursive: true, force: true }));

  beforeAll(async () => {
    const { config } = await resolveConfig({ root: folder, logLevel: "error" }, "build");
    const main = config!.main as InlineConfig;
    const input = main.build!.rolldownOptions!.input as Record<string, string>;
    // Plain Node has no Electron to import: the same output, with the archive's door beside the application's.
    await build({
      ...main,
      configFile: false,
      logLevel: "error",
      build: {
        ...main.build,
        outDir: out,
        rolldownOptions: {
          ...main.build!.rolldownOptions,
          input: { ...input, archive: join(folder, "src/main/archive/index.ts") },
        },
      },
    });
  });

  it("is flat, and holds its threads and its script", () => {
    expect(readdirSync(out, { withFileTypes: true }).every((entry) => entry.isFile())).toBe(true);
    for (const name of ["main.js", "reader-worker.js", "layout-worker.js", "check.py"])
      expect(existsSync(join(out, name))).toBe(true);
    const written = readFileSync(join(folder, "src/main/trainer/python/check.py"), "utf8");
    expect(readFileSync(join(out, "check.py"), "utf8")).toBe(written);
  });

  it("opens an archive on its worker thread under plain Node", async () => {
    const file = join(place, "archive.sqlite");
    createArchive(file).close();
    const script = join(out, "try.mjs");
    writeFileSync(
      script,
      `import { openReader } from "./archive.js";
       const reader = await openReader(process.argv[2]);
       console.log(JSON.stringify(await reader.campaigns()));
       await reader.close();`,
    );
    const { stdout } = await promisify(execFile)(process.execPath, [script, file]);
    expect(stdout.trim()).toBe("[]");
  });
});

describe("what was built", () => {
  const at = (name: string, seconds: number) => {
    const file = join(place, name);
    writeFileSync(file, "");
    utimesSync(file, seconds, seconds);
    return file;
  };

  it("is fresh when all of it is there and none is older than a source", () => {
    const [old, source, built] = [at("old", 1000), at("source", 2000), at("built", 3000)];
    expect(isFresh([built], [source, old])).toBe(true);
    expect(isFresh([built, old], [source])).toBe(false);
    expect(isFresh([built, join(place, "missing")], [source])).toBe(false);
    expect(isFresh([built], [place])).toBe(false); // something in there is from now
  });
});

describe("Electron", () => {
  it("is looked for where the environment says, and needs a display", () => {
    const env = { ELECTRON_OVERRIDE_DIST_PATH: place };
    expect(electronBinary(folder, env)).toBeNull();
    const file = join(place, process.platform === "win32" ? "electron.exe" : "electron");
    writeFileSync(file, "");
    if (process.platform !== "darwin") expect(electronBinary(folder, env)).toBe(file);
    expect(noDisplay({}, "linux")).toContain("DISPLAY");
    expect(noDisplay({ WAYLAND_DISPLAY: "wayland-0" }, "linux")).toBeNull();
    expect(noDisplay({}, "darwin")).toBeNull();
  });

  it("that cannot be downloaded says why", async () => {
    expect(await download(place)).toBe("the electron package is not installed");
  });
});
