import { describe, expect, it } from "vitest";
import { baselineJob, experimentJob, obsoleteJobs } from "./jobs.ts";
import { archived, campaign } from "./testing/records.ts";

const { protocol } = campaign;
const names = protocol.rungs.map((r) => r.name);
const folder = (version: number, rung: number) => {
  const e = { ...archived(0, []), repairs: version };
  return experimentJob(campaign, e, rung, 1).id;
};

describe("run folders that may go", () => {
  const last = names.length - 1;
  it.each([
    { what: "an experiment under way keeps its own", repairs: 0, status: "train", at: null, gone: [] },
    {
      what: "a repair makes the version before it useless",
      repairs: 1,
      status: "gate",
      at: null,
      gone: [[0, 0]],
    },
    { what: "an archived one may be promoted", repairs: 0, status: "archived", at: null, gone: [] },
    {
      what: "nothing continues from a failure",
      repairs: 1,
      status: "failed",
      at: null,
      gone: [
        [0, 0],
        [1, 0],
      ],
    },
    {
      what: "a promotion under way needs the rung below",
      repairs: 0,
      status: "archived",
      at: [1, "train"],
      gone: [],
    },
    { what: "a finished one does not", repairs: 0, status: "archived", at: [1, "done"], gone: [[0, 0]] },
    {
      what: "after the last rung nothing is left to do",
      repairs: 0,
      status: "archived",
      at: [last, "done"],
      gone: [
        [0, last - 1],
        [0, last],
      ],
    },
    {
      what: "a failed promotion goes no further",
      repairs: 0,
      status: "archived",
      at: [1, "failed"],
      gone: [
        [0, 0],
        [0, 1],
      ],
    },
  ] as const)("$what", ({ repairs, status, at, gone }) => {
    const e = { ...archived(0, []), repairs, status };
    const promotion = at && { rung: at[0], status: at[1] };
    expect(obsoleteJobs(protocol, e, promotion).sort()).toEqual(gone.map(([v, r]) => folder(v, r)).sort());
  });
});

it("a baseline's run folder is that of the trainer that measured it", () => {
  const cell = { width: 1, rung: 1, seed: 0 };
  const on = (measuredOn: string) => baselineJob({ ...campaign, measuredOn }, cell, "code", 1);
  expect(on("torch 1").id).toBe(on("torch 1").id);
  expect(on("torch 1").id).not.toBe(on("torch 2").id);
  expect(on("torch 1").from).not.toBe(on("torch 2").from);
});
