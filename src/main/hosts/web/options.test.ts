import { expect, it } from "vitest";
import { hasDisplay } from "./browser.ts";
import { webOptions } from "./options.ts";

it("reads its options, and says what is wrong with them", () => {
  expect(webOptions([])).toEqual({ port: null, json: false, open: false, archive: undefined });
  expect(webOptions(["--port=0", "--json", "--open", "--archive", "a.sqlite"], "/data")).toEqual({
    port: 0,
    json: true,
    open: true,
    archive: "/data/a.sqlite",
  });
  for (const port of ["x", "-1", "65536", "1.5"])
    expect(() => webOptions([`--port=${port}`])).toThrow("--port");
  expect(() => webOptions(["--host", "0.0.0.0"])).toThrow("--host");
});

it.each([
  [{ DISPLAY: ":0" }, "linux", true],
  [{}, "linux", false],
  [{ DISPLAY: ":0", SSH_CONNECTION: "a" }, "linux", false],
  [{ CI: "1" }, "darwin", false],
  [{}, "win32", true],
] as const)("a browser can be opened: %o on %s", (env, platform, display) => {
  expect(hasDisplay(env, platform)).toBe(display);
});
