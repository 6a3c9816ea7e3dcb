import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { defineConfig } from "electron-vite";
import renderer from "./vite.config.ts";

/** Wherever it is started from. */
const folder = import.meta.dirname;

/** Threads of the main process: each is a file of its own, beside what starts it. */
const workers = {
  "reader-worker": join(folder, "src/main/archive/reader-worker.ts"),
  "layout-worker": join(folder, "src/main/diagram/layout-worker.ts"),
};

/** Run by Python, from beside the bundle that names it. */
const pythonScript = {
  name: "python-script",
  generateBundle(this: { emitFile(file: { type: "asset"; fileName: string; source: string }): void }) {
    const source = readFileSync(join(folder, "src/main/trainer/python/check.py"), "utf8");
    this.emitFile({ type: "asset", fileName: "check.py", source });
  },
};

export default defineConfig({
  main: {
    plugins: [pythonScript],
    build: {
      outDir: join(folder, "out/main"),
      rolldownOptions: {
        input: {
          main: join(folder, "src/main/hosts/electron/main.ts"),
          ...Object.fromEntries(Object.entries(workers).filter(([, file]) => existsSync(file))),
        },
        // All in one folder: src/main/paths.ts counts the folders up to the program, and workers are found beside.
        output: { entryFileNames: "[name].js", chunkFileNames: "[name]-[hash].js" },
      },
    },
  },
  preload: {
    build: {
      outDir: join(folder, "out/preload"),
      // A sandboxed preload script has no ES modules, and is one file.
      rolldownOptions: {
        input: join(folder, "src/preload/index.ts"),
        output: { format: "cjs", entryFileNames: "index.cjs" },
      },
    },
  },
  renderer: {
    ...renderer,
    build: { ...renderer.build, rolldownOptions: { input: join(folder, "src/renderer/index.html") } },
  },
});
