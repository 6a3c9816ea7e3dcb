/**
 * All that a screen can ask of the program, in one table: the same in every host, checked at run time on the way in and
 * on the way out. A procedure that is not listed cannot be called.
 */
import { z } from "zod";
import * as c from "./campaigns.ts";
import { CognitionEntry } from "./cognition.ts";
import * as l from "./live.ts";
import { Endpoint, LlmSettings } from "./llm.ts";
import { GalleryFilter, GallerySort, Settings, SettingsPatch } from "./settings.ts";
import * as v from "./views.ts";

const nothing = z.object({}).strict();
const ok = z.object({ ok: z.literal(true) });
const one = z.object({ archive: z.string().max(64), id: z.string().max(64) });
const path = z.string().min(1).max(4096);

const procedure = <I extends z.ZodType, O extends z.ZodType>(input: I, output: O, limits: Limits = {}) => ({
  input,
  output,
  ...limits,
});

interface Limits {
  /** Seconds after which the call is given up (default 60). */
  seconds?: number;
}

/** What a cognition entry of the user's own looks like while it waits for review. */
export const CognitionWaiting = z.object({
  id: z.string(),
  file: z.string(),
  title: z.string(),
  scenario: z.string(),
  algorithm: z.string(),
  problems: z.array(z.string()),
  similar: z.array(z.string()),
});
const decided = z.object({
  done: z.array(z.string()),
  left: z.array(z.object({ id: z.string(), reason: z.string() })),
});

/** One file or folder of a picker. */
export const FileEntry = z.object({
  name: z.string(),
  path: z.string(),
  folder: z.boolean(),
  bytes: z.number().nullable(),
});

export const PROCEDURES = {
  // ---- the application
  "app.info": procedure(
    nothing,
    z.object({
      version: z.string(),
      host: z.enum(["electron", "web"]),
      platform: z.string(),
      home: z.string(),
      /** Archive of the demo that comes with Cambrian; null where it is missing. */
      demo: z.string().nullable(),
      /** What was wrong with the settings' file when it was read; null when all was well. */
      problem: z.string().nullable(),
    }),
  ),
  "settings.get": procedure(nothing, Settings),
  "settings.set": procedure(SettingsPatch, Settings),
  /** Health of the machine; `fresh` looks again instead of remembering. */
  "health.check": procedure(z.object({ fresh: z.boolean() }), z.array(l.HealthCheck), { seconds: 600 }),
  /** Interpreters found on this machine. */
  "python.list": procedure(
    nothing,
    z.array(z.object({ path: z.string(), version: z.string(), torch: z.string().nullable() })),
  ),
  "setup.start": procedure(nothing, ok),
  "setup.cancel": procedure(nothing, ok),
  /** Everything a bug report needs, without secrets. */
  "diagnostics.bundle": procedure(nothing, z.object({ filename: z.string(), text: z.string() })),
  /** Folders, and files that end in one of the suffixes: for a picker where the host has none of its own. */
  "files.list": procedure(
    z.object({ folder: path.nullable(), suffixes: z.array(z.string().max(12)).max(8) }),
    z.object({ folder: z.string(), parent: z.string().nullable(), entries: z.array(FileEntry) }),
  ),

  // ---- archives
  "archives.list": procedure(nothing, z.array(v.ArchiveInfo)),
  "archives.open": procedure(z.object({ path }), v.ArchiveInfo),
  /** Takes it off the list; the file stays. */
  "archives.forget": procedure(z.object({ archive: z.string() }), ok),
  "archives.backup": procedure(z.object({ archive: z.string(), to: path }), z.object({ bytes: z.number() }), {
    seconds: 3600,
  }),

  // ---- campaigns
  "campaigns.list": procedure(nothing, z.array(c.CampaignRow)),
  "presets.list": procedure(nothing, z.array(c.PresetChoice)),
  "campaigns.estimate": procedure(c.CampaignForm, c.Estimate),
  /** Trains the baseline for a short while; later estimates rest on it. */
  "campaigns.calibrate": procedure(c.CampaignForm, c.Estimate, { seconds: 600 }),
  "campaigns.start": procedure(c.CampaignForm, z.object({ archive: z.string(), campaign: z.string() }), {
    seconds: 600,
  }),
  /** A small campaign under the smoke protocol, in an archive of its own. */
  "campaigns.demo": procedure(nothing, z.object({ archive: z.string(), campaign: z.string() }), {
    seconds: 600,
  }),
  "campaigns.resume": procedure(
    z.object({
      archive: z.string(),
      campaign: z.string(),
      experiments: z.number().int().min(1).nullable(),
      wallSeconds: z.number().positive().nullable(),
    }),
    z.object({ archive: z.string(), campaign: z.string() }),
    { seconds: 600 },
  ),
  "campaigns.pause": procedure(z.object({ when: z.enum(["step", "now"]) }), ok),
  "campaigns.stop": procedure(nothing, ok),

  // ---- gallery
  "gallery.query": procedure(
    z.object({
      archive: z.string(),
      filter: GalleryFilter,
      sort: GallerySort,
      offset: z.number().int().min(0),
      limit: z.number().int().min(1).max(500),
    }),
    z.object({ total: z.number().int(), cards: z.array(v.Card) }),
  ),
  "gallery.facets": procedure(z.object({ archive: z.string(), filter: GalleryFilter }), v.Facets),
  "marks.set": procedure(one.extend({ marks: v.Marks.partial() }), v.Marks),

  // ---- one experiment
  "experiments.get": procedure(one, v.ExperimentView),
  "experiments.curves": procedure(one, z.array(v.CurvePreview)),
  "experiments.log": procedure(one, z.object({ text: z.string() })),
  "experiments.call": procedure(one.extend({ call: z.string() }), v.CallTexts),
  "experiments.diagram": procedure(one, v.Diagram.nullable()),
  "experiments.export": procedure(
    one.extend({ format: v.ExportFormat }),
    z.object({ filename: z.string(), mime: z.string(), text: z.string() }),
  ),
  "tree.get": procedure(z.object({ archive: z.string(), campaign: z.string() }), v.TreeData),
  "insights.get": procedure(z.object({ archive: z.string(), campaign: z.string() }), v.Insights),

  // ---- cognition
  "cognition.list": procedure(
    z.object({ text: z.string().max(2000), tag: z.string().nullable() }),
    z.object({
      entries: z.array(
        CognitionEntry.extend({ score: z.number().nullable(), own: z.boolean(), used: z.number().int() }),
      ),
      problems: z.array(z.string()),
    }),
  ),
  /** Experiments whose analysis or proposal drew on an entry. */
  "cognition.usage": procedure(
    z.object({ id: z.string() }),
    z.array(z.object({ archive: z.string(), experiment: v.Relative, query: z.string(), score: z.number() })),
  ),
  "cognition.add": procedure(
    z.object({ path }),
    z.object({ waiting: z.array(CognitionWaiting), problems: z.array(z.string()) }),
    { seconds: 3600 },
  ),
  /** A new entry, or one of the user's own changed. */
  "cognition.save": procedure(CognitionEntry, ok),
  "cognition.remove": procedure(z.object({ id: z.string() }), ok),
  "cognition.review": procedure(nothing, z.array(CognitionWaiting)),
  "cognition.decide": procedure(z.object({ id: z.string(), accept: z.boolean() }), decided),

  // ---- language models
  "models.get": procedure(
    nothing,
    z.object({
      settings: LlmSettings.nullable(),
      /** Whether a key is there, by endpoint; never the key. */
      keys: z.record(z.string(), z.enum(["none", "environment", "stored"])),
      local: z.array(z.object({ name: z.string(), baseUrl: z.string(), models: z.array(z.string()) })),
      /** Whether this host can keep secrets. */
      canStore: z.boolean(),
      prices: z.array(z.object({ pattern: z.string(), input: z.number(), output: z.number() })),
    }),
  ),
  "models.set": procedure(z.object({ settings: LlmSettings.nullable() }), ok),
  /** One small request; says what came back and how long it took. */
  "models.test": procedure(
    z.object({ endpoint: Endpoint }),
    z.object({ ok: z.boolean(), message: z.string(), fix: z.string().nullable(), seconds: z.number() }),
    { seconds: 120 },
  ),
  "prices.set": procedure(
    z.object({
      prices: z.array(
        z.object({ pattern: z.string().min(1), input: z.number().min(0), output: z.number().min(0) }),
      ),
    }),
    ok,
  ),
  /** Goes in, and never comes out again. An empty value forgets it. */
  "secrets.set": procedure(
    z.object({ name: z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/), value: z.string().max(4096) }),
    ok,
  ),
} as const;

export type ProcedureName = keyof typeof PROCEDURES;
export type Input<N extends ProcedureName> = z.input<(typeof PROCEDURES)[N]["input"]>;
export type Output<N extends ProcedureName> = z.output<(typeof PROCEDURES)[N]["output"]>;
export type Procedures = {
  [N in ProcedureName]: (
    input: z.output<(typeof PROCEDURES)[N]["input"]>,
    signal: AbortSignal,
  ) => Promise<Output<N>>;
};
