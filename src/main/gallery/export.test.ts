import { describe, expect, it } from "vitest";
import type { ExperimentView } from "../../shared/views.ts";
import { campaign, experiment, score, uuid } from "../archive/testing/fixtures.ts";
import { exportOf } from "./export.ts";

type View = Omit<ExperimentView, "archive">;

function view(over: Partial<View["experiment"]> = {}, card: Partial<View["card"]> = {}): View {
  const e = experiment(3, {
    status: "archived",
    name: "Gated|Mixer",
    motivation: "Because.",
    code: "class Mixer:\n    doc = '```'\n",
    scores: [score("screen", 2)],
    gates: [
      { name: "causality", ok: true, value: 1e-6, limit: 1e-5, detail: "a | b", warning: false, kind: null },
    ],
    analysis: "It held.",
    ...over,
  });
  const gain = { value: 0.1, se: 0.02, low: 0.05, high: 0.15 };
  return {
    card: {
      id: e.id,
      campaignId: e.campaignId,
      index: e.index,
      name: e.name,
      status: e.status,
      standing: "candidate",
      rung: "screen",
      depth: 0,
      params: 1000,
      mixerParams: 500,
      flopsPerToken: 2000,
      loss: { mean: 2, sd: 0.01, n: 2 },
      benchmark: null,
      fitness: 0.5,
      fitnessPaper: 0.4,
      gain,
      benchmarkGain: { value: 0.01, se: 0, low: 0.01, high: 0.01 },
      noise: "beyond",
      novelty: 0.25,
      components: ["delta-rule"],
      parentId: null,
      researcher: e.researcher,
      motivation: e.motivation,
      snippet: null,
      starred: false,
      tags: [],
      hasNote: false,
      thumbnail: null,
      seconds: 1,
      createdAt: e.createdAt,
      ...card,
    },
    experiment: e,
    campaign: campaign(),
    versions: [{ version: 0, code: e.code, why: "proposed" }],
    curves: [],
    marks: { starred: false, tags: [], note: "" },
    parent: null,
    ancestors: [],
    children: [],
    siblings: [],
    references: [],
    baseline: [],
    calls: [],
    events: [],
    promotions: [],
  };
}

describe("export", () => {
  it("gives each format its name and type", () => {
    const of = (format: Parameters<typeof exportOf>[1]) => exportOf(view(), format, "<svg/>");
    const stem = `Gated-Mixer-${uuid(1003).slice(0, 8)}`;
    expect(of("mixer.py")).toEqual({
      filename: `${stem}.py`,
      mime: "text/x-python",
      text: view().experiment.code,
    });
    expect(of("svg")).toEqual({ filename: `${stem}.svg`, mime: "image/svg+xml", text: "<svg/>" });
    expect(JSON.parse(of("json").text)).toMatchObject({
      format: "cambrian-experiment/1",
      experiment: view().experiment,
      gain: { low: 0.05 },
      campaign: { protocolHash: "p" },
    });
    expect([of("markdown").filename, of("bibtex").filename]).toEqual([`${stem}.md`, `${stem}.bib`]);
  });

  it("keeps file names plain, whatever an experiment is called", () => {
    for (const [name, stem] of [
      ["../../etc/passwd", "etc-passwd"],
      ["Größe 2", "Gro-e-2"],
      ["注意", "experiment"],
      ["a\u0000b:c", "a-b-c"],
    ] as const)
      expect(exportOf(view({ name }), "json", null).filename).toMatch(new RegExp(`^${stem}-\\w{8}\\.json$`));
  });

  it("says so where there is no diagram", () => {
    expect(exportOf(view(), "svg", null).text).toContain("No module graph was traced.");
  });

  it("reports intervals, gates, code and analysis, and lets no text out of its place", () => {
    const { text } = exportOf(view(), "markdown", null);
    expect(text).toContain("# Gated\\|Mixer\n");
    expect(text).toContain(
      "+0.1 (95 % interval +0.05 to +0.15), better than the baseline at its own size, beyond noise",
    );
    expect(text).toContain("Benchmark gain: +0.01 (noise unknown)");
    expect(text).toContain("| causality | passed | 0.000001 | 0.00001 | a \\| b |");
    expect(text).toContain("| screen | 2 ± 0.01 (sd, n = 2) |");
    expect(text).toContain("Delta rule");
    expect(text).toContain("## Analysis\n\nIt held.");
    expect(text).toContain("````python\nclass Mixer:\n    doc = '```'\n````");
    expect(text).not.toMatch(/undefined|null|NaN/);
  });

  it("reports a failure without scores", () => {
    const failure = { kind: "timeout" as const, message: "Too *slow*.", detail: "Traceback" };
    const given = view(
      { status: "failed", scores: [], failure, analysis: null },
      { standing: "failed", gain: null, benchmarkGain: null, noise: null },
    );
    const { text } = exportOf(given, "markdown", null);
    expect(text).toContain("Failed.");
    expect(text).toContain("## Failure\n\nToo \\*slow\\*. (timeout)\n\n```\nTraceback\n```");
    expect(text).toContain("Loss gain against the baseline at its own size: not measured");
    expect(text).not.toContain("## Scores");
  });

  it("cites with braces that close, whatever the name", () => {
    const { text } = exportOf(view({ name: "50% of {a_b} \\ & }" }), "bibtex", null);
    expect(text).toContain(`@software{cambrian-${uuid(1003).slice(0, 8)},`);
    expect(text).toContain("date = {2025-01-01},\n  year = {2025}");
    expect(text).toContain("campaign campaign 1");
    let depth = 0;
    for (const c of text) {
      depth += c === "{" ? 1 : c === "}" ? -1 : 0;
      expect(depth).toBeGreaterThanOrEqual(0);
    }
    expect(depth).toBe(0);
    expect(text).toContain("50\\% of");
    expect(text).toContain("a\\_b");
  });
});
