/** The service over a program that does what the test says: no training, no models. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Campaign, Experiment } from "../../shared/domain.ts";
import { PROCEDURES } from "../../shared/procedures.ts";
import { TOPICS } from "../../shared/topics.ts";
import { createArchive, isHeld, openReader } from "../archive/index.ts";
import { campaign, experiment, programOf, rungScore, snapshot } from "../hosts/cli/fixtures.ts";
import {
  type CampaignHandle,
  type CampaignListener,
  type CampaignSnapshot,
  ProgramError,
  type ProgramOptions,
} from "../program.ts";
import type { Service } from "../server/service.ts";
import { createService } from "./index.ts";
import { now, until } from "./testing/read.ts";

const signal = new AbortController().signal;
let home: string;
let service: Service;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "cambrian-service-"));
});
afterEach(async () => {
  await service.close();
  rmSync(home, { recursive: true, force: true });
});

/** A campaign that runs as long as the test lets it. */
function scripted(experiments: Experiment[] = []) {
  const listeners = new Set<CampaignListener>();
  const { promise: done, resolve } = Promise.withResolvers<CampaignSnapshot>();
  const orders: string[] = [];
  let taken = snapshot(experiments, { campaign: { ...campaign, state: "running", reason: null } });
  const end = (state: Campaign["state"], reason: string) => {
    taken = { ...taken, campaign: { ...taken.campaign, state, reason }, tasks: {} };
    resolve(taken);
  };
  const handle: CampaignHandle = {
    snapshot: () => taken,
    onChange: () => () => {},
    listen(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    pauseAfterStep: () => void orders.push("step"),
    pauseNow() {
      orders.push("now");
      end("paused", "Paused at once.");
    },
    stop() {
      orders.push("stop");
      end("finished", "stopped");
    },
    done,
  };
  return {
    handle,
    orders,
    end,
    tell: (call: (l: CampaignListener) => void) => listeners.forEach(call),
    set: (change: Partial<CampaignSnapshot>) => {
      taken = { ...taken, ...change };
    },
  };
}

function stored(path: string, experiments: Experiment[] = [], state: Campaign["state"] = "running") {
  const archive = createArchive(path);
  archive.createCampaign({ ...campaign, state });
  for (const e of experiments)
    archive.commit({
      campaignId: campaign.id,
      experiment: e,
      event: { type: "archived", data: { name: e.name } },
    });
  return archive;
}

async function serve(handle: CampaignHandle | Error, asked: ProgramOptions[] = []) {
  const begin = async () => {
    if (handle instanceof Error) throw handle;
    return handle;
  };
  service = await createService({
    ...{ env: {}, home, host: "web", demo: join(home, "none.sqlite") },
    open: async (options) => {
      asked.push(options);
      return programOf({
        run: begin,
        resume: begin,
        reader: openReader,
        isHeld: async (path) => isHeld(path),
      });
    },
  });
  return service.procedures;
}

const archive = () => join(home, "demo.sqlite");
const begin = (procedures: Service["procedures"]) => procedures["campaigns.demo"]({}, signal);

it("serves every procedure and every topic of the contract, and no other", async () => {
  const procedures = await serve(scripted().handle);
  expect(Object.keys(procedures).sort()).toEqual(Object.keys(PROCEDURES).sort());
  for (const name of Object.keys(TOPICS)) expect(service.topic(name)?.read(null), name).not.toBeNull();
  for (const name of ["terminal/none", "toString", "terminal/", ""]) expect(service.topic(name)).toBeNull();
});

describe("a campaign", () => {
  it("is one at a time; orders may become stricter, and the state tells them", async () => {
    stored(archive()).close();
    const run = scripted();
    const procedures = await serve(run.handle);
    await expect(procedures["campaigns.stop"]({}, signal)).rejects.toMatchObject({ code: "not_running" });
    const both = await Promise.allSettled([begin(procedures), begin(procedures)]);
    expect(both.map((b) => b.status)).toEqual(["fulfilled", "rejected"]);
    await expect(begin(procedures)).rejects.toMatchObject({
      code: "busy",
      message: '"Test" is running. One campaign runs at a time.',
    });
    await procedures["campaigns.pause"]({ when: "step" }, signal);
    await until(service, "live", (state) => state?.ending === "step");
    await procedures["campaigns.stop"]({}, signal);
    expect(run.orders).toEqual(["step", "stop"]);
    const last = await until(service, "live", (state) => state?.campaign.state === "finished");
    expect(last!.ending).toBeNull();
    expect(now(service, "notices")).toEqual([]); // it was asked for
    await expect(procedures["campaigns.stop"]({}, signal)).rejects.toMatchObject({ code: "not_running" });
  });

  it("that cannot be begun leaves the way free, with the program's own error", async () => {
    const procedures = await serve(new ProgramError("archive", "locked", "It is in use.", "Wait."));
    await expect(begin(procedures)).rejects.toMatchObject({ code: "locked", fix: "Wait." });
    await expect(begin(procedures)).rejects.toMatchObject({ code: "locked" });
  });

  it("tells a new best and how it ended, and only what the settings ask for", async () => {
    const [first, second] = [0.4, 0.6].map((fitness, i) =>
      experiment(i, { scores: [rungScore("screen", 0.1 * i, 0.01, fitness)] }),
    ) as [Experiment, Experiment];
    stored(archive(), [first, second]).close();
    const run = scripted([first]);
    const procedures = await serve(run.handle);
    const { archive: id } = await begin(procedures);
    run.set({ experiments: [first, second] });
    const event = { seq: 9, experimentId: second.id, type: "archived", data: {} };
    run.tell((l) => l.onEvent?.(event));
    const live = await until(service, "live", (state) => state?.leaderboard.length === 2);
    expect(live!.leaderboard.map((c) => c.name)).toEqual(["Mixer1", "Mixer0"]);
    expect(now(service, "notices")).toMatchObject([
      { kind: "best", route: `#/experiment/${id}/${second.id}` },
    ]);
    const { notifications } = await procedures["settings.get"]({}, signal);
    await procedures["settings.set"]({ notifications: { ...notifications, failed: false } }, signal);
    run.end("failed", "Something broke.");
    await until(service, "live", (state) => state?.campaign.state === "failed");
    expect(now(service, "notices")).toHaveLength(1);
  });

  it("that is resumed begins its feed with what happened before, and nothing comes twice", async () => {
    const known = experiment(0, { scores: [rungScore("screen", 0.1, 0.01, 0.4)] });
    const writer = stored(archive(), [known]);
    const later = { ...known, updatedAt: "2026-01-02T00:00:00Z" };
    const run = scripted([known]);
    const procedures = await serve(run.handle);
    await begin(procedures);
    const event = { type: "promote", data: { rung: 1, decidedAt: 1 } };
    const seq = writer.commit({ campaignId: campaign.id, experiment: later, event });
    run.tell((l) => l.onEvent?.({ seq, experimentId: known.id, ...event }));
    const feed = await until(service, "feed", (items) => items.length >= 2);
    expect(feed.map((item) => item.text)).toEqual(["archived: gain +0.100 ± 0.010", "goes on to confirm."]);
    writer.close();
  });

  it("is paused when the service closes, and is begun under the settings' interpreter", async () => {
    stored(archive()).close();
    // An archive that the list reads: the program is open before the setting is made.
    stored(join(home, "archive.sqlite"), [], "finished").close();
    const run = scripted();
    const asked: ProgramOptions[] = [];
    const procedures = await serve(run.handle, asked);
    await procedures["archives.list"]({}, signal);
    expect(asked).toHaveLength(1);
    await procedures["settings.set"]({ python: "/opt/python" }, signal);
    await begin(procedures);
    expect(asked.at(-1)!.env.CAMBRIAN_PYTHON).toBe("/opt/python");
    await procedures["settings.set"]({ python: "/opt/other" }, signal);
    await procedures["archives.list"]({}, signal);
    expect(asked.at(-1)!.env.CAMBRIAN_PYTHON).toBe("/opt/python"); // not while it runs
    await service.close();
    expect(run.orders).toEqual(["now"]);
  });
});

describe("a campaign of another time", () => {
  it("that is stored as running was interrupted, unless another process holds the archive", async () => {
    const writer = stored(join(home, "archive.sqlite"));
    const procedures = await serve(scripted().handle);
    const live = async () => (await procedures["campaigns.list"]({}, signal)).map((c) => c.live);
    expect(await live()).toEqual(["elsewhere"]);
    writer.close();
    expect(await live()).toEqual(["interrupted"]);
  });
});

it("a terminal can be read while its job runs and after it", async () => {
  const asked: ProgramOptions[] = [];
  stored(archive()).close();
  const procedures = await serve(scripted([experiment(0)]).handle, asked);
  await begin(procedures);
  const ended = Promise.withResolvers<void>();
  const bytes = Buffer.from("step 1\r\n");
  const terminal = { snapshot: (from = 0) => ({ from, bytes, to: bytes.length }), subscribe: () => () => {} };
  const job = `${experiment(0).id}-v1-screen`;
  asked.at(-1)!.onTerminal!(job, terminal, ended.promise);
  expect(now(service, "terminals")).toMatchObject([
    { id: job, title: "Mixer0, screen, version 1", live: true },
  ]);
  ended.resolve();
  await until(service, "terminals", (all) => all.every((t) => !t.live));
  expect(Buffer.from(now(service, `terminal/${job}`), "base64").toString()).toBe("step 1\r\n");
});
