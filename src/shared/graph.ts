/**
 * The graph of a mixer as it was traced: what its forward pass computed, one node for each place in the program (calls of
 * one place in a loop are one node with a count). Written by the sandbox, so untrusted: sizes are capped, texts are text.
 */
import { z } from "zod";

export const GraphNode = z.object({
  /** "n0", "n1", … in the order of first execution; "in" and "out" are the mixer's ends. */
  id: z.string().max(24),
  /** What it computes: "Linear", "Conv1d", "sigmoid", "einsum", "cumsum", "mul". */
  op: z.string().max(60),
  /** The module that did it ("q_proj"), or "" for a function. */
  module: z.string().max(120),
  /** Place in the candidate's file, counted from 1; null where it cannot be told. */
  line: z.number().int().min(1).nullable(),
  /** Shape of what it gives, as text: "B T 64"; B and T are batch and time. */
  shape: z.string().max(80),
  /** Parameters held by the module itself. */
  params: z.number().int().min(0),
  /** How often it was executed. */
  count: z.number().int().min(1),
});
export type GraphNode = z.infer<typeof GraphNode>;

export const MixerGraph = z.object({
  nodes: z.array(GraphNode).max(400),
  /** From, to. An edge against the order of execution is the state that a loop carries. */
  edges: z.array(z.tuple([z.string().max(24), z.string().max(24)])).max(2000),
  /** What was left out, where the program has more places than fit. */
  note: z.string().max(300).nullable(),
});
export type MixerGraph = z.infer<typeof MixerGraph>;
