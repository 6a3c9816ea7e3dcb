/** A start while another one runs on the same data folder. */
import { expect, it, vi } from "vitest";
import * as electron from "./testing/electron.ts";

vi.mock("electron", () => import("./testing/electron.ts"));

it("leaves it to the first, before anything is opened", async () => {
  vi.spyOn(electron.app, "requestSingleInstanceLock").mockReturnValue(false);
  const quit = vi.spyOn(electron.app, "quit");
  await import("./main.ts");
  expect(quit).toHaveBeenCalledOnce();
  expect(electron.FakeWindow.all).toEqual([]);
  expect(electron.app.sandboxed).toBe(false);
});
