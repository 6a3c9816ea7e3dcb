/** Repairs of a program from its exact error, by a model; of a grammar tree, by the built-in engineer. */
import type { Engineer } from "../../interfaces.ts";
import { normalise } from "../grammar/python.ts";
import { parseProposal } from "./answer.ts";
import { askRole, unavailable } from "./ask.ts";
import { estimate, fit, room } from "./fit.ts";
import { endpointOf, type Parts, placeOf } from "./place.ts";
import { prompt } from "./prompts.ts";
import { designSections, errorText, frame, sentenceOf } from "./shown.ts";

/**
 * A model's new version, or null when it gave the program back unchanged: for an anomaly that says that nothing is wrong.
 * Where no model can be had the built-in engineer is asked. @throws AnswerError when no answer could be used
 */
export function llmEngineer({ llm, settings, fallback }: Parts): Engineer {
  return {
    async repair(context, signal) {
      const { campaign, experiment, failure, attempt } = context;
      // Built in place of a model: only its own engineer can change the tree with the code.
      if (experiment.genome !== null) return fallback.engineer.repair(context, signal);
      const endpoint = endpointOf(settings, "engineer");
      const system = prompt("engineer").text;
      const past = (experiment.provenance.repairs as string[] | undefined) ?? [];
      const sections = [
        { title: "The model that it is a part of", text: frame(campaign), priority: 8 },
        { title: "What failed", text: errorText(failure), priority: 7, min: 400, data: true },
        ...designSections(experiment),
        ...(past.length > 0
          ? [{ title: "Repairs so far, which did not help", text: past.join("\n"), priority: 3, data: true }]
          : []),
        {
          title: "Your answer",
          text:
            failure.kind === "anomaly"
              ? `Is the code at fault? Repair it, or give it back as it is. NAME: ${experiment.name}, MOTIVATION: and the program.`
              : `Repair it. NAME: ${experiment.name}, MOTIVATION: and the whole program.`,
          priority: 10,
        },
      ];
      const user = fit(sections, room(llm.limits(endpoint), estimate(system)));
      const place = placeOf(campaign, experiment.index, `repair.v${attempt + 1}`, "engineer");
      try {
        const { value, answer } = await askRole(
          llm,
          { role: "engineer", endpoint, place, system, user, parse: parseProposal },
          signal,
        );
        if (normalise(value.code) === normalise(experiment.code)) return null;
        const what = sentenceOf(value.motivation);
        return { code: value.code, genome: null, what, by: `llm:${answer.model}` };
      } catch (error) {
        if (!unavailable(error)) throw error;
        return fallback.engineer.repair(context, signal);
      }
    },
  };
}
