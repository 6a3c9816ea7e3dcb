/** The roles of the loop played by language models, with the built-in agents where no model can be had. */
import type { Agents } from "../../interfaces.ts";
import { llmAnalyst } from "./analyst.ts";
import { llmChecker } from "./checker.ts";
import { llmEngineer } from "./engineer.ts";
import { llmJudge } from "./judge.ts";
import { llmNovelty } from "./novelty.ts";
import type { Parts } from "./place.ts";
import { llmResearcher } from "./researcher.ts";

export { posterior } from "./choice.ts";
export { AnswerError } from "./errors.ts";
export { extract } from "./extractor.ts";

/** Agents that ask the models of the settings. `fallback`: the agents that take over, labelled, where none can be had. */
export function createLlmAgents(parts: Parts): Agents {
  return {
    researcher: llmResearcher(parts),
    novelty: llmNovelty(parts),
    checker: llmChecker(parts),
    engineer: llmEngineer(parts),
    judge: llmJudge(parts),
    analyst: llmAnalyst(parts),
    paced: true,
  };
}
