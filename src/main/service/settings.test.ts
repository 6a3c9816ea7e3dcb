import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { openSettings, settingsFile, settingsProcedures, withSettings } from "./settings.ts";

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "cambrian-settings-"));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

describe("desktop.json", () => {
  it("keeps what is set, and leaves what is not named as it is", () => {
    const store = openSettings(home);
    store.set({ theme: "dark", workers: 3 });
    store.setRecent(["/a.sqlite", "/b.sqlite", "/a.sqlite"]);
    store.set({ density: "compact" });
    const again = openSettings(home);
    expect(again.get()).toMatchObject({ theme: "dark", workers: 3, density: "compact", sandbox: "auto" });
    expect(again.recent()).toEqual(["/a.sqlite", "/b.sqlite"]);
    expect(again.problem).toBeNull();
    expect(readdirSync(home)).toEqual(["desktop.json"]);
  });

  it.each(["{", "[]", '{"settings": {"theme": "pink"}}'])("that holds %s is kept aside", (text) => {
    writeFileSync(settingsFile(home), text);
    const store = openSettings(home);
    expect(store.get().theme).toBe("system");
    expect(store.problem).toMatch(/kept in .*desktop\.json\.broken/);
    expect(readFileSync(`${settingsFile(home)}.broken`, "utf8")).toBe(text);
    store.set({ theme: "light" });
    expect(openSettings(home)).toMatchObject({ problem: null });
    expect(openSettings(home).get().theme).toBe("light");
  });

  it("that cannot be written leaves the settings as they were", () => {
    const store = openSettings(join(home, "file", "below"));
    writeFileSync(join(home, "file"), "");
    expect(() => store.set({ theme: "dark" })).toThrow(/was not written/);
    expect(store.get().theme).toBe("system");
  });
});

it("settings stand above the environment only where they say something", () => {
  const env = {
    CAMBRIAN_PYTHON: "/env/python",
    CAMBRIAN_SANDBOX: "landlock",
    CAMBRIAN_DEVICE: "cpu",
    PATH: "/bin",
  };
  expect(withSettings(env, { python: null, sandbox: "auto", device: "auto" })).toEqual(env);
  expect(withSettings(env, { python: "/own/python", sandbox: "none", device: "auto" })).toEqual({
    ...env,
    CAMBRIAN_PYTHON: "/own/python",
    CAMBRIAN_SANDBOX: "none",
  });
});

describe("secrets", () => {
  const procedures = (canStore: boolean) => {
    const secrets = { get: () => null, set: vi.fn(), canStore };
    const refresh = vi.fn();
    const settings = openSettings(home);
    const made = settingsProcedures({ home, host: "web", settings, secrets, refresh }, () => null);
    return { made, secrets, refresh };
  };
  const signal = new AbortController().signal;

  it("go to the host's store, and the program is opened anew with them", async () => {
    const { made, secrets, refresh } = procedures(true);
    await made["secrets.set"]({ name: "MY_KEY", value: " sk-1\n" }, signal);
    expect(secrets.set).toHaveBeenCalledWith("MY_KEY", "sk-1");
    expect(refresh).toHaveBeenCalledOnce();
    expect(existsSync(settingsFile(home))).toBe(false);
  });

  it("are refused where there is no store, with the way that works", async () => {
    const { made, secrets } = procedures(false);
    await expect(made["secrets.set"]({ name: "MY_KEY", value: "sk-1" }, signal)).rejects.toMatchObject({
      code: "no_secrets",
      fix: expect.stringContaining("MY_KEY"),
    });
    expect(secrets.set).not.toHaveBeenCalled();
  });
});
