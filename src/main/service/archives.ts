/**
 * The archives that the screens know: the one in the data folder, the demo that comes with Cambrian, and those that were
 * opened before. One that cannot be read is listed with its problem; it never takes the list down.
 */
import { createHash } from "node:crypto";
import { accessSync, constants, existsSync, realpathSync, statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import type { ArchiveInfo } from "../../shared/views.ts";
import type { ArchiveReader } from "../interfaces.ts";
import { resourcesFolder } from "../paths.ts";
import type { Program } from "../program.ts";
import { CallFailure } from "../server/service.ts";
import type { SettingsStore } from "./context.ts";

/** Readers that are kept open, each with a thread. */
const OPEN = 4;
const RECENT = 12;

export interface KnownArchive {
  id: string;
  path: string;
  origin: ArchiveInfo["origin"];
}

export interface Archives {
  /** Those whose file is there, and recent ones whose file has gone. */
  known(): KnownArchive[];
  list(): Promise<ArchiveInfo[]>;
  info(id: string): Promise<ArchiveInfo>;
  /** @throws CallFailure unknown_archive */
  get(id: string): KnownArchive;
  /** Puts a file on the list, at the top of the recent ones, and returns its id. */
  remember(path: string): string;
  forget(id: string): void;
  /**
   * Asks the archive's reader. Readers stay open; one is opened again when its file was replaced, or it has been closed.
   * @throws CallFailure unknown_archive; errors with `code` and `fix` of the archive
   */
  read<T>(id: string, work: (reader: ArchiveReader) => Promise<T>): Promise<T>;
  /** Ids of the archives that are being read and that somebody has written since this was asked the last time. */
  changed(): string[];
  /** Closes the archive's reader, once it has answered; the next question opens the file anew. */
  release(id: string): Promise<void>;
  close(): Promise<void>;
}

/** The real path where the file is there: two names of one file are one archive. */
function located(path: string): string {
  const whole = resolve(path);
  if (existsSync(whole)) return realpathSync(whole);
  return existsSync(dirname(whole)) ? join(realpathSync(dirname(whole)), basename(whole)) : whole;
}

export const archiveId = (path: string): string =>
  createHash("sha256").update(located(path)).digest("hex").slice(0, 12);

/** What tells that another file lies under the same name. */
function identity(path: string): string {
  const { dev, ino } = statSync(path);
  return `${dev}/${ino}`;
}

function size(path: string): number {
  return [path, `${path}-wal`].reduce((sum, file) => sum + (existsSync(file) ? statSync(file).size : 0), 0);
}

/** What tells that an archive was written: a commit goes into the file or its log. */
const stamp = (path: string): string =>
  [path, `${path}-wal`]
    .map((file) => {
      try {
        const found = statSync(file, { throwIfNoEntry: false });
        return found ? `${found.mtimeMs}/${found.size}` : "";
      } catch {
        return ""; // a folder that cannot be looked into, a disk that was pulled
      }
    })
    .join();

function isWritable(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    accessSync(dirname(path), constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/** Errors as a list shows them. */
function problemOf(error: unknown): NonNullable<ArchiveInfo["problem"]> {
  const { code, fix } = (error ?? {}) as { code?: unknown; fix?: unknown };
  return {
    code: typeof code === "string" ? code : "internal",
    message: error instanceof Error ? error.message : String(error),
    fix: typeof fix === "string" ? fix : "Check the file, then open it again.",
  };
}

interface Opened {
  file: string;
  stamp: string;
  reader: Promise<ArchiveReader>;
  /** Questions under way. */
  asked: number;
  /** To be closed once nothing is asked of it. */
  stale: boolean;
  closed: PromiseWithResolvers<void>;
}

export function createArchives(options: {
  home: string;
  settings: Pick<SettingsStore, "recent" | "setRecent">;
  program: () => Promise<Pick<Program, "reader">>;
  /** The demo archive; for tests. */
  demo?: string;
}): Archives {
  const { home, settings, program } = options;
  const standard = join(home, "archive.sqlite");
  const demo = options.demo ?? join(resourcesFolder, "demo", "demo.sqlite");
  const opened = new Map<string, Opened>();
  let closed = false;

  function known(): KnownArchive[] {
    const found = new Map<string, KnownArchive>();
    const add = (file: string, origin: KnownArchive["origin"]) => {
      const path = located(file);
      const id = archiveId(path);
      if (!found.has(id)) found.set(id, { id, path, origin });
    };
    if (existsSync(standard)) add(standard, "default");
    for (const path of settings.recent()) add(path, "recent");
    if (existsSync(demo)) add(demo, "demo");
    return [...found.values()];
  }

  function get(id: string): KnownArchive {
    const found = known().find((a) => a.id === id);
    if (found) return found;
    throw new CallFailure("unknown_archive", "This archive is not on the list.", "Open its file again.");
  }

  async function closeOne(entry: Opened): Promise<void> {
    await entry.reader.then((r) => r.close()).catch(() => {});
    entry.closed.resolve();
  }

  /** Off the list; closed now, or by the last question that is under way. */
  async function drop(id: string): Promise<void> {
    const entry = opened.get(id);
    if (!entry) return;
    opened.delete(id);
    entry.stale = true;
    if (entry.asked === 0) void closeOne(entry);
    await entry.closed.promise;
  }

  function take({ id, path }: KnownArchive): Opened {
    if (closed) throw new Error("Cambrian is closing.");
    const file = existsSync(path) ? identity(path) : "";
    if (opened.get(id)?.file !== file) void drop(id);
    const entry = opened.get(id) ?? {
      ...{ file, stamp: stamp(path) },
      reader: program().then((p) => p.reader(path)),
      ...{ asked: 0, stale: false, closed: Promise.withResolvers<void>() },
    };
    opened.delete(id);
    opened.set(id, entry); // as the one used last
    for (const [other, { asked }] of opened) {
      if (opened.size <= OPEN) break;
      if (asked === 0 && other !== id) void drop(other);
    }
    return entry;
  }

  async function read<T>(id: string, work: (reader: ArchiveReader) => Promise<T>, again = true): Promise<T> {
    const entry = take(get(id));
    entry.asked++;
    try {
      const reader = await entry.reader.catch((error) => {
        if (opened.get(id) === entry) void drop(id); // it may be mended by the next question
        throw error;
      });
      return await work(reader);
    } catch (error) {
      const { code } = error as { code?: unknown };
      if (code !== "closed" && code !== "timeout") throw error;
      if (opened.get(id) === entry) void drop(id);
      if (code === "closed" && again) return await read(id, work, false);
      throw error;
    } finally {
      entry.asked--;
      if (entry.stale && entry.asked === 0) void closeOne(entry);
    }
  }

  async function info(id: string): Promise<ArchiveInfo> {
    const { path, origin } = get(id);
    const about = { id, path, origin, name: origin === "demo" ? "Demo" : basename(path) };
    try {
      const counts = await read(id, (reader) => reader.counts());
      const writable = origin !== "demo" && isWritable(path);
      return { ...about, writable, bytes: size(path), ...counts, problem: null };
    } catch (error) {
      const nothing = { writable: false, bytes: size(path), experiments: 0, campaigns: 0 };
      return { ...about, ...nothing, problem: problemOf(error) };
    }
  }

  return {
    known,
    get,
    info,
    read: (id, work) => read(id, work),
    release: drop,
    async list() {
      const ids = known().map(({ id }) => id);
      const all: ArchiveInfo[] = [];
      while (all.length < ids.length) {
        const next = ids.slice(all.length, all.length + OPEN); // few readers are open at a time
        all.push(...(await Promise.all(next.map(info))));
      }
      return all;
    },
    remember(path) {
      const file = located(path);
      if (file !== located(standard) && file !== located(demo)) {
        const others = settings.recent().filter((p) => located(p) !== file);
        settings.setRecent([file, ...others].slice(0, RECENT));
      }
      return archiveId(file);
    },
    forget(id) {
      void drop(id);
      settings.setRecent(settings.recent().filter((path) => archiveId(path) !== id));
    },
    changed() {
      return known().flatMap(({ id, path }) => {
        const entry = opened.get(id);
        if (!entry) return [];
        const now = stamp(path);
        if (entry.stamp === now) return [];
        entry.stamp = now;
        return [id];
      });
    },
    async close() {
      closed = true;
      const all = [...opened.values()];
      opened.clear();
      await Promise.all(all.map(closeOne));
    },
  };
}
