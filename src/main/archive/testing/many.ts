/** An archive of any size in one transaction, for benches and tests: made up, but shaped like real campaigns. */
import { readFileSync } from "node:fs";
import { componentsOf } from "../../../shared/components.ts";
import type { Campaign, Experiment, RungScore } from "../../../shared/domain.ts";
import { codeHash, protocolHash, uuidOf } from "../../../shared/hash.ts";
import { Protocol } from "../../../shared/protocol.ts";
import { type Random, random } from "../../../shared/random.ts";
import { cardRow } from "../cards.ts";
import { encodeCurve, encodePreview } from "../curves.ts";
import { connect } from "../open.ts";
import {
  baselineRow,
  callRow,
  campaignRow,
  experimentRow,
  promotionRow,
  type Row,
  scoreRow,
} from "../rows.ts";
import { createArchive } from "../writer.ts";
import { call, campaign } from "./fixtures.ts";

export interface Many {
  seed: number;
  /** The first has 70 % of the experiments, the next 70 % of the rest, and so on. */
  campaigns?: number;
}

/** Writes `n` experiments to a new archive. @returns the ids of its campaigns, largest first */
export function writeMany(file: string, n: number, { seed, campaigns = 2 }: Many): string[] {
  createArchive(file).close();
  const db = connect(file, "write");
  db.pragma("journal_mode = MEMORY");
  db.pragma("synchronous = OFF");
  db.pragma("cache_size = -262144"); // 256 MB: indices of random ids, filled in memory.
  const statements = new Map<string, ReturnType<typeof db.prepare>>();
  const insert = (table: string, row: Row): number => {
    const columns = Object.keys(row);
    const key = `${table} ${columns.length}`;
    let statement = statements.get(key);
    if (!statement) {
      const list = columns.map((c) => `@${c}`).join(", ");
      statement = db.prepare(`INSERT INTO ${table} (${columns.join(", ")}) VALUES (${list})`);
      statements.set(key, statement);
    }
    return Number(statement.run(row).lastInsertRowid);
  };
  const ids: string[] = [];
  db.transaction(() => {
    let left = n;
    for (let c = 0; c < campaigns; c++) {
      const size = c === campaigns - 1 ? left : Math.round(left * 0.7);
      left -= size;
      ids.push(writeCampaign(insert, random(seed, c), seed, c, size));
    }
  })();
  db.pragma("journal_mode = DELETE");
  db.close();
  return ids;
}

const protocol = Protocol.parse(
  JSON.parse(readFileSync(new URL("../../../../trainer/protocols/cpu.json", import.meta.url), "utf8")),
);
const BASE = { loss: 2.4, benchmark: 0.52, mixerParams: 50_000 };
const START = Date.UTC(2025, 0, 1);

type Insert = (table: string, row: Row) => number;

function writeCampaign(insert: Insert, rng: Random, seed: number, c: number, size: number): string {
  const id = uuidOf("many", seed, c);
  const llm = c % 2 === 1;
  const record: Campaign = {
    ...campaign(1),
    id,
    name: `Made-up campaign ${c + 1}`,
    seed,
    researcher: llm ? "llm" : "grammar",
    protocol,
    protocolHash: protocolHash(protocol),
    state: "finished",
    reason: "The budget of experiments is spent.",
    createdAt: new Date(START + c * 86_400_000).toISOString(),
  };
  insert("campaigns", campaignRow(record));
  if (c === 0) writeBaseline(insert, record, rng);
  const breeders: string[] = [];
  for (let index = 0; index < size; index++) {
    const parent = parentOf(breeders, rng);
    const e = experimentOf(record, index, parent, rng, llm);
    const number = insert("experiments", experimentRow(e));
    for (const [depth, s] of e.scores.entries()) insert("scores", scoreRow(e.id, depth, s));
    const found = { components: foundIn(e.code), code_hash: e.codeHash, nearest_id: parent };
    const discovery =
      e.scores.length > 1 && e.scores[1]!.gain > 3 * e.scores[1]!.gainSe && rng.next() < 0.3 ? 1 : 0;
    const novelty = Math.round((1 - rng.next() ** 2 * 0.9) * 1000) / 1000;
    insert("cards", { ...cardRow(number, e), ...found, novelty, discovery, touched: number });
    insert("versions", { experiment_id: e.id, version: 0, code: e.code, why: "proposed" });
    if (e.scores.length > 0)
      insert("curves", { experiment_id: e.id, run: "lm-s0", ...encodeCurve(curveOf(e, rng)) });
    if (e.scores.length > 1)
      insert(
        "promotions",
        promotionRow({
          experimentId: e.id,
          campaignId: id,
          rung: 1,
          decidedAt: index + 1,
          status: "done",
          failure: null,
        }),
      );
    insert("events", { campaign_id: id, experiment_id: e.id, type: e.status, at: e.updatedAt, data: "{}" });
    if (llm) {
      const place = {
        campaignId: id,
        experimentId: e.id,
        key: `${index}/propose.0/researcher/0`,
        sentAt: e.createdAt,
      };
      insert("llm_calls", callRow(call(0, { ...place, id: uuidOf(e.id, "call"), answer: e.motivation })));
    }
    if (rng.next() < 0.02) {
      const tags = JSON.stringify([rng.pick(["look again", "fast", "odd", "report"])]);
      const starred = rng.int(2);
      insert("marks", {
        experiment_id: e.id,
        starred,
        tags,
        note: rng.pick(["", "Compare with its parent."]),
        updated_at: e.updatedAt,
      });
    }
    // Few have children, and one has hundreds, as in ASI-Arch's published tree.
    if (index === 2 || (e.status === "archived" && rng.next() < 0.05)) breeders.push(e.id);
  }
  return id;
}

function parentOf(breeders: readonly string[], rng: Random): string | null {
  if (breeders.length === 0 || rng.next() < 0.02) return null;
  return rng.next() < 0.12 ? breeders[0]! : rng.pick(breeders.slice(-60));
}

function writeBaseline(insert: Insert, { protocolHash: hash, device }: Campaign, rng: Random): void {
  for (const rung of protocol.rungs)
    for (const width of [1, 1.5, 2])
      insert(
        "baselines",
        baselineRow(
          { protocolHash: hash, device },
          {
            width,
            mixerParams: BASE.mixerParams * width,
            flopsPerToken: 2 * BASE.mixerParams * width,
            rung: rung.name,
            runs: rung.runs.flatMap(({ task, until }) =>
              Array.from({ length: 5 }, (_, s) => ({
                id: `${task}-s${s}`,
                task,
                seed: s,
                step: until,
                loss: BASE.loss - 0.05 * Math.log(width) + 0.02 * normal(rng),
                accuracy: 0.4,
                score: BASE.benchmark + 0.01 * normal(rng),
                probe: 0,
              })),
            ),
          },
        ),
      );
  // A deeper rung goes on where the one before has ended.
  for (const [depth, rung] of protocol.rungs.slice(0, 2).entries())
    for (const seed of [0, 1]) {
      const steps = Array.from({ length: 40 }, (_, i) => (40 * depth + i + 1) * 8);
      const losses = steps.map((s) => BASE.loss + 0.02 * seed + 3 * Math.exp(-s / 60));
      const place = { protocol_hash: hash, device, width: 1, rung: rung.name, run: `lm-s${seed}` };
      insert("baseline_curves", { ...place, preview: encodePreview(steps, losses) });
    }
}

// ---------------------------------------------------------------- records

const GATES = ["construct", "shapes", "gradients", "causality", "batch", "scaling"];
const FAILED = ["numerical", "timeout", "memory", "divergence", "sandbox"] as const;

function experimentOf(
  c: Campaign,
  index: number,
  parentId: string | null,
  rng: Random,
  llm: boolean,
): Experiment {
  const luck = rng.next();
  const status = luck < 0.72 ? "archived" : luck < 0.9 ? "rejected" : luck < 0.98 ? "failed" : "train";
  const code = codeOf(rng, index);
  const at = START + index * 60_000 + rng.int(50_000);
  const mixerParams = Math.round(BASE.mixerParams * (0.5 + 1.5 * rng.next()));
  const ability = 0.05 * normal(rng) - 0.02;
  const scores =
    status === "archived"
      ? protocol.rungs.slice(0, ability > 0.02 ? 2 : 1).map((r, i) => scoreOf(r.name, ability, i, rng))
      : [];
  const gate = rng.pick(GATES.slice(1));
  const failure =
    status === "rejected"
      ? { kind: "leak" as const, message: `The gate ${gate} failed.`, detail: "" }
      : status === "failed"
        ? {
            kind: rng.pick(FAILED),
            message: "The run ended early.",
            detail: "Traceback (most recent call last)",
          }
        : null;
  const how = parentId === null ? "random" : rng.pick(["mutation", "mutation", "crossover"]);
  const cited = [{ label: "P", kind: rng.pick(["parent", "reference", "cognition"]), id: c.id }];
  return {
    id: uuidOf(c.id, index),
    campaignId: c.id,
    index,
    status,
    name: nameOf(rng, index),
    motivation: textOf(rng, 4),
    code,
    codeHash: codeHash(code),
    genome: null,
    researcher: llm ? "llm:qwen3" : "grammar",
    parentId,
    referenceIds: [],
    provenance: llm
      ? { how: "llm", drewOn: { cited: rng.int(3) ? cited : [], overlap: [], own: false } }
      : { how },
    sees: null,
    cognition: [],
    repairs: rng.int(4) === 0 ? 1 : 0,
    failure,
    gates: GATES.map((name) => ({
      name,
      ok: !(status === "rejected" && name === gate),
      value: rng.next(),
      limit: 1,
      detail: "",
      warning: false,
      kind: null,
    })),
    params: mixerParams * 4,
    mixerParams,
    flopsPerToken: Math.round(mixerParams * (1.8 + rng.next())),
    fingerprint: null,
    scores,
    judgement:
      scores.length > 0
        ? { score: 1 + rng.int(10), items: {}, note: "", by: "grammar", samples: 1, sd: 0 }
        : null,
    analysis: scores.length > 0 ? textOf(rng, 4) : null,
    tier: "bubblewrap",
    seconds: 20 + 200 * rng.next(),
    createdAt: new Date(at).toISOString(),
    updatedAt: new Date(at + 90_000).toISOString(),
  };
}

function scoreOf(rung: string, ability: number, depth: number, rng: Random): RungScore {
  const gain = ability + 0.02 * normal(rng);
  const benchmarkGain = ability / 4 + 0.01 * normal(rng);
  const loss = { mean: BASE.loss - 0.4 * depth - gain, sd: 0.015, n: depth + 1 };
  const benchmark = { mean: Math.min(1, BASE.benchmark + benchmarkGain), sd: 0.01, n: depth + 1 };
  const fitness = 1 / (1 + Math.exp(-20 * gain));
  return {
    rung,
    loss,
    benchmark,
    tasks: { lm: { loss, score: benchmark } },
    runs: [
      {
        id: "lm-s0",
        task: "lm",
        seed: 0,
        step: 300,
        loss: loss.mean,
        accuracy: 0.4,
        score: benchmark.mean,
        probe: 0,
      },
    ],
    fitness,
    fitnessPaper: 0.5 + (fitness - 0.5) / 2,
    parts: { loss: fitness, benchmark: fitness, judge: fitness, lossPaper: 0.5, benchmarkPaper: 0.5 },
    gain,
    gainSe: 0.02,
    rawGain: gain,
    benchmarkGain,
    benchmarkGainSe: 0.01,
    freedom: { loss: 8, benchmark: 8 },
    z: { loss: gain / 0.02, benchmark: benchmarkGain / 0.01 },
    seconds: 30,
  };
}

function curveOf(e: Experiment, rng: Random) {
  const steps = Array.from({ length: 40 }, (_, i) => (i + 1) * 8);
  const losses = steps.map((s) => e.scores[0]!.loss.mean + 3 * Math.exp(-s / 60) + 0.05 * normal(rng));
  return { run: "lm-s0", steps, losses, aux: losses.map(() => null) };
}

/** Sum of twelve uniforms less six: close enough to a standard normal. */
const normal = (rng: Random): number => Array.from({ length: 12 }, rng.next).reduce((a, b) => a + b, -6);

// ---------------------------------------------------------------- texts

const QUALITIES = [
  "Gated",
  "Adaptive",
  "Sparse",
  "Delta",
  "Hybrid",
  "Cascaded",
  "Normalised",
  "Fading",
  "Local",
  "Twin",
];
const THINGS = ["Memory", "Router", "Conv", "Decay", "Scan", "Attention", "Rule", "Mixer", "Window", "State"];
const WORDS =
  `the a of with and which recall state gate decay delta rule key value head channel token memory convolution attention
   window loss benchmark noise parent sibling forgets overwrites long short past sequence learned fixed scalar vector
   projection norm router branch scale mixture gradient stable training parameters throughput recurrence chunk kernel
   feature map softmax linear improves hurts replaces adds removes between across each every because while therefore
   retrieval parity capacity interference saturation selective bounded spectrum eigenvalue rotation position`.split(
    /\s+/,
  );

const nameOf = (rng: Random, index: number): string =>
  `${rng.pick(QUALITIES)}${rng.pick(QUALITIES)}${rng.pick(THINGS)}${index}`;

function textOf(rng: Random, sentences: number): string {
  const sentence = () => {
    const words = Array.from({ length: 8 + rng.int(10) }, () => rng.pick(WORDS)).join(" ");
    return `${words[0]!.toUpperCase()}${words.slice(1)}.`;
  };
  return Array.from({ length: sentences }, sentence).join(" ");
}

/** Parts of programs: lines of the constructor, and of forward. */
const PARTS: [string, string][] = [
  ["self.q_conv = ShortConv(hidden_size, kernel=4)", "q = self.q_conv(q)"],
  ["self.decay_proj = nn.Linear(hidden_size, num_heads)", "g = F.logsigmoid(self.decay_proj(x)).mT"],
  ["self.b_proj = nn.Linear(hidden_size, num_heads)", "beta = torch.sigmoid(self.b_proj(x)).mT"],
  ["self.g_proj = nn.Linear(hidden_size, hidden_size)", "gate = torch.sigmoid(self.g_proj(x))"],
  ["self.window = WindowAttention(num_heads, width=32)", "local = self.window(q, k, v)"],
  ["self.router = nn.Linear(hidden_size, 2)", "weights = self.router(x).softmax(-1)"],
  ["self.shift = TokenShift(hidden_size, steps=1)", "x = self.shift(x)"],
  ["self.o_norm = nn.RMSNorm(hidden_size)", "out = self.o_norm(out)"],
  ["self.scale = head_dim**-0.5", "k = l2norm(k)"],
  ["self.level = nn.Parameter(torch.zeros(hidden_size))", "out = delta_rule(q, k, v, beta)"],
  [
    "self.freq = nn.Parameter(torch.rand(hidden_size))",
    "out = torch.fft.irfft(torch.fft.rfft(v) * self.filter)",
  ],
  ["self.scales = (1, 2, 4)", "for n in range(4):\n            out = out + self.levels[n](v)"],
];

function codeOf(rng: Random, index: number): string {
  const parts = PARTS.filter(() => rng.next() < 0.4);
  const filler = Array.from(
    { length: 12 },
    (_, i) => `h${i} = self.proj${rng.int(40)}(x) * ${rng.next().toFixed(3)} + h`,
  );
  return `"""Candidate ${index}."""

import torch
import torch.nn.functional as F
from torch import nn


class Mixer(nn.Module):
    def __init__(self, hidden_size, num_heads=1, layer_idx=None, **kwargs):
        super().__init__()
        self.num_heads = num_heads
        head_dim = hidden_size // num_heads
${parts.map(([init]) => `        ${init}`).join("\n")}
        self.out_proj = nn.Linear(hidden_size, hidden_size, bias=False)

    def forward(self, hidden_states, attention_mask=None, past_key_values=None, use_cache=False, **kwargs):
        x = hidden_states  # (B, T, D)
        q, k, v = self.q_proj(x), self.k_proj(x), self.v_proj(x)
${[...filler, ...parts.map(([, line]) => line)].map((line) => `        ${line}`).join("\n")}
        return self.out_proj(out), None, past_key_values
`;
}

const found = new Map<string, string>();
/** Components as JSON; the same parts have the same. */
function foundIn(code: string): string {
  const key = PARTS.map(([init]) => (code.includes(init) ? 1 : 0)).join("");
  const known = found.get(key) ?? JSON.stringify(componentsOf(code));
  found.set(key, known);
  return known;
}
