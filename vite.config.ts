/** The renderer alone, for the web host; electron.vite.config.ts builds it the same way beside the main process. */
import { resolve } from "node:path";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

export default defineConfig({
  root: resolve("src/renderer"),
  base: "./",
  plugins: [react()],
  // Nothing as data: in a style: the policy of the page takes fonts from its own origin only.
  build: { outDir: resolve("out/renderer"), emptyOutDir: true, assetsInlineLimit: 0 },
});
