/** The knowledge base: what papers of the field found, in the words of the symptom that it helps with. */
import { z } from "zod";

export const CognitionEntry = z.object({
  /** Lower-case words with hyphens, unique in the base: "gated-deltanet-decay-and-delta". */
  id: z.string().regex(/^[a-z0-9]+(-[a-z0-9]+)*$/),
  paper: z.object({
    /** arXiv number without version, null for what is not there. */
    arxiv: z
      .string()
      .regex(/^\d{4}\.\d{4,5}$/)
      .nullable(),
    title: z.string().min(1),
    /** "Yang et al." */
    authors: z.string().min(1),
    year: z.number().int().min(1980).max(2100),
  }),
  /** The problem it helps with, phrased as an analyst would phrase a symptom. */
  scenario: z.string().min(40),
  /** The core in a few lines, with the formula (plain text or LaTeX between $ signs). */
  algorithm: z.string().min(40),
  /** Where it stands in the field: what it came from, what it costs, where it fails, what followed. */
  context: z.string().min(40),
  tags: z.array(z.string().regex(/^[a-z0-9]+(-[a-z0-9]+)*$/)).min(1),
  /** "Yang et al. (2024). Gated Delta Networks. arXiv:2412.06464" */
  citation: z.string().min(10),
});
export type CognitionEntry = z.infer<typeof CognitionEntry>;

/** An entry found for a query. */
export const Retrieved = z.object({
  id: z.string(),
  query: z.string(),
  /** In [0, 1]; of what `by` says. Scores of different methods are not compared. */
  score: z.number(),
  by: z.enum(["bm25", "hybrid"]),
});
export type Retrieved = z.infer<typeof Retrieved>;
