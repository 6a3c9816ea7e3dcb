/** A reader of code beside the gates: it may only add findings, and no answer of a model is no finding. */
import type { Checker } from "../../interfaces.ts";
import { parseVerdict } from "./answer.ts";
import { askRole, type Parsed } from "./ask.ts";
import { estimate, fit, room } from "./fit.ts";
import { endpointOf, type Parts, placeOf } from "./place.ts";
import { prompt } from "./prompts.ts";
import { designSections, frame } from "./shown.ts";

/** Characters of findings that are kept: they go to the engineer, and to people. */
const FINDINGS = 4000;

/** PASS, or FAIL with at least one reason. Never throws. */
export function parseCheck(text: string, reasoning: string): Parsed<{ passed: boolean; findings: string }> {
  const read = parseVerdict(text, reasoning, ["PASS", "FAIL"]);
  if (!read.ok) return read;
  const findings = read.reasons.trim().slice(0, FINDINGS);
  if (read.word === "FAIL" && !/\p{L}{2}/u.test(findings))
    return { ok: false, why: "After FAIL no reason was given: say which line of the code is wrong, and why" };
  return { ok: true, passed: read.word === "PASS", findings };
}

export function llmChecker({ llm, settings }: Parts): Checker {
  return {
    async check({ campaign, experiment }, signal) {
      const endpoint = endpointOf(settings, "checker");
      const system = prompt("checker").text;
      const sections = [
        { title: "The model that it is a part of", text: frame(campaign), priority: 8 },
        ...designSections(experiment),
        {
          title: "Your answer",
          text: "PASS or FAIL on the first line, then the reasons.",
          priority: 10,
        },
      ];
      const user = fit(sections, room(llm.limits(endpoint), estimate(system)));
      const place = placeOf(campaign, experiment.index, `check.v${experiment.repairs}`, "checker");
      const request = { role: "checker" as const, endpoint, place, system, user, parse: parseCheck };
      const { value, answer } = await askRole(llm, request, signal);
      return { ok: value.passed, findings: value.findings, by: `llm:${answer.model}` };
    },
  };
}
