/** What a person sets for the application itself, kept in desktop.json in the data folder. */
import { z } from "zod";

export const SORTS = [
  "fitness",
  "gain",
  "loss",
  "benchmark",
  "params",
  "flops",
  "novelty",
  "newest",
  "name",
  "relevance",
] as const;

/** What the gallery shows. Empty lists and nulls filter nothing. */
export const GalleryFilter = z.object({
  text: z.string().max(400).default(""),
  campaigns: z.array(z.string()).default([]),
  standings: z.array(z.enum(["discovery", "candidate", "running", "rejected", "failed"])).default([]),
  /** Deepest rung reached. */
  rungs: z.array(z.string()).default([]),
  components: z.array(z.string()).default([]),
  tags: z.array(z.string()).default([]),
  researchers: z.array(z.string()).default([]),
  starred: z.boolean().default(false),
  gain: z.enum(["beyond", "within", "worse"]).nullable().default(null),
  params: z.tuple([z.number().nullable(), z.number().nullable()]).default([null, null]),
  parentId: z.string().nullable().default(null),
});
export type GalleryFilter = z.infer<typeof GalleryFilter>;

export const GallerySort = z.object({ by: z.enum(SORTS), descending: z.boolean() });
export type GallerySort = z.infer<typeof GallerySort>;

export const SavedView = z.object({
  id: z.string().max(60),
  name: z.string().min(1).max(80),
  filter: GalleryFilter,
  sort: GallerySort,
  layout: z.enum(["cards", "table"]),
});
export type SavedView = z.infer<typeof SavedView>;

export const Settings = z.object({
  theme: z.enum(["system", "light", "dark"]).default("system"),
  /** Colours of ordered values, and of what carries meaning. */
  palette: z.enum(["viridis", "cividis"]).default("viridis"),
  density: z.enum(["comfortable", "compact"]).default("comfortable"),
  motion: z.enum(["system", "reduced"]).default("system"),
  navigation: z.enum(["wide", "icons"]).default("wide"),
  notifications: z
    .object({
      best: z.boolean().default(true),
      finished: z.boolean().default(true),
      failed: z.boolean().default(true),
      budget: z.boolean().default(true),
    })
    .default({ best: true, finished: true, failed: true, budget: true }),
  /** An interpreter of the user's own; null: CAMBRIAN_PYTHON, else the environment that Cambrian builds. */
  python: z.string().max(4096).nullable().default(null),
  sandbox: z.enum(["auto", "bubblewrap", "landlock", "none"]).default("auto"),
  device: z.enum(["auto", "cpu"]).default("auto"),
  /** Trainings at the same time on a CPU; null: one a core. */
  workers: z.number().int().min(1).max(256).nullable().default(null),
  views: z.array(SavedView).max(100).default([]),
});
export type Settings = z.infer<typeof Settings>;

/** Some fields of the settings; the rest stays as it is. No defaults: a field that is not named is not touched. */
export const SettingsPatch = z
  .object({
    theme: Settings.shape.theme.unwrap(),
    palette: Settings.shape.palette.unwrap(),
    density: Settings.shape.density.unwrap(),
    motion: Settings.shape.motion.unwrap(),
    navigation: Settings.shape.navigation.unwrap(),
    notifications: Settings.shape.notifications.unwrap(),
    python: Settings.shape.python.unwrap(),
    sandbox: Settings.shape.sandbox.unwrap(),
    device: Settings.shape.device.unwrap(),
    workers: Settings.shape.workers.unwrap(),
    views: Settings.shape.views.unwrap(),
  })
  .partial();
export type SettingsPatch = z.infer<typeof SettingsPatch>;
