import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { SetupState } from "../../shared/live.ts";
import { stateSource } from "../server/sources.ts";
import type { Topics } from "./context.ts";
import { diagnosticsProcedures, redacted } from "./diagnostics.ts";
import { openSettings } from "./settings.ts";
import { IDLE } from "./setup.ts";

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "cambrian-diagnostics-"));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

const PLANTED = [
  "env-secret-value-1",
  "stored-key-value-2",
  "sk-proj-abcdefghijklmnop3456",
  "hf_abcdefghijklmnopqrst",
  "plain-token-in-a-url",
  "hunter2-of-the-proxy",
  "bearer-token-value-9",
  'quoted"secret\\value',
  "0123456789abcdef0123456789abcdef",
];

describe("the bundle", () => {
  it("holds nothing of what was planted, and the home folder as ~", async () => {
    const data = join(home, "data");
    mkdirSync(join(data, "python"), { recursive: true });
    writeFileSync(
      join(data, "python", "build.log"),
      `Looking in indexes: https://me:${PLANTED[5]}@pypi.example/simple\nCollecting torch==2.13.0\n`,
    );
    const settings = openSettings(data);
    settings.set({ python: join(home, "venv/bin/python") });
    const env = {
      ...{ HOME: home, PATH: "/bin", OPENAI_API_KEY: PLANTED[0], CAMBRIAN_DEVICE: "cpu" },
      // A key in a variable whose name does not say so: an endpoint names it.
      CAMBRIAN_LAB: PLANTED[8],
      ...{ CAMBRIAN_LLM_API_KEY: PLANTED[2], MY_PASSWORD: PLANTED[7], CAMBRIAN_HOME: data },
    };
    const secrets = {
      get: (name: string) => (name === "MINE" ? PLANTED[1]! : null),
      set: () => {},
      canStore: true,
    };
    const log = [
      `HTTP 401: the key ${PLANTED[0]} is wrong, not ${PLANTED[1]} or ${PLANTED[2]}`,
      `token ${PLANTED[3]} at http://127.0.0.1:7411/?token=${PLANTED[4]}`,
      `Authorization: Bearer ${PLANTED[6]}`,
      `password was ${PLANTED[7]}, and another ${PLANTED[8]}`,
    ];
    const health = async () => [
      { name: "disk", ok: false, detail: `no room in ${data}`, fix: null, action: null },
    ];
    const topics = { setup: stateSource<SetupState>(IDLE) } as Topics;
    const made = diagnosticsProcedures({
      ...{ ctx: { home: data, host: "web", env, settings, secrets, topics }, health },
      ...{ log: () => log, keyNames: () => ["MINE", "CAMBRIAN_LAB"] },
    });
    const { filename, text } = await made["diagnostics.bundle"]({}, new AbortController().signal);
    expect(filename).toMatch(/^cambrian-diagnostics-[\dT-]+\.json$/);
    for (const secret of PLANTED) {
      expect(text).not.toContain(secret);
      expect(text).not.toContain(JSON.stringify(secret).slice(1, -1));
    }
    expect(text).not.toContain(home);
    const report = JSON.parse(text);
    expect(report).toMatchObject({
      ...{ host: "web", home: "~/data", environment: { CAMBRIAN_DEVICE: "cpu" } },
      settings: { python: "~/venv/bin/python", views: 0 },
      health: [{ name: "disk", detail: "no room in ~/data" }],
    });
    expect(report.installer).toContain("Collecting torch==2.13.0");
    expect(report.presets).toContain("cpu");
    expect(report.log[0]).toMatch(/HTTP 401: the key/);
  });

  it("is there also where the checks fail", async () => {
    const topics = { setup: stateSource<SetupState>(IDLE) } as Topics;
    const secrets = { get: () => null, set: () => {}, canStore: false };
    const made = diagnosticsProcedures({
      ctx: { home, host: "web", env: {}, settings: openSettings(home), secrets, topics },
      health: async () => {
        throw new Error("no program");
      },
      ...{ log: () => [], keyNames: () => [] },
    });
    const { text } = await made["diagnostics.bundle"]({}, new AbortController().signal);
    expect(JSON.parse(text).health).toBe("The checks failed: no program");
  });
});

it("words that only sound secret stay", () => {
  const text = "41 tokens, keyboard, the key to it; tokensPerSecond: 12";
  expect(redacted(text, ["short"], "/home/me")).toBe(text);
});
