/** The campaign that this program runs: begun, followed for the live topics, and ended. One at a time. */
import type { Experiment } from "../../shared/domain.ts";
import type { FeedItem, LiveState } from "../../shared/live.ts";
import type { Card } from "../../shared/views.ts";
import type { CampaignHandle, Program, StoredEvent } from "../program.ts";
import { CallFailure } from "../server/service.ts";
import type { Context } from "./context.ts";
import { feedItem } from "./feed.ts";
import { baselineName, liveState, ranking } from "./live.ts";
import { bestNotice, endNotice } from "./notices.ts";
import { type Positions, track } from "./progress.ts";
import { createSpeech } from "./speech.ts";
import { throttled } from "./throttled.ts";

const LIVE_MS = 200;
const HEARTBEAT_MS = 1000;
const LEADERBOARD_MS = 300;
/** Cards of the leaderboard. */
const LEADERS = 20;
/** Events of an earlier time that the feed begins with. */
const HISTORY = 200;
/** Stored every few seconds, for budgets; nothing of it is news. */
const SILENT = new Set(["progress", "opened", "novel"]);
/** Events after which the leaderboard is another. */
const RANKS = new Set(["archived", "promoted", "promotion-scored", "promotion-failed"]);

type Ending = NonNullable<LiveState["ending"]>;

interface Running {
  archive: string;
  handle: CampaignHandle;
  ending: Ending | null;
}

export interface Runner {
  running(): ReturnType<Context["running"]>;
  /** Whether one runs, or is being begun. */
  isBusy(): boolean;
  /** Begins or resumes a campaign in the archive at `path`. @throws CallFailure busy */
  begin(
    path: string,
    open: (program: Program) => Promise<CampaignHandle>,
    signal: AbortSignal,
  ): Promise<{ archive: string; campaign: string }>;
  /** @throws CallFailure not_running */
  end(how: Ending): void;
  /** What a job is, for a person. */
  titleOf(job: string): string;
  /** Pauses what runs, and waits for it. */
  close(): Promise<void>;
}

type Needs = Pick<Context, "archives" | "topics" | "settings" | "program"> & {
  touched(archive: string): void;
  /** A line for a bug report. */
  say(line: string): void;
};

export function createRunner(ctx: Needs): Runner {
  const { archives, topics, settings, touched, say } = ctx;
  let current: Running | null = null;
  let beginning = false;
  let closing = false;
  const speech = createSpeech(topics.speech);
  const told = new Set<string>();

  const named = () => current?.handle.snapshot().campaign.name;

  function notify(notice: ReturnType<typeof endNotice>): void {
    if (notice && settings.get().notifications[notice.kind]) topics.notices.push(notice);
  }

  /**
   * The campaign's items of the feed: what happened before it was followed comes first, once a session, and what happens
   * meanwhile waits for it.
   */
  function feedOf(
    archive: string,
    handle: CampaignHandle,
  ): (item: FeedItem | null, seq: number | null) => void {
    const { campaign, experiments } = handle.snapshot();
    const earlier = !told.has(campaign.id);
    told.add(campaign.id);
    let waiting: FeedItem[] | null = [];
    let first = Number.POSITIVE_INFINITY;
    const byId = new Map(experiments.map((e) => [e.id, e]));
    const fill = async () => {
      const events = await archives.read(archive, (reader) => reader.lastEvents(campaign.id, HISTORY));
      const before = events.filter((e) => e.seq < first && (earlier || e.type === "resumed"));
      const items = (earlier ? before : before.slice(-1)).flatMap(
        (e) =>
          feedItem(e, e.experimentId === null ? null : (byId.get(e.experimentId) ?? null), campaign) ?? [],
      );
      topics.feed.push(...items);
    };
    void fill()
      .catch(() => {}) // the past is in the archive; the feed goes on without it
      .then(() => {
        topics.feed.push(...waiting!);
        waiting = null;
      });
    return (item, seq) => {
      if (seq !== null) first = Math.min(first, seq);
      if (!item) return;
      if (waiting) waiting.push(item);
      else topics.feed.push(item);
    };
  }

  function follow(archive: string, handle: CampaignHandle): void {
    const running: Running = { archive, handle, ending: null };
    current = running;
    const positions: Positions = new Map();
    let leaderboard: Card[] = [];
    let best = ranking(handle.snapshot().experiments, 1)[0] ?? null;
    speech.clear();
    topics.curves.clear();
    const tell = feedOf(archive, handle);

    const show = () => {
      if (current !== null && current !== running) return; // a late word of one that has made way
      const snapshot = handle.snapshot();
      // That it has ended is told once its archive is closed and another may be begun.
      if (current === running && snapshot.campaign.state !== "running") return;
      for (const task of [...positions.keys()])
        if (!(task in snapshot.tasks)) {
          positions.delete(task);
          topics.curves.drop(task);
        }
      const heartbeat = new Date().toISOString();
      const { ending } = running;
      topics.live.set(liveState(snapshot, { archive, ending, positions, leaderboard, heartbeat }));
    };
    const soon = throttled(LIVE_MS, show);
    const heartbeat = setInterval(soon, HEARTBEAT_MS);
    heartbeat.unref();

    const rank = throttled(LEADERBOARD_MS, async () => {
      const ids = ranking(handle.snapshot().experiments, LEADERS);
      try {
        leaderboard = await archives.read(archive, (reader) => reader.cards(ids));
        soon();
      } catch {
        // The next score brings another try; the figures in the archive are whole.
      }
    });

    const subjectOf = (id: string | null): Experiment | null =>
      id === null ? null : (handle.snapshot().experiments.find((e) => e.id === id) ?? null);

    function onEvent({ seq, type, experimentId, data }: StoredEvent): void {
      if (SILENT.has(type)) {
        tell(null, seq);
        return;
      }
      touched(archive);
      const { campaign } = handle.snapshot();
      const item = feedItem({ type, at: new Date().toISOString(), data }, subjectOf(experimentId), campaign);
      tell(item, seq);
      if (!RANKS.has(type)) return;
      rank();
      const leader = ranking(handle.snapshot().experiments, 1)[0] ?? null;
      if (leader !== null && best !== null && leader !== best)
        notify(bestNotice(archive, campaign, subjectOf(leader)!));
      best = leader;
    }

    const stop = handle.listen({
      onEvent,
      onJob(id, event, task) {
        track(positions, task, event, Date.now());
        if (event.type !== "step") return;
        const name = subjectName(id, task);
        topics.curves.add(task, { experimentId: id, name, run: event.run }, event.step, event.loss);
      },
      onSpeech: (event) => speech.hear(event),
      onDiagram() {
        touched(archive);
        rank();
      },
      onClose: () => archives.release(archive),
      onChange: soon,
    });
    // Looked up at every step of a training: an experiment is proposed, and has its name, before it is trained.
    const names = new Map<string, string>();
    function subjectName(id: string | null, task: string): string {
      const known = names.get(task);
      if (known !== undefined) return known;
      const name = subjectOf(id)?.name ?? baselineName(task) ?? task;
      names.set(task, name);
      return name;
    }

    say(`Campaign ${handle.snapshot().campaign.id} runs.`);
    rank();
    soon();
    void handle.done
      .catch(() => null)
      .then((last) => {
        stop();
        clearInterval(heartbeat);
        positions.clear();
        speech.clear();
        const ordered = running.ending !== null || closing;
        if (current === running) current = null;
        running.ending = null;
        say(last ? `Campaign ${last.campaign.state}: ${last.campaign.reason}` : "The campaign broke off.");
        if (last) notify(endNotice(archive, last.campaign, last.experiments.length, ordered));
        show();
        touched(archive);
      });
  }

  function busy(): CallFailure {
    const name = named();
    const what = name ? `"${name}" is running.` : "Another campaign is just being begun.";
    return new CallFailure("busy", `${what} One campaign runs at a time.`, "Pause or stop it first.");
  }

  return {
    running() {
      if (!current) return null;
      const { id, name } = current.handle.snapshot().campaign;
      return { archive: current.archive, campaign: id, name };
    },

    isBusy: () => current !== null || beginning,

    async begin(path, open, signal) {
      // Before it counts as busy: until then the program is opened anew when the settings ask for another.
      const program = await ctx.program();
      if (current || beginning) throw busy();
      beginning = true;
      try {
        const handle = await open(program);
        try {
          // Nobody waits for it any more: it is stored, and can be resumed.
          if (closing || signal.aborted)
            throw new CallFailure(
              "cancelled",
              "The start was given up. The campaign is paused.",
              "Resume it.",
            );
          const archive = archives.remember(path);
          void archives.release(archive); // It may be a new file, or have been brought to this version.
          follow(archive, handle);
          return { archive, campaign: handle.snapshot().campaign.id };
        } catch (error) {
          // A campaign that nobody follows would train on, and hold its archive.
          current = null;
          handle.pauseNow();
          await handle.done.catch(() => {});
          throw error;
        }
      } catch (error) {
        say(`No campaign was begun: ${error instanceof Error ? error.message : String(error)}`);
        throw error;
      } finally {
        beginning = false;
      }
    },

    end(how) {
      if (!current) throw new CallFailure("not_running", "No campaign is running.", null);
      // An order may become stricter, not milder.
      const strength: Ending[] = ["step", "now", "stop"];
      if (current.ending === null || strength.indexOf(how) > strength.indexOf(current.ending))
        current.ending = how;
      if (how === "step") current.handle.pauseAfterStep();
      else if (how === "now") current.handle.pauseNow();
      else current.handle.stop();
      const { value } = topics.live;
      if (value) topics.live.set({ ...value, ending: current.ending });
    },

    titleOf(job) {
      const baseline = /^baseline-.*-w([\d.]+)-s(\d+)-[0-9a-f]{8}-([a-z0-9-]+)$/.exec(job);
      if (baseline) return `Baseline ${baseline[1]}×, seed ${baseline[2]}, ${baseline[3]}`;
      const of = /^([0-9a-f-]{36})-v(\d+)-([a-z0-9-]+)$/.exec(job);
      const e = of && current?.handle.snapshot().experiments.find(({ id }) => id === of[1]);
      if (!of || !e) return "Measurement";
      const name = e.code === "" ? `Experiment ${e.index}` : e.name;
      return `${name}, ${of[3]}${of[2] === "0" ? "" : `, version ${of[2]}`}`;
    },

    async close() {
      closing = true;
      const { handle } = current ?? {};
      handle?.pauseNow();
      await handle?.done.catch(() => {});
    },
  };
}
