/** 50 MB of output through a pseudoterminal, the server and the screen, and what it costs everything else. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Browser } from "@playwright/test";
import { programFolder } from "../../src/main/paths.ts";
import { frames, heap, openWindow } from "./browser.ts";
import { type Figure, quantile } from "./figures.ts";

const BYTES = 50e6;
const LAST = "END OF THE OUTPUT";

/** Lines as a trainer writes them, with colours. */
function output(bytes: number): string {
  const lines: string[] = [];
  for (let size = 0, step = 0; size < bytes; step++) {
    const line = `\x1b[2mlm-s${step % 3}\x1b[0m step ${step} loss \x1b[36m${(2 + 1 / (1 + step / 1e4)).toFixed(6)}\x1b[0m lr 3.0e-4 tokens/s ${10_000 + (step % 997)}`;
    lines.push(line);
    size += line.length + 1;
  }
  return `${lines.join("\n")}\n${LAST}\n`;
}

export async function terminal(browser: Browser, folder: string): Promise<Figure[]> {
  const home = join(folder, "terminal");
  rmSync(home, { recursive: true, force: true }); // of an earlier run, in a folder that is kept
  mkdirSync(home);
  const file = join(home, "output.txt");
  writeFileSync(file, output(BYTES));
  const child = spawn(process.execPath, ["e2e/bench/terminal-host.ts", home, file], {
    cwd: programFolder,
    stdio: ["pipe", "pipe", "inherit"],
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async () => JSON.parse((await lines.next()).value ?? "null");
  try {
    const { url } = await next();
    const { page, close } = await openWindow(browser);
    await page.goto(url);
    await page.getByRole("button", { name: "Start demo campaign" }).waitFor();
    await page.keyboard.press("Control+j");
    await page.locator(".xterm-rows").waitFor();
    const from = performance.now();
    const shown = page
      .waitForFunction((last) => document.querySelector(".xterm-rows")?.textContent?.includes(last), LAST, {
        timeout: 300_000,
        polling: 100,
      })
      .then(() => (performance.now() - from) / 1000);
    child.stdin.write("go\n");
    const { between } = await frames(page, 120, "");
    const { delays, seconds } = await next();
    const until = await shown;
    const used = await heap(page);
    await close();
    const part = "Terminal, 50 MB";
    return [
      { part, what: "taken from the program", value: BYTES / 1e6 / seconds, unit: "MB/s", goal: null },
      { part, what: "to the last line on the screen", value: until, unit: "s", goal: null },
      { part, what: "event loop of the server, delay p50", value: delays.p50, unit: "ms", goal: null },
      { part, what: "event loop of the server, delay p99", value: delays.p99, unit: "ms", goal: 100 },
      { part, what: "event loop of the server, longest delay", value: delays.max, unit: "ms", goal: null },
      {
        part,
        what: "window, time between frames, p95",
        value: quantile(between, 0.95),
        unit: "ms",
        goal: null,
      },
      { part, what: "JavaScript heap", value: used / 1e6, unit: "MB", goal: null },
    ];
  } finally {
    const ended = once(child, "exit");
    child.stdin.end();
    if (child.exitCode === null) await ended;
  }
}
