/** Home, gallery, tree and curves: each on a generated archive of its own. */
import type { Browser } from "@playwright/test";
import { WebHost } from "../host.ts";
import { callTimes, frames, heap, openHome, openWindow, timeTo } from "./browser.ts";
import { type Figure, median, quantile } from "./figures.ts";

const MB = 1e6;
const REPEATS = 5;

async function withHost<T>(archive: string | undefined, work: (host: WebHost) => Promise<T>): Promise<T> {
  const host = new WebHost({ archive, env: { CAMBRIAN_PYTHON: "/nonexistent/python" } });
  try {
    await host.start();
    return await work(host);
  } finally {
    await host.close();
  }
}

/** From the address to a button that can be pressed, with nothing kept from before. */
export async function home(browser: Browser): Promise<Figure[]> {
  return withHost(undefined, async (host) => {
    const times: number[] = [];
    let used = 0;
    for (let i = 0; i < REPEATS; i++) {
      const { page, close } = await openWindow(browser);
      await page.goto(host.url, { waitUntil: "commit" });
      const ready = await page.waitForFunction(
        () =>
          [...document.querySelectorAll("button")].some(
            (b) => b.textContent === "Start demo campaign" && !b.disabled,
          ) && performance.now(),
        null,
        { polling: "raf" },
      );
      times.push((await ready.jsonValue()) as number);
      used = await heap(page);
      await close();
    }
    return [
      {
        part: "Home",
        what: `time to interactive, median of ${REPEATS}`,
        value: median(times),
        unit: "ms",
        goal: 2000,
      },
      { part: "Home", what: "JavaScript heap", value: used / MB, unit: "MB", goal: null },
    ];
  });
}

const WORDS = [
  "window",
  "delta",
  "gate",
  "decay",
  "scan",
  "sparse",
  "memory",
  "router",
  "attention",
  "state",
];

export async function gallery(browser: Browser, archive: string, experiments: number): Promise<Figure[]> {
  return withHost(archive, async (host) => {
    const { page, close } = await openWindow(browser);
    const calls = callTimes(page);
    await openHome(page, host);
    const cards = { selector: "article a[title]" };
    const first = await timeTo(page, "gallery", cards);
    const again: number[] = [];
    for (let i = 0; i < REPEATS; i++) {
      await page.evaluate(() => {
        location.hash = "#/settings";
      });
      await page.getByRole("heading", { level: 1, name: "Settings" }).waitFor();
      again.push(await timeTo(page, "gallery", cards));
    }
    const asked = calls.of("gallery.query").length;
    const search = page.getByRole("textbox", { name: "Search experiments" });
    for (const word of WORDS) {
      const before = calls.of("gallery.query").length;
      await search.fill(word);
      await calls.more("gallery.query", before);
    }
    const answers = calls.of("gallery.query").slice(asked);
    await search.fill("");
    await page.waitForTimeout(500);
    // 3,000 px a second: fast, and everything is still seen.
    const scrolled = await frames(
      page,
      300,
      `const grid = document.querySelector("[role=grid]"); grid.scrollTop += 50;`,
    );
    const used = await heap(page);
    await close();
    const part = `Gallery, ${experiments.toLocaleString("en")}`;
    return [
      { part, what: "first cards, screen opened first", value: first, unit: "ms", goal: 300 },
      {
        part,
        what: `first cards, opened again, median of ${REPEATS}`,
        value: median(again),
        unit: "ms",
        goal: 300,
      },
      {
        part,
        what: `search, answer, median of ${answers.length}`,
        value: median(answers),
        unit: "ms",
        goal: 50,
      },
      { part, what: "search, answer, p95", value: quantile(answers, 0.95), unit: "ms", goal: null },
      { part, what: "scroll, median frame", value: 1000 / median(scrolled.between), unit: "fps", goal: 58 },
      { part, what: "scroll, frame p95", value: quantile(scrolled.between, 0.95), unit: "ms", goal: null },
      { part, what: "JavaScript heap after scrolling", value: used / MB, unit: "MB", goal: null },
    ];
  });
}

const PAN = `
  const canvas = document.querySelector("[role=application] canvas, canvas");
  const box = canvas.getBoundingClientRect();
  const at = { clientX: box.x + box.width / 2 + 120 * Math.sin(i / 15), clientY: box.y + box.height / 2 + i % 60 };
  const event = (type) => canvas.dispatchEvent(new PointerEvent(type, { ...at, bubbles: true, pointerId: 1, buttons: 1, isPrimary: true }));
  if (i === 0) { canvas.setPointerCapture = () => {}; event("pointerdown"); } else event("pointermove");`;

export async function tree(browser: Browser, archive: string, nodes: number): Promise<Figure[]> {
  return withHost(archive, async (host) => {
    const { page, close } = await openWindow(browser);
    await openHome(page, host);
    const canvas = { selector: "main canvas" };
    const first = await timeTo(page, "tree", canvas);
    const again: number[] = [];
    for (let i = 0; i < REPEATS; i++) {
      await page.evaluate(() => {
        location.hash = "#/settings";
      });
      await page.getByRole("heading", { level: 1, name: "Settings" }).waitFor();
      again.push(await timeTo(page, "tree", canvas));
    }
    const panned = await frames(page, 200, PAN);
    const used = await heap(page);
    await close();
    const part = `Tree, ${nodes.toLocaleString("en")}`;
    return [
      { part, what: "first paint, screen opened first", value: first, unit: "ms", goal: 300 },
      {
        part,
        what: `first paint, opened again, median of ${REPEATS}`,
        value: median(again),
        unit: "ms",
        goal: 300,
      },
      { part, what: "pan, work in a frame, p95", value: quantile(panned.work, 0.95), unit: "ms", goal: 16 },
      {
        part,
        what: "pan, time between frames, p95",
        value: quantile(panned.between, 0.95),
        unit: "ms",
        goal: null,
      },
      { part, what: "JavaScript heap", value: used / MB, unit: "MB", goal: null },
    ];
  });
}

export async function curves(browser: Browser, archive: string): Promise<Figure[]> {
  return withHost(archive, async (host) => {
    const { page, close } = await openWindow(browser);
    const calls = callTimes(page);
    await openHome(page, host);
    await page.evaluate(() => {
      location.hash = "#/gallery";
    });
    const link = page.getByRole("article").first().getByRole("link").last();
    const address = (await link.getAttribute("href"))!.slice(2);
    const shown = await timeTo(page, `${address}?tab=curves`, { selector: "main canvas" });
    const moved = await frames(
      page,
      120,
      `const over = document.querySelector("main .u-over"), box = over.getBoundingClientRect();
       over.dispatchEvent(new MouseEvent("mousemove", { clientX: box.x + (i * 5) % box.width, clientY: box.y + 40, bubbles: true }));`,
    );
    const used = await heap(page);
    await close();
    const part = "Curves, 100 × 10,000";
    return [
      { part, what: "opened, to the frame with the plot", value: shown, unit: "ms", goal: null },
      {
        part,
        what: "of it, the program's answer",
        value: median(calls.of("experiments.get")),
        unit: "ms",
        goal: null,
      },
      {
        part,
        what: "pointer over the plot, frame p95",
        value: quantile(moved.between, 0.95),
        unit: "ms",
        goal: null,
      },
      { part, what: "JavaScript heap", value: used / MB, unit: "MB", goal: null },
    ];
  });
}
