/** What an operation is to the eye. */
import type { GraphNode } from "../../shared/graph.ts";

/** end: input and output. learned: a module with weights. parameter: weights used directly. product: mixes or contracts.
 * curve: a nonlinearity or a norm. step: everything else, element by element. */
export type Kind = "end" | "learned" | "parameter" | "product" | "curve" | "step";

const PRODUCT =
  /matmul|^(b?mm|mv|dot|outer|inner|einsum|tensordot|bilinear|linear|addmm|baddbmm|addbmm|kron)$|conv|attention|fft|cumsum|cumprod|scan|solve|inv$/i;
const CURVE =
  /norm|lu$|elu|sigmoid|softmax|softplus|tanh|^(exp|expm1|log|log1p|sin|cos|erf|sqrt|rsqrt|clamp|relu|relu6|sigmoid|threshold|sign|abs)$|swish|mish|shrink/i;

export function kindOf({ id, op, params }: Pick<GraphNode, "id" | "op" | "params">): Kind {
  if (id === "in" || id === "out") return "end";
  if (op === "Parameter") return "parameter";
  if (params > 0) return "learned";
  if (PRODUCT.test(op)) return "product";
  return CURVE.test(op) ? "curve" : "step";
}
