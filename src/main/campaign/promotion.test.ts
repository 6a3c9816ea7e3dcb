import { describe, expect, it } from "vitest";
import { Protocol } from "../../shared/protocol.ts";
import { decidePromotions, earned, meritRanks, proxyValidity } from "./promotion.ts";
import { testProtocol } from "./testing/fakes.ts";
import { archived, campaign, promotion, scored } from "./testing/records.ts";

const withRule = (promote: Protocol["rungs"][number]["promote"]): Protocol =>
  Protocol.parse({
    ...testProtocol,
    rungs: testProtocol.rungs.map((r, i) => (i === 0 ? { ...r, promote } : r)),
  });
const top = (fraction: number, tieLoss: number) => withRule({ rule: "top", fraction, tieLoss });
/** Experiments whose gains in loss and benchmark are given. */
const field = (...gains: [number, number][]) =>
  gains.map(([gain, benchmarkGain], i) => archived(i, [scored(0, { gain, benchmarkGain })]));
const indices = (es: { index: number }[]) => es.map((e) => e.index);

describe("promotion by rank", () => {
  it("weighs loss and benchmark alike, by rank", () => {
    const scores = field([0.3, 0], [0.2, 0.1], [0.1, 0.2], [0, 0.05]).map((e) => e.scores[0]!);
    expect(meritRanks(scores)).toEqual([2.5, 2, 2, 3.5]);
  });

  it.each([
    { n: 8, fraction: 0.25, promoted: [0, 1] },
    { n: 4, fraction: 0.25, promoted: [0] },
    { n: 5, fraction: 0.25, promoted: [0, 1] },
    { n: 1, fraction: 0.25, promoted: [0] },
    { n: 10, fraction: 0.1, promoted: [0] },
    { n: 3, fraction: 1, promoted: [0, 1, 2] },
    { n: 0, fraction: 0.25, promoted: [] },
  ])("takes the top $fraction of $n", ({ n, fraction, promoted }) => {
    const es = field(...Array.from({ length: n }, (_, i): [number, number] => [1 - i, 1 - i]));
    expect(indices(earned(es, top(fraction, 0.02), 0))).toEqual(promoted);
  });

  it("takes those within the tie width of the last one in, and no others", () => {
    const es = field(
      [0.5, 1],
      [0.4, 0.9],
      [0.385, 0.8],
      [0.42, 0.1],
      [0.3, 0.7],
      [0.1, 0],
      [0.05, 0],
      [0, 0],
    );
    // Two of eight: experiments 0 and 1; ties are within .02 of .4.
    expect(indices(earned(es, top(0.25, 0.02), 0)).sort()).toEqual([0, 1, 2, 3]);
    expect(indices(earned(es, top(0.25, 0), 0)).sort()).toEqual([0, 1]);
  });

  it("takes equals together, the elder first", () => {
    expect(
      indices(earned(field([0.1, 0.1], [0.1, 0.1], [0.1, 0.1], [0.1, 0.1]), top(0.25, 0.02), 0)),
    ).toEqual([0, 1, 2, 3]);
  });

  it("looks only at archived experiments that were scored on the rung", () => {
    const es = field([0.1, 0.1], [0.9, 0.9], [0.8, 0.8]);
    es[1] = { ...es[1]!, status: "failed" };
    es[2] = { ...es[2]!, scores: [] };
    expect(indices(earned(es, top(0.25, 0), 0))).toEqual([0]);
  });

  it("goes no deeper than the last rung", () => {
    const es = [archived(0, [scored(0), scored(1), scored(2)])];
    expect(earned(es, testProtocol, 2)).toEqual([]);
    expect(earned(es, withRule(null), 0)).toEqual([]);
  });
});

describe("promotion by beating the baseline", () => {
  it.each([
    { z: { loss: 2, benchmark: 0 }, goes: true },
    { z: { loss: 0, benchmark: 2.5 }, goes: true },
    { z: { loss: 1.9, benchmark: 1.9 }, goes: false },
    { z: { loss: 5, benchmark: -1.9 }, goes: true },
    { z: { loss: 5, benchmark: -2 }, goes: false },
  ])("by 2 spreads: $z → $goes", ({ z, goes }) => {
    const es = [archived(0, [scored(0, { z })])];
    expect(earned(es, withRule({ rule: "beats", z: 2 }), 0)).toHaveLength(goes ? 1 : 0);
  });
});

describe("a decision", () => {
  it("promotes no one twice, and stamps its time", () => {
    const visible = field([0.9, 0.9], [0.8, 0.8], [0, 0], [0, 0]);
    const given = { campaignId: campaign.id, visible, protocol: top(0.5, 0), rung: 0, time: 4 };
    expect(decidePromotions({ ...given, before: [] })).toEqual([
      promotion(0, 1, 4, "train"),
      promotion(1, 1, 4, "train"),
    ]);
    expect(decidePromotions({ ...given, before: [promotion(0, 1, 2, "failed")] })).toEqual([
      promotion(1, 1, 4, "train"),
    ]);
    // A promotion to another rung does not count.
    expect(decidePromotions({ ...given, before: [promotion(0, 2, 2)] })).toHaveLength(2);
  });
});

describe("proxy validity", () => {
  const both = (pairs: [number, number, number][]) =>
    pairs.map(([a, b, params], i) =>
      archived(i, [scored(0, { gain: a, benchmarkGain: a }), scored(1, { gain: b, benchmarkGain: b })], {
        mixerParams: params,
      }),
    );

  it("is null below three", () => {
    const none = { rho: null, low: null, high: null, rhoParams: null };
    expect(proxyValidity([])).toEqual({ ...none, n: 0 });
    expect(
      proxyValidity([
        ...both([
          [1, 1, 1],
          [2, 2, 2],
        ]),
        archived(2, [scored(0)]),
      ]),
    ).toEqual({ ...none, n: 2 });
  });

  it("is the rank correlation, with an interval, beside the parameters'", () => {
    const right = proxyValidity(
      both([
        [1, 1, 5],
        [2, 2, 4],
        [3, 3, 3],
        [4, 4, 2],
        [5, 5, 1],
        [6, 6, 0],
      ]),
    );
    expect(right).toMatchObject({ rho: 1, n: 6, rhoParams: -1 });
    expect(right.low!).toBeLessThan(0.95);
    expect(right.high).toBe(1);
    const mixed = proxyValidity(
      both([
        [1, 2, 1],
        [2, 1, 1],
        [3, 4, 1],
        [4, 3, 1],
        [5, 6, 1],
        [6, 5, 1],
      ]),
    );
    expect(mixed.rho).toBeCloseTo(1 - (6 * 6) / (6 * 35), 12);
    expect(mixed.low!).toBeLessThan(mixed.rho!);
    expect(mixed.high!).toBeLessThanOrEqual(1);
    expect(mixed.rhoParams).toBeNull();
  });
});
