/** The renderer alone, for the web host; electron.vite.config.ts builds it the same way beside the main process. */
import { join } from "node:path";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

/** Wherever it is started from. */
const folder = import.meta.dirname;

export default defineConfig({
  root: join(folder, "src/renderer"),
  base: "./",
  plugins: [react()],
  // Nothing as data: in a style: the policy of the page takes fonts from its own origin only.
  build: { outDir: join(folder, "out/renderer"), emptyOutDir: true, assetsInlineLimit: 0 },
});
