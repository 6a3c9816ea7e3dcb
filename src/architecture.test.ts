/** Who may import whom (the design's layout): each file's imports are read and checked here. */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const source = dirname(fileURLToPath(import.meta.url));

/** What a file names in import, export … from, import(), require() and new URL(…, import.meta.url). */
export function importsOf(text: string): string[] {
  const code = text.replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, "");
  const patterns = [
    /^\s*(?:import|export)\b[^"'`;]*?\bfrom\s*["']([^"']+)["']/gm,
    /^\s*import\s*["']([^"']+)["']/gm,
    /\b(?:import|require)\(\s*["']([^"']+)["']/g,
    /\bnew URL\(\s*["']([^"']+\.[cm]?[jt]sx?)["']\s*,\s*import\.meta\.url/g,
  ];
  return patterns.flatMap((pattern) => [...code.matchAll(pattern)].map((match) => match[1]!));
}

/** The files directly in src/main through which its modules meet. */
const MEETING = ["main/interfaces.ts", "main/paths.ts", "main/threads.ts"];

/** The service answers what a screen asks: it reaches the modules by their front doors, and knows how it is served. */
const SERVICE_MAY = /^main\/([^/]+\.ts|[^/]+\/index\.ts|server\/(service|sources)\.ts)$/;
/** The server moves messages, and knows the modules by their types and errors only. */
const SERVER_MAY = /^main\/program\.ts$/;

/** Files of shared that need Node, and so are not for the renderer. */
const NEEDS_NODE = ["shared/hash.ts"];

/**
 * Why a file may not import a thing, or null.
 * @param file path below src, with slashes
 * @param target path below src for a file of ours, else the package's name as imported
 * @param ours whether the target is a file of ours
 */
export function violation(file: string, target: string, ours: boolean): string | null {
  const [layer, module = ""] = file.split("/");
  const test = /\.test\.tsx?$/.test(file) || file.includes("/testing/");
  const electron = target === "electron" || target.startsWith("electron/");
  if (electron && layer !== "preload" && !file.startsWith("main/hosts/electron/"))
    return "only hosts/electron and preload import electron";
  if (!ours) {
    const runsInBrowser = (layer === "shared" || layer === "renderer") && !test && !NEEDS_NODE.includes(file);
    return runsInBrowser && target.startsWith("node:")
      ? `${layer} also runs in a browser, without Node`
      : null;
  }
  if (target.startsWith(".."))
    return layer === "main" && target.startsWith("../trainer/protocols/") ? null : "outside of src";
  if (layer === "renderer" && NEEDS_NODE.includes(target) && !test) return "the renderer has no Node";
  if (target.startsWith("shared/")) return null;
  if (layer === "shared") return "shared imports nothing of ours";
  if (layer === "preload") return target.startsWith("preload/") ? null : "preload imports shared only";
  if (layer === "renderer") {
    if (!target.startsWith("renderer/")) return "renderer imports shared only";
    const feature = (path: string) => path.match(/^renderer\/features\/([^/]+)\//)?.[1] ?? null;
    const [from, to] = [feature(file), feature(target)];
    if (from !== null && to !== null && from !== to) return "no feature imports another";
    if (from === null && to !== null && /^renderer\/(api|state|ui)\//.test(file))
      return "features import ui, not the reverse";
    return null;
  }
  if (layer === "main") {
    if (!target.startsWith("main/")) return "main imports shared only";
    if (MEETING.includes(target)) return null;
    if (MEETING.includes(file)) return "what they meet through imports shared only";
    if (test) return null; // A test may wire modules, as app.ts does.
    if (module === "hosts") {
      const host = file.split("/").slice(0, 3).join("/");
      if (target.startsWith("main/hosts/"))
        return target.startsWith(`${host}/`) ? null : "no host imports another";
      return /^main\/([^/]+\.ts$|server\/|service\/)/.test(target)
        ? null
        : "hosts reach the modules through app.ts, server and service";
    }
    if (module === "service" && SERVICE_MAY.test(target)) return null;
    if (module === "server" && SERVER_MAY.test(target)) return null;
    if (/^main\/serv(er|ice)\//.test(target) && !file.startsWith("main/serv"))
      return "server and service are for the hosts";
    if (target === "main/app.ts") return "only hosts and the service import app.ts";
    // app.ts and its parts in wiring/ are where the modules meet.
    if (module === "app.ts" || module === "wiring")
      return target.startsWith("main/hosts/") ? "app.ts knows no host" : null;
    if (target.startsWith("main/wiring/")) return "only app.ts imports its parts";
    const home = file.split("/").slice(0, 2).join("/");
    const inside =
      target.startsWith(`${home}/`) || (module.endsWith(".ts") && /^main\/[^/]+\.ts$/.test(target));
    return inside ? null : "modules of main meet through interfaces.ts, wired in app.ts";
  }
  return null;
}

const files = readdirSync(source, { recursive: true, encoding: "utf8" })
  .map((file) => file.split(sep).join("/"))
  .filter((file) => /\.[cm]?tsx?$/.test(file));

describe("the layout", () => {
  it.each(files)("%s imports what it may", (file) => {
    const problems = importsOf(readFileSync(join(source, file), "utf8")).flatMap((target) => {
      const ours = target.startsWith(".");
      const path = ours
        ? relative(source, normalize(join(source, dirname(file), target)))
            .split(sep)
            .join("/")
        : target;
      const why = violation(file, path, ours);
      return why === null ? [] : [`${target}: ${why}`];
    });
    expect(problems).toEqual([]);
  });
});

describe("the rules themselves", () => {
  it.each([
    ["shared/a.ts", "main/paths.ts", true],
    ["shared/a.ts", "node:fs", false],
    ["shared/a.ts", "electron", false],
    ["main/archive/a.ts", "main/campaign/pool.ts", true],
    ["main/archive/a.ts", "main/app.ts", true],
    ["main/archive/a.ts", "renderer/ui/a.ts", true],
    ["main/interfaces.ts", "main/archive/index.ts", true],
    ["main/presets.ts", "main/archive/index.ts", true],
    ["main/app.ts", "main/hosts/cli/main.ts", true],
    ["main/wiring/a.ts", "main/hosts/cli/main.ts", true],
    ["main/wiring/a.ts", "main/app.ts", true],
    ["main/archive/a.ts", "main/wiring/b.ts", true],
    ["main/hosts/cli/main.ts", "main/wiring/a.ts", true],
    ["main/app.ts", "electron", false],
    ["main/app.ts", "electron/main", false],
    ["main/hosts/cli/main.ts", "main/archive/index.ts", true],
    ["main/hosts/cli/main.ts", "main/hosts/web/a.ts", true],
    ["main/hosts/web/a.ts", "electron", false],
    ["main/archive/a.ts", "main/server/service.ts", true],
    ["main/archive/a.ts", "main/service/index.ts", true],
    ["main/server/a.ts", "main/archive/index.ts", true],
    ["main/server/a.ts", "main/service/index.ts", true],
    ["main/server/a.ts", "main/app.ts", true],
    ["main/service/a.ts", "main/archive/queries.ts", true],
    ["main/service/a.ts", "main/server/connection.ts", true],
    ["main/service/a.ts", "main/hosts/web/a.ts", true],
    ["main/archive/a.test.ts", "renderer/ui/a.ts", true],
    ["preload/a.ts", "main/paths.ts", true],
    ["renderer/a.ts", "main/paths.ts", true],
    ["renderer/a.ts", "node:path", false],
    ["renderer/a.ts", "shared/hash.ts", true],
    ["renderer/features/gallery/a.tsx", "renderer/features/home/a.tsx", true],
    ["renderer/ui/a.tsx", "renderer/features/home/a.tsx", true],
  ])("forbid %s importing %s", (file, target, ours) => {
    expect(violation(file, target, ours)).not.toBeNull();
  });

  it.each([
    ["shared/a.ts", "shared/b.ts", true],
    ["shared/a.ts", "zod", false],
    ["main/archive/a.ts", "main/interfaces.ts", true],
    ["main/archive/a.ts", "main/archive/migrations/b.ts", true],
    ["main/app.ts", "main/archive/index.ts", true],
    ["main/app.ts", "main/wiring/a.ts", true],
    ["main/wiring/a.ts", "main/archive/index.ts", true],
    ["main/hosts/cli/main.ts", "main/app.ts", true],
    ["main/hosts/cli/main.ts", "main/hosts/cli/table.ts", true],
    ["main/hosts/electron/main.ts", "electron", false],
    ["main/hosts/web/a.ts", "main/server/connection.ts", true],
    ["main/hosts/web/a.ts", "main/service/index.ts", true],
    ["main/server/a.ts", "main/server/b.ts", true],
    ["main/server/a.ts", "main/program.ts", true],
    ["main/service/a.ts", "main/app.ts", true],
    ["main/service/a.ts", "main/archive/index.ts", true],
    ["main/service/a.ts", "main/server/service.ts", true],
    ["preload/a.ts", "electron/renderer", false],
    ["renderer/main.tsx", "renderer/features/home/a.tsx", true],
    ["renderer/features/home/a.tsx", "renderer/ui/a.tsx", true],
  ])("allow %s importing %s", (file, target, ours) => {
    expect(violation(file, target, ours)).toBeNull();
  });

  it("read every form of import, and none in a comment", () => {
    const text = `import a, { type B } from "./a.ts";
import type { C } from './c.ts';
import {
  d,
} from "./d.ts";
import "./e.ts";
export * from "./f.ts";
const g = await import("./g.ts");
const h = require("./h.ts");
new Worker(new URL("./i.ts", import.meta.url));
// import j from "./j.ts";
/* import k from "./k.ts"; */`;
    expect(importsOf(text).sort()).toEqual("acdefghi".split("").map((x) => `./${x}.ts`));
  });
});
