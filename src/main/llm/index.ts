/** Language models behind OpenAI-compatible servers: paid for once, within the budget, every answer stored before it is read. */
export { checkEndpoint, type EndpointCheck } from "./check.ts";
export { detectLocal, type LocalServer } from "./detect.ts";
export { checkedUrl, defaultEndpoint, isLocal } from "./endpoints.ts";
export { createLlm, type LlmOptions } from "./llm.ts";
export { ownPrices, type PriceTable, priceOf, pricesFile, readPrices } from "./prices.ts";
export { type ReplayEntry, type ReplaySource, readTranscript, writeTranscript } from "./replay.ts";
