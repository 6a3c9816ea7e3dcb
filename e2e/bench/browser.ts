/** A window to measure in: what it costs the person who looks at it, measured inside the page. */
import { type Browser, type BrowserContext, chromium, type Page } from "@playwright/test";
import { ensureChromium, launchOptions } from "../chromium.ts";
import type { WebHost } from "../host.ts";

export interface Window {
  page: Page;
  close(): Promise<void>;
}

export async function launchBrowser(): Promise<{ browser: Browser; path: string }> {
  const found = await ensureChromium();
  if ("why" in found) throw new Error(`Nothing can be measured: ${found.why}.`);
  return { browser: await chromium.launch(launchOptions(found.path)), path: found.path };
}

const VIEW = { viewport: { width: 1280, height: 800 } };

/** A fresh window that holds nothing from before. */
export async function openWindow(browser: Browser): Promise<Window> {
  const context: BrowserContext = await browser.newContext(VIEW);
  // How long each piece of work before a frame takes: zoom and pan are drawn in these.
  await context.addInitScript(() => {
    const held = globalThis as unknown as { frameWork: number[] };
    held.frameWork = [];
    const ask = globalThis.requestAnimationFrame.bind(globalThis);
    globalThis.requestAnimationFrame = (work) =>
      ask((time) => {
        const from = performance.now();
        work(time);
        held.frameWork.push(performance.now() - from);
      });
  });
  return { page: await context.newPage(), close: () => context.close() };
}

/** Opens Home, and leaves the window ready for `timeTo`. */
export async function openHome(page: Page, host: WebHost): Promise<void> {
  await page.goto(host.url);
  await page.getByRole("button", { name: "Start demo campaign" }).waitFor();
}

/** What a screen is ready by: something there is, of a certain text if any; a canvas has its size. */
export interface Ready {
  selector: string;
  text?: string;
}

/** ms from going to a place to the frame in which it shows what it is there for. */
export const timeTo = (page: Page, place: string, ready: Ready): Promise<number> =>
  page.evaluate(
    ([hash, { selector, text }]) =>
      new Promise<number>((done) => {
        const from = performance.now();
        const isThere = () =>
          [...document.querySelectorAll(selector)].some((e) =>
            e instanceof HTMLCanvasElement
              ? e.width > 0 && e.dataset.old === undefined
              : !text || e.textContent?.includes(text),
          );
        // What is there already belongs to the place before.
        for (const e of document.querySelectorAll<HTMLElement>(selector)) e.dataset.old = "";
        const look = () => {
          if (isThere()) requestAnimationFrame(() => done(performance.now() - from));
          else requestAnimationFrame(look);
        };
        location.hash = hash;
        requestAnimationFrame(look);
      }),
    [`#/${place}`, ready] as const,
  );

/** Times between frames while `step` runs at each, and what the page's own work in them took. */
export async function frames(
  page: Page,
  count: number,
  step: string,
): Promise<{ between: number[]; work: number[] }> {
  return page.evaluate(
    ([n, body]) =>
      new Promise<{ between: number[]; work: number[] }>((done) => {
        const act = new Function("i", body) as (i: number) => void;
        const held = globalThis as unknown as { frameWork: number[] };
        held.frameWork = [];
        const between: number[] = [];
        let last = 0;
        let i = 0;
        const next = (time: number) => {
          if (last > 0) between.push(time - last);
          last = time;
          if (i === n) return done({ between, work: held.frameWork });
          act(i++);
          requestAnimationFrame(next);
        };
        requestAnimationFrame(next);
      }),
    [count, step] as const,
  );
}

/** Bytes of JavaScript objects that are in use, rubbish taken away. */
export async function heap(page: Page): Promise<number> {
  const session = await page.context().newCDPSession(page);
  await session.send("HeapProfiler.collectGarbage");
  await session.send("Performance.enable");
  const { metrics } = await session.send("Performance.getMetrics");
  await session.detach();
  return metrics.find((m) => m.name === "JSHeapUsedSize")!.value;
}

export interface CallTimes {
  /** ms between asking a procedure and its answer, as the window sees them, in the order of the answers. */
  of(name: string): number[];
  /** Waits until there are more than `before` answers. @throws Error after 30 s */
  more(name: string, before: number): Promise<void>;
}

/** To be called before the page is opened. */
export function callTimes(page: Page): CallTimes {
  const sent = new Map<number, { name: string; at: number }>();
  const times = new Map<string, number[]>();
  const of = (name: string) => times.get(name) ?? [];
  page.on("websocket", (socket) => {
    socket.on("framesent", ({ payload }) => {
      const { type, id, name } = JSON.parse(String(payload));
      if (type === "call") sent.set(id, { name, at: performance.now() });
    });
    socket.on("framereceived", ({ payload }) => {
      // Only its beginning: answers may be large.
      const [, id] = /^\{"type":"(?:result|error)","id":(\d+)/.exec(String(payload).slice(0, 100)) ?? [];
      const asked = sent.get(Number(id));
      if (!asked) return;
      sent.delete(Number(id));
      times.set(asked.name, [...of(asked.name), performance.now() - asked.at]);
    });
  });
  return {
    of,
    async more(name, before) {
      const until = performance.now() + 30_000;
      while (of(name).length <= before) {
        if (performance.now() > until) throw new Error(`${name} was not answered, or not asked, in 30 s`);
        await page.waitForTimeout(10);
      }
    },
  };
}
