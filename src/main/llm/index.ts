/** Language models behind OpenAI-compatible servers: paid for once, within the budget, every answer stored before it is read. */
export { detectLocal, type LocalServer } from "./detect.ts";
export { checkedUrl, defaultEndpoint, isLocal } from "./endpoints.ts";
export { createLlm, type LlmOptions } from "./llm.ts";
export { type PriceTable, priceOf, readPrices } from "./prices.ts";
export { type ReplayEntry, type ReplaySource, readTranscript, writeTranscript } from "./replay.ts";
