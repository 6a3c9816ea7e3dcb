import { defineConfig } from "@playwright/test";
import { findChromium, launchOptions } from "./e2e/chromium.ts";

const chromium = findChromium();

export default defineConfig({
  testDir: "e2e",
  testMatch: "*.spec.ts",
  outputDir: "node_modules/.cache/e2e",
  globalSetup: "./e2e/setup.ts",
  // Two cores, and one of the tests trains.
  workers: 1,
  fullyParallel: false,
  forbidOnly: Boolean(process.env.CI),
  // A busy machine is slow, never wrong: nothing is asserted about time.
  timeout: 180_000,
  expect: { timeout: 30_000 },
  reporter: [["list"]],
  use: {
    viewport: { width: 1280, height: 800 },
    launchOptions: chromium ? launchOptions(chromium) : {},
    screenshot: "only-on-failure",
    trace: "off",
  },
  projects: [
    { name: "web", use: { host: "web" } as object },
    { name: "electron", use: { host: "electron" } as object, testMatch: ["main.spec.ts", "archive.spec.ts"] },
  ],
});
