/** The agents: built in (no model, no network, replayable from one seed), or language models in every role. */
import type { Agents } from "../interfaces.ts";
import { statisticalAnalyst } from "./grammar/analyst.ts";
import { grammarEngineer } from "./grammar/engineer.ts";
import { heuristicJudge } from "./grammar/judge.ts";
import { exactNovelty } from "./grammar/novelty.ts";
import { grammarResearcher, randomResearcher } from "./grammar/researcher.ts";

export { createLlmAgents, extract, posterior } from "./llm/index.ts";

/** `grammar` evolves trees; `random` draws them, and is its control. All other agents are the same for both. */
export function createAgents(researcher: "grammar" | "random"): Agents {
  return {
    researcher: researcher === "grammar" ? grammarResearcher : randomResearcher,
    novelty: exactNovelty,
    engineer: grammarEngineer,
    judge: heuristicJudge,
    analyst: statisticalAnalyst,
  };
}
