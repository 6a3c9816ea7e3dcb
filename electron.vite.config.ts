import { resolve } from "node:path";
import { defineConfig } from "electron-vite";

export default defineConfig({
  main: {
    build: { outDir: "out/main", rollupOptions: { input: resolve("src/main/hosts/electron/main.ts") } },
  },
  preload: {
    build: {
      outDir: "out/preload",
      // A sandboxed preload script has no ES modules.
      rollupOptions: {
        input: resolve("src/preload/index.ts"),
        output: { format: "cjs", entryFileNames: "index.cjs" },
      },
    },
  },
  renderer: {
    root: "src/renderer",
    build: { outDir: "out/renderer", rollupOptions: { input: resolve("src/renderer/index.html") } },
  },
});
