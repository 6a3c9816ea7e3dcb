import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Settings } from "../../shared/settings.ts";
import type { Check, Program } from "../program.ts";
import { createHealth } from "./health.ts";

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "cambrian-health-"));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

const READY = { python: "/p", origin: "built", version: "3.11.9", torch: "2.13.0", cuda: false } as const;
const FINE: Check[] = ["interpreter", "torch", "device", "sandbox", "disk", "resources"].map((name) => ({
  ...{ name, ok: true, detail: `${name} is fine`, fix: null },
}));

function made(given: {
  ready?: () => Promise<typeof READY | null>;
  checks?: Check[];
  env?: NodeJS.ProcessEnv;
  settings?: Partial<Settings>;
  gpus?: () => Promise<string[]>;
}) {
  const { ready = async () => READY, checks = FINE, env = {}, gpus = async () => [] } = given;
  const doctor = vi.fn(async () => checks);
  const refresh = vi.fn();
  let settings = Settings.parse({ ...given.settings });
  const store = {
    problem: null,
    get: () => settings,
    set: () => settings,
    recent: () => [],
    setRecent: () => {},
  };
  const health = createHealth(
    {
      ...{ home, env, programEnv: () => env, settings: store, refresh },
      program: async () => ({ doctor }) as unknown as Program,
    },
    { ready: vi.fn(ready), gpus: vi.fn(gpus) },
  );
  const change = (patch: Partial<Settings>) => {
    settings = { ...settings, ...patch };
  };
  return { health, doctor, refresh, change };
}
const named = async (health: ReturnType<typeof made>["health"], name: string) =>
  (await health.check(false)).find((c) => c.name === name);

describe("health", () => {
  it("builds nothing where no environment is there, and offers to", async () => {
    const { health, doctor } = made({ ready: async () => null });
    const checks = await health.check(false);
    expect(doctor).not.toHaveBeenCalled();
    expect(checks.map((c) => c.name)).toEqual(["interpreter", "gpu", "disk", "resources"]);
    expect(checks[0]).toMatchObject({ ok: false, action: "set up" });
    expect(checks[0]!.detail).toMatch(/Not set up yet/);
    expect(checks[2]).toMatchObject({ ok: true, action: null });
  });

  it("asks the doctor what is wrong with an environment that is there", async () => {
    const ready = async () => {
      throw new Error("cannot import torch");
    };
    const checks = FINE.map((c) => (c.name === "interpreter" ? { ...c, ok: false, fix: "Install it." } : c));
    const own = made({ ready, checks, env: { CAMBRIAN_PYTHON: "/usr/bin/python3" } });
    expect(await named(own.health, "interpreter")).toMatchObject({ ok: false, action: "choose interpreter" });
    const built = made({ ready, checks });
    expect(await named(built.health, "interpreter")).toMatchObject({ action: "set up" });
  });

  it("offers a better sandbox also where the second best holds", async () => {
    const landlock = {
      name: "sandbox",
      ok: true,
      detail: "landlock: no bubblewrap",
      fix: "Install bubblewrap.",
    };
    const { health } = made({ checks: FINE.map((c) => (c.name === "sandbox" ? landlock : c)) });
    expect(await named(health, "sandbox")).toMatchObject({ ok: true, action: "install sandbox" });
    expect(await named(health, "disk")).toMatchObject({ action: null });
  });

  it("says where a setting stands above a variable", async () => {
    const env = { CAMBRIAN_SANDBOX: "none" };
    const { health } = made({ env, settings: { sandbox: "landlock" } });
    expect((await named(health, "sandbox"))!.detail).toMatch(/settings, which stands above CAMBRIAN_SANDBOX/);
    expect((await named(health, "interpreter"))!.detail).toBe("interpreter is fine");
  });

  it("is remembered until it is asked for afresh, or settings or environment changed", async () => {
    const { health, doctor, refresh, change } = made({});
    await health.check(false);
    await Promise.all([health.check(false), health.check(false)]);
    expect(doctor).toHaveBeenCalledTimes(1);
    await health.check(true);
    expect(refresh).toHaveBeenCalledOnce();
    expect(doctor).toHaveBeenCalledTimes(2);
    change({ device: "cpu" });
    await health.check(false);
    expect(doctor).toHaveBeenCalledTimes(3);
    health.forget();
    await health.check(false);
    expect(doctor).toHaveBeenCalledTimes(4);
  });

  it("tells of the GPUs, and of a driver that does not answer", async () => {
    const two = made({ gpus: async () => ["NVIDIA A, 80000 MiB, driver 1"] });
    expect(await named(two.health, "gpu")).toMatchObject({
      ok: true,
      detail: "NVIDIA A, 80000 MiB, driver 1",
    });
    const broken = made({
      gpus: async () => {
        throw new Error("nvidia-smi ended with code 9");
      },
    });
    expect(await named(broken.health, "gpu")).toMatchObject({
      ok: false,
      fix: expect.stringMatching(/driver/),
    });
  });
});
