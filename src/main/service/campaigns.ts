/** Campaigns: which there are, and how one is begun, resumed, paused and stopped. */
import { join, resolve } from "node:path";
import type { CampaignRow } from "../../shared/campaigns.ts";
import type { Procedures } from "../../shared/procedures.ts";
import type { RunRequest } from "../program.ts";
import { requestOf } from "../requests.ts";
import { CallFailure } from "../server/service.ts";
import type { Context } from "./context.ts";
import type { Runner } from "./runner.ts";

type Needs = Pick<Context, "home" | "archives" | "settings" | "program">;
type Served = Pick<
  Procedures,
  | "campaigns.list"
  | "campaigns.start"
  | "campaigns.demo"
  | "campaigns.resume"
  | "campaigns.pause"
  | "campaigns.stop"
>;

const DEMO_EXPERIMENTS = 8;

/** @param estimated what the wizard shows for a form; a campaign is begun without it where it cannot be had */
export function campaignProcedures(
  ctx: Needs,
  runner: Runner,
  estimated: Procedures["campaigns.estimate"],
): Served {
  const { archives } = ctx;

  async function rowsOf(id: string): Promise<CampaignRow[]> {
    const { path, origin } = archives.get(id);
    const own = runner.running();
    const archiveName = origin === "demo" ? "Demo" : path.split(/[\\/]/).at(-1)!;
    const rows = await archives.read(id, (reader) => reader.campaignRows());
    // Asked only where it matters: a lock is looked at, not taken.
    const open = rows.some((r) => r.campaign.state === "running" && r.campaign.id !== own?.campaign);
    const elsewhere = open && own?.archive !== id && (await (await ctx.program()).isHeld(path));
    return rows.map(({ campaign, ...counts }) => {
      const running = own?.archive === id && own.campaign === campaign.id;
      const left = elsewhere ? "elsewhere" : "interrupted";
      const live = running ? "running" : campaign.state === "running" ? left : campaign.state;
      return { archive: id, archiveName, campaign, live, ...counts, estimate: campaign.estimate ?? null };
    });
  }

  return {
    "campaigns.list": async () => {
      const all: CampaignRow[] = [];
      for (const { id } of archives.known()) all.push(...(await rowsOf(id).catch(() => []))); // archives.list says why one cannot be read
      return all.sort((a, b) => b.campaign.createdAt.localeCompare(a.campaign.createdAt));
    },

    "campaigns.start": async (form, signal) => {
      const path = form.archive === null ? join(ctx.home, "archive.sqlite") : resolve(ctx.home, form.archive);
      const estimate = runner.running() ? undefined : await estimated(form, signal).catch(() => undefined);
      const request = requestOf(form, path, ctx.settings.get().workers);
      return runner.begin(path, (program) => program.run({ ...request, estimate }), signal);
    },

    "campaigns.demo": (_, signal) => {
      const path = join(ctx.home, "demo.sqlite");
      const request: RunRequest = {
        ...{ preset: "smoke", archive: path, seed: 1, researcher: "grammar", name: "Demo" },
        experiments: DEMO_EXPERIMENTS,
      };
      return runner.begin(path, (program) => program.run(request), signal);
    },

    "campaigns.resume": ({ archive, campaign, experiments, wallSeconds }, signal) => {
      const { path, origin } = archives.get(archive);
      if (origin === "demo")
        throw new CallFailure(
          "read_only",
          "The demo archive comes with Cambrian and is not written to.",
          "Begin a campaign of your own.",
        );
      const { workers } = ctx.settings.get();
      const request = {
        ...{ archive: path, campaign },
        ...(experiments !== null && { experiments }),
        ...(wallSeconds !== null && { wallSeconds }),
        ...(workers !== null && { workers }),
      };
      return runner.begin(path, (program) => program.resume(request), signal);
    },

    "campaigns.pause": async ({ when }) => {
      runner.end(when);
      return { ok: true };
    },

    "campaigns.stop": async () => {
      runner.end("stop");
      return { ok: true };
    },
  };
}
