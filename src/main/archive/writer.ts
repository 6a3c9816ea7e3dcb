/** The one writer of an archive. Synchronous: when a call returns, what it stored survives a power cut. */
import { existsSync } from "node:fs";
import { z } from "zod";
import { BaselinePoint, Campaign, Experiment, Promotion } from "../../shared/domain.ts";
import { MixerGraph } from "../../shared/graph.ts";
import type { Archive, Change } from "../interfaces.ts";
import { backup } from "./backup.ts";
import { putCard, setDiscoveries, type Traits, traitsOf } from "./cards.ts";
import { continueCurve, decodeCurve, encodeCurve, encodePreview } from "./curves.ts";
import { ArchiveError, archiveError, guarded } from "./errors.ts";
import { putDiagram, putGraph } from "./graphs.ts";
import { ledgerOf } from "./ledger.ts";
import { lockArchive } from "./lock.ts";
import { migrate } from "./migrate.ts";
import { MIGRATIONS } from "./migrations/index.ts";
import {
  type Connection,
  connect,
  connectChecked,
  create,
  locate,
  prepareFolder,
  prepareWriter,
  quickCheck,
} from "./open.ts";
import * as queries from "./queries.ts";
import {
  baselineRow,
  campaignRow,
  checked,
  experimentRow,
  promotionRow,
  type Row,
  readCampaign,
  scoreRow,
} from "./rows.ts";
import { upsert } from "./upsert.ts";

const Event = z.object({ type: z.string().min(1), data: z.record(z.string(), z.unknown()) });
const Version = z.object({ version: z.number().int().min(0), code: z.string(), why: z.string() });

/** Opens an archive to write in. @throws ArchiveError */
export function openArchive(file: string, migrations: readonly string[] = MIGRATIONS): Archive {
  return guarded(file, () => {
    const path = locate(file);
    connectChecked(path, migrations.length).db.close(); // Before the lock: nothing is put beside a file that is not ours.
    return openLocked(path, lockArchive(path), migrations);
  });
}

/** Makes a new archive, with its missing parent folders. @throws ArchiveError exists, … */
export function createArchive(file: string): Archive {
  return guarded(file, () => {
    const path = prepareFolder(file);
    if (existsSync(path)) create(path); // Says what is in the way, and leaves no lock beside it.
    const unlock = lockArchive(path);
    try {
      create(path);
    } catch (error) {
      unlock();
      throw error;
    }
    return openLocked(path, unlock, MIGRATIONS);
  });
}

export const openOrCreateArchive = (file: string): Archive =>
  existsSync(file) ? openArchive(file) : createArchive(file);

function openLocked(path: string, unlock: () => void, migrations: readonly string[]): Archive {
  let db: Connection | undefined;
  try {
    db = connect(path, "write");
    quickCheck(db, path);
    migrate(db, path, migrations);
    prepareWriter(db, path);
    return archive(path, db, unlock);
  } catch (error) {
    db?.close();
    unlock();
    throw error;
  }
}

/** A closed archive is one file that opens on read-only media too; WAL mode would want to write beside it. */
function restAsOneFile(db: Connection): void {
  try {
    db.pragma("busy_timeout = 0");
    db.pragma("journal_mode = DELETE");
  } catch {
    // Someone is reading, or the disk is full: it stays in WAL mode, which loses nothing.
  }
}

function addEvent(
  db: Connection,
  campaignId: string,
  experimentId: string | null,
  event: Change["event"],
): number {
  const { type, data } = event;
  const info = db
    .prepare("INSERT INTO events (campaign_id, experiment_id, type, at, data) VALUES (?, ?, ?, ?, ?)")
    .run(campaignId, experimentId, type, new Date().toISOString(), JSON.stringify(data));
  return Number(info.lastInsertRowid);
}

function putExperiment(db: Connection, e: Experiment, traits: Traits): boolean {
  let changed = upsert(db, "experiments", ["id"], experimentRow(e));
  e.scores.forEach((score, depth) => {
    changed = upsert(db, "scores", ["experiment_id", "depth"], scoreRow(e.id, depth, score)) || changed;
  });
  const extra = db
    .prepare("DELETE FROM scores WHERE experiment_id = ? AND depth >= ?")
    .run(e.id, e.scores.length);
  putCard(db, e, traits);
  return changed || extra.changes > 0;
}

function putCurves(db: Connection, experimentId: string, curves: NonNullable<Change["curves"]>): boolean {
  let changed = false;
  for (const curve of curves) {
    const stored = db
      .prepare("SELECT steps, losses, aux FROM curves WHERE experiment_id = ? AND run = ?")
      .get(experimentId, curve.run) as { steps: Buffer; losses: Buffer; aux: Buffer | null } | undefined;
    const whole = stored ? continueCurve(decodeCurve(curve.run, stored), curve) : curve;
    const row = { experiment_id: experimentId, run: curve.run, ...encodeCurve(whole) };
    changed = upsert(db, "curves", ["experiment_id", "run"], row) || changed;
  }
  return changed;
}

/** Sequence number of the experiment's last event, if it is the one given. */
function sameAsLast(db: Connection, experimentId: string, event: Change["event"]): number | null {
  const last = db
    .prepare("SELECT seq, type, data FROM events WHERE experiment_id = ? ORDER BY seq DESC LIMIT 1")
    .get(experimentId) as { seq: number; type: string; data: string } | undefined;
  return last && last.type === event.type && last.data === JSON.stringify(event.data) ? last.seq : null;
}

/** Checks a change, names what is wrong with it, and returns it as the contract has it. */
function validated(change: Change): Change & { subject: string | null } {
  const { experiment, promotion, version, curves, log, graph } = change;
  const subject = experiment?.id ?? promotion?.experimentId ?? null;
  const what = subject ? `experiment ${subject}` : `event ${change.event.type}`;
  if (subject === null && (version || curves || graph || log !== undefined))
    throw new ArchiveError(
      "invalid",
      `${what}: a version, a curve, a graph or a log needs its experiment or promotion.`,
      "Nothing was stored. This is a defect of Cambrian: please report it.",
    );
  return {
    ...change,
    subject,
    event: checked(Event, change.event, `The event of ${what}`),
    experiment: experiment && checked(Experiment, experiment, `${what} (${JSON.stringify(experiment.name)})`),
    promotion: promotion && checked(Promotion, promotion, `The promotion of ${what}`),
    version: version && checked(Version, version, `A version of ${what}`),
    graph: graph && checked(MixerGraph, graph, `The graph of ${what}`),
  };
}

function archive(path: string, db: Connection, unlock: () => void): Archive {
  /** One transaction: all of it or nothing. */
  const atomic = <T>(work: () => T): T => guarded(path, () => db.transaction(work).immediate());
  const ask = <T>(work: () => T): T => guarded(path, work);
  const traits = traitsOf(db);
  let backups: Promise<unknown> = Promise.resolve();

  return {
    path,

    createCampaign(campaign) {
      const row = campaignRow(checked(Campaign, campaign, `campaign ${campaign.id}`));
      atomic(() => {
        const stored = db.prepare("SELECT id, record FROM campaigns WHERE id = ?").get(campaign.id) as
          | Row
          | undefined;
        if (stored?.record === row.record) return; // Committed before a crash, and not acknowledged.
        if (stored)
          throw new ArchiveError(
            "exists",
            `The archive already has another campaign ${campaign.id} (${JSON.stringify(readCampaign(stored).name)}).`,
            "Give the new campaign an id of its own.",
          );
        upsert(db, "campaigns", ["id"], row);
        addEvent(db, campaign.id, null, { type: "campaign_created", data: { name: campaign.name } });
      });
    },

    updateCampaign(campaign, event) {
      const row = campaignRow(checked(Campaign, campaign, `campaign ${campaign.id}`));
      checked(Event, event, `The event of campaign ${campaign.id}`);
      atomic(() => {
        if (!db.prepare("SELECT 1 FROM campaigns WHERE id = ?").get(campaign.id))
          throw new ArchiveError(
            "missing",
            `The archive has no campaign ${campaign.id}.`,
            "Create it first.",
          );
        upsert(db, "campaigns", ["id"], row);
        addEvent(db, campaign.id, null, event);
      });
    },

    campaigns: () => ask(() => queries.campaigns(db)),

    commit(given) {
      const { campaignId, subject, experiment, version, promotion, curves, graph, log, event } =
        validated(given);
      return atomic(() => {
        let changed = false;
        if (experiment) changed = putExperiment(db, experiment, traits) || changed;
        if (promotion)
          changed = upsert(db, "promotions", ["experiment_id", "rung"], promotionRow(promotion)) || changed;
        if (version && subject) {
          const code = version.code.toWellFormed();
          const row = {
            experiment_id: subject,
            version: version.version,
            code,
            why: version.why.toWellFormed(),
          };
          changed = upsert(db, "versions", ["experiment_id", "version"], row) || changed;
        }
        if (graph !== undefined && subject) changed = putGraph(db, subject, graph) || changed;
        if (curves && subject) changed = putCurves(db, subject, curves) || changed;
        if (log !== undefined && subject)
          changed =
            upsert(db, "logs", ["experiment_id"], { experiment_id: subject, text: log.toWellFormed() }) ||
            changed;
        // The same step again, after a crash between commit and acknowledgement, is the same event.
        const repeated = subject && !changed ? sameAsLast(db, subject, event) : null;
        return repeated ?? addEvent(db, campaignId, subject, event);
      });
    },

    setDiscoveries: (campaignId, judged) => atomic(() => setDiscoveries(db, campaignId, judged)),

    experiments: (campaignId) => ask(() => queries.experiments(db, campaignId)),
    promotions: (campaignId) => ask(() => queries.promotions(db, campaignId)),
    baseline: (key) => ask(() => queries.baseline(db, key)),

    baselineCurves: (key, at) => ask(() => queries.baselineCurves(db, key, at)),

    putBaseline(key, point, curves) {
      const what = `The baseline at width ${point.width} on rung ${point.rung}`;
      const row = baselineRow(key, checked(BaselinePoint, point, what));
      const { protocol_hash, device, width, rung } = row;
      const place = { protocol_hash, device, width, rung };
      atomic(() => {
        upsert(db, "baselines", Object.keys(place), row);
        for (const { run, steps, losses } of curves) {
          const preview = encodePreview(
            steps,
            losses.map((loss) => loss ?? Number.NaN),
          );
          upsert(db, "baseline_curves", [...Object.keys(place), "run"], { ...place, run, preview });
        }
      });
    },

    putDiagram: (experimentId, drawn) => atomic(() => putDiagram(db, experimentId, drawn)),

    ledger: ledgerOf(db, path),

    backup(file) {
      const next = backups
        .then(() => backup(db, path, file))
        .catch((error) => {
          throw archiveError(error, file);
        });
      backups = next.catch(() => {});
      return next;
    },

    close() {
      if (!db.open) return;
      restAsOneFile(db);
      db.close();
      unlock();
    },
  };
}
