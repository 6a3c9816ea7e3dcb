/** What is asked of the researcher under a protocol, in words. */
import type { Protocol, Task } from "../../../shared/protocol.ts";

const KINDS: Record<Task["kind"], string> = {
  lm: "language modelling, next byte or token",
  icr: "in-context recall: the value that stood beside a key comes back when the key does",
  upd: "overwriting: keys are written again and again, and a read asks for the latest value",
  parity: "parity of all bits so far, at every position",
};

export const baselineText = `DeltaNet. Each head keeps a matrix S as its memory. At every step it reads what the memory holds for the key k_t, and corrects it
towards the value v_t with step size beta_t: S_t = S_(t-1) - beta_t k_t (S_(t-1)^T k_t - v_t)^T, output o_t = S_t^T q_t.
q, k and v are linear projections of the input, each followed by a causal convolution over 4 tokens and SiLU; q and k have unit length;
beta_t is a sigmoid of a linear projection, one number a head. The output is normalised per head and projected back. It is
computed in chunks: inside a chunk by matrix products, from chunk to chunk by the state. It forgets only by overwriting.`;

/** The conditions of the campaign, and what is asked. */
export function taskText(protocol: Protocol, hasParent: boolean): string {
  const { model, limits, tasks } = protocol;
  const longest = Math.max(...Object.values(tasks).map((t) => t.seqLen));
  const graded = Object.entries(tasks).map(([name, t]) => `- ${name}: ${KINDS[t.kind]} (${t.seqLen} tokens)`);
  return `${
    hasParent
      ? "Propose one new mixer that improves on the parent [P], or that tests why it behaves as it does."
      : "There is no parent yet. Propose one mixer of your own that differs from the baseline in how it mixes tokens."
  }
The model: hidden_size ${model.hiddenSize}, num_heads ${model.numHeads}, ${model.numLayers} layer${model.numLayers === 1 ? "" : "s"}, trained on sequences of up to ${longest} tokens; other lengths are tested.
The mixer may have at most ${limits.params} times the parameters and ${limits.flops} times the FLOPs a token of the baseline (DeltaNet), and is compared with a baseline of its own size: being larger gains nothing.
Its tasks:
${graded.join("\n")}`;
}
