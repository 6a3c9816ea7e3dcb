/** What every part of the service works with. `index.ts` makes it; tests make their own. */

import type {
  DeviceSample,
  FeedItem,
  LiveState,
  Notice,
  SetupState,
  Speech,
  TerminalInfo,
} from "../../shared/live.ts";
import type { Settings, SettingsPatch } from "../../shared/settings.ts";
import type { SetupProgress } from "../interfaces.ts";
import type { Program, ProgramOptions } from "../program.ts";
import type { LogSource, StateSource } from "../server/sources.ts";
import type { Archives } from "./archives.ts";
import type { Curves } from "./curves.ts";
import type { Terminals } from "./terminals.ts";

export type HostName = "electron" | "web";

/** Keys that the host keeps. A value goes in, and is read only where a request is sent. */
export interface Secrets {
  get(name: string): string | null;
  /** An empty value forgets it. */
  set(name: string, value: string): void;
  readonly canStore: boolean;
}

export interface ServiceOptions {
  env: NodeJS.ProcessEnv;
  /** The data folder. */
  home: string;
  host: HostName;
  secrets?: Secrets;
  /** An archive to show beside the ones that are known; it is added to the recent ones. */
  archive?: string;
  /** The demo archive, in place of the one that comes with Cambrian; for tests. */
  demo?: string;
  /** How a program is opened; for tests. */
  open?: (options: ProgramOptions) => Promise<Program>;
}

/** desktop.json in the data folder: the settings, and the archives that were opened before. */
export interface SettingsStore {
  /** What was wrong with the file when it was read; null when all was well. */
  problem: string | null;
  get(): Settings;
  set(patch: SettingsPatch): Settings;
  /** Paths of archives, newest first. */
  recent(): string[];
  setRecent(paths: string[]): void;
}

export interface Topics {
  live: StateSource<LiveState | null>;
  feed: LogSource<FeedItem>;
  speech: StateSource<Speech[]>;
  curves: Curves;
  device: LogSource<DeviceSample>;
  terminals: StateSource<TerminalInfo[]>;
  setup: StateSource<SetupState>;
  notices: LogSource<Notice>;
  changes: StateSource<Record<string, number>>;
}

export interface SetupListener {
  progress(progress: SetupProgress): void;
  failed(error: unknown): void;
}

export interface Context {
  readonly home: string;
  readonly host: HostName;
  /** The environment as the host was started with it. */
  readonly env: NodeJS.ProcessEnv;
  /** The environment as a program gets it: with the interpreter, the sandbox and the device that the settings name. */
  programEnv(): NodeJS.ProcessEnv;
  readonly secrets: Secrets;
  readonly settings: SettingsStore;
  readonly archives: Archives;
  readonly topics: Topics;
  /** What `terminals` and `terminal/<id>` show. */
  readonly terminals: Terminals;
  /**
   * The program, opened when it is first asked for, and again when the settings or the keys that it was opened with have
   * changed and no campaign runs. Do not keep it: ask each time. Never close it.
   */
  program(): Promise<Program>;
  /** The next call of `program` opens a new one, unless a campaign runs: after the Python environment has changed. */
  refresh(): void;
  /** Progress of building the Python environment, whoever began it. */
  onSetup(listener: SetupListener): () => void;
  /** The campaign that this program runs now. */
  running(): { archive: string; campaign: string; name: string } | null;
}
