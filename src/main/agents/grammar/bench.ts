/**
 * Measures what the cost table in productions.ts states:
 * CAMBRIAN_PYTHON=… node src/main/agents/grammar/bench.ts
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { programFolder } from "../../paths.ts";
import { emit } from "./emit.ts";
import { cost } from "./measure.ts";
import { OPS, PRODUCTIONS } from "./productions.ts";
import { node, SEEDS } from "./seeds.ts";
import type { Node } from "./tree.ts";

const python = process.env.CAMBRIAN_PYTHON;
if (!python) throw new Error("Set CAMBRIAN_PYTHON to a Python that imports torch.");
const dims = { d: 64, heads: 2 };
const x = node("x");

/** A mixer around one operation, whose other parts cost next to nothing. */
function around(op: Node["op"]): Node {
  const { slots, params, type } = PRODUCTIONS[op];
  const args = slots.map((s) =>
    node(s.types.includes("gate") ? "constant" : s.types.includes("signal") ? "x" : "noDecay"),
  );
  const settings = Object.fromEntries(
    Object.entries(params).map(([name, all]) => [name, all[Math.floor(all.length / 2)]!]),
  );
  const n = node(op, settings, ...args);
  if (type === "signal") return n;
  if (type === "gate") return node("gated", {}, n, x);
  return node("linattn", { feature: "identity" }, x, x, x, n);
}

const cases = [
  { name: "x", tree: x },
  ...OPS.filter((op) => op !== "x").map((op) => ({ name: op, tree: around(op) })),
  ...SEEDS,
];
const folder = mkdtempSync(join(tmpdir(), "cambrian-bench-"));
try {
  const file = join(folder, "programs.json");
  writeFileSync(
    file,
    JSON.stringify({ dims, programs: cases.map((c) => ({ name: c.name, code: emit(c.tree, "Bench") })) }),
  );
  const script = join(dirname(fileURLToPath(import.meta.url)), "bench.py");
  const out = execFileSync(python, [script, file], {
    encoding: "utf8",
    timeout: 300_000,
    env: { ...process.env, PYTHONPATH: programFolder, OMP_NUM_THREADS: "1" },
  });
  const reports = JSON.parse(out) as { name: string; ms: number; flops: number }[];
  const bare = reports[0]!;
  const unit = reports.find((r) => r.name === "linear")!.ms - bare.ms;
  console.log("operation             ms   time  (table)   FLOPs a channel  (table)");
  for (const [i, r] of reports.entries()) {
    const stated = cost(cases[i]!.tree, dims);
    const columns = [
      r.name.padEnd(18),
      r.ms.toFixed(2).padStart(6),
      (1 + (r.ms - bare.ms) / unit).toFixed(2).padStart(6),
      stated.time.toFixed(2).padStart(7),
      (r.flops / dims.d).toFixed(1).padStart(12),
      (stated.flops / dims.d).toFixed(1).padStart(10),
    ];
    console.log(columns.join(" "));
  }
} finally {
  rmSync(folder, { recursive: true });
}
