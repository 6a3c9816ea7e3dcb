import { describe, expect, it, vi } from "vitest";
import type { SetupState, TerminalInfo } from "../../shared/live.ts";
import type { PythonEnvironment, SetupProgress } from "../interfaces.ts";
import { stateSource } from "../server/sources.ts";
import { type EnsureOptions, SetupError } from "../trainer/index.ts";
import type { SetupListener, Topics } from "./context.ts";
import { createSetup, IDLE } from "./setup.ts";
import { createTerminals } from "./terminals.ts";

const MADE: PythonEnvironment = {
  ...{ python: "/p", origin: "built", version: "3.11.9", torch: "2.13.0", cuda: false },
};
const signal = new AbortController().signal;

function made(build: (options: EnsureOptions) => Promise<PythonEnvironment>, running: string | null = null) {
  const setup = stateSource<SetupState>(IDLE);
  const list = stateSource<TerminalInfo[]>([]);
  const terminals = createTerminals(list);
  const followers = new Set<SetupListener>();
  const [refresh, changed] = [vi.fn(), vi.fn()];
  const states: string[] = [];
  setup.listen(() => states.push(setup.value.state));
  const built = createSetup(
    {
      ...{ home: "/h", programEnv: () => ({ CAMBRIAN_DEVICE: "cpu" }), terminals, refresh },
      topics: { setup } as Topics,
      onSetup(listener) {
        followers.add(listener);
        return () => followers.delete(listener);
      },
      running: () => (running === null ? null : { archive: "a", campaign: "c", name: running }),
    },
    changed,
    build,
  );
  const output = () =>
    Buffer.from(String(terminals.source("setup")?.read(null)?.data ?? ""), "base64").toString();
  return { ...built, setup, list, states, refresh, changed, output, followers };
}
const ended = (s: { setup: { value: SetupState } }) =>
  vi.waitFor(() => expect(s.setup.value.state).not.toBe("running"));

describe("the set-up", () => {
  it("is followed: phases as the state, the installer's lines in a terminal", async () => {
    const s = made(async ({ onProgress, onLine, env }) => {
      expect(env).toEqual({ CAMBRIAN_DEVICE: "cpu" });
      onProgress?.({ phase: "install", message: "Installing torch", download: null });
      onLine?.("Collecting torch==2.13.0");
      onProgress?.({
        phase: "install",
        message: "Installing torch",
        download: { name: "torch", bytes: 5, total: 9 },
      });
      await vi.waitFor(() => expect(s.setup.value.download?.bytes).toBe(5));
      expect(s.list.value).toMatchObject([{ id: "setup", live: true }]);
      return MADE;
    });
    await s.procedures["setup.start"]({}, signal);
    await ended(s);
    expect(s.setup.value).toMatchObject({ state: "done", error: null, download: null });
    expect(s.setup.value.message).toMatch(/torch 2.13.0 is ready/);
    expect(s.output()).toContain("Collecting torch==2.13.0\r\n");
    expect(s.list.value).toMatchObject([{ live: false }]);
    expect(s.refresh).toHaveBeenCalledOnce();
    expect(s.changed).toHaveBeenCalledOnce();
  });

  it("tells a failure with its code and what to do, and can be begun again", async () => {
    let times = 0;
    const s = made(async () => {
      if (times++ === 0) throw new SetupError("disk_full", "(no space)");
      return MADE;
    });
    await s.procedures["setup.start"]({}, signal);
    await ended(s);
    expect(s.setup.value).toMatchObject({ state: "failed", error: { code: "disk_full" } });
    expect(s.setup.value.error!.fix).toMatch(/Free some space/);
    expect(s.output()).toMatch(/disk is full/);
    await s.procedures["setup.start"]({}, signal);
    await vi.waitFor(() => expect(s.setup.value).toMatchObject({ state: "done", error: null }));
  });

  it("runs once however often it is started, and is cancelled as a whole", async () => {
    const build = vi.fn(
      ({ signal: aborted }: EnsureOptions) =>
        new Promise<PythonEnvironment>((_, reject) => {
          aborted!.addEventListener("abort", () => reject(new SetupError("cancelled")));
        }),
    );
    const s = made(build);
    await s.procedures["setup.start"]({}, signal);
    await s.procedures["setup.start"]({}, signal);
    expect(build).toHaveBeenCalledOnce();
    await s.procedures["setup.cancel"]({}, signal);
    expect(s.setup.value).toMatchObject({ state: "cancelled", error: null });
    await s.close();
    expect(s.followers.size).toBe(0);
  });

  it("is refused while a campaign uses the environment", async () => {
    const build = vi.fn(async () => MADE);
    const s = made(build, "Night");
    await expect(s.procedures["setup.start"]({}, signal)).rejects.toMatchObject({
      ...{ code: "busy", message: expect.stringContaining("Night") },
    });
    expect(build).not.toHaveBeenCalled();
  });

  it("shows a build that a campaign began", () => {
    const s = made(async () => MADE);
    const tell = (progress: SetupProgress) => {
      for (const listener of s.followers) listener.progress(progress);
    };
    tell({ phase: "create", message: "Creating", download: null });
    expect(s.setup.value).toMatchObject({ state: "running", phase: "create", message: "Creating" });
    expect(s.setup.value.since).not.toBeNull();
    tell({ phase: "done", message: "Ready", download: null });
    expect(s.setup.value.state).toBe("done");
    expect(s.changed).toHaveBeenCalledOnce();
  });

  it("shows that a campaign's build failed, and can be begun again", async () => {
    const s = made(async () => MADE);
    for (const listener of s.followers) {
      listener.progress({ phase: "create", message: "Creating", download: null });
      listener.failed(new SetupError("network_unreachable"));
    }
    expect(s.setup.value).toMatchObject({
      ...{ state: "failed", error: { code: "network_unreachable", fix: expect.stringMatching(/\w/) } },
    });
    await s.procedures["setup.start"]({}, signal);
    await ended(s);
    expect(s.setup.value.state).toBe("done");
  });
});
