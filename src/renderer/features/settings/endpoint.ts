/** What is wrong with an endpoint as it was typed in, by field, in words that say how to mend it. */
import { Endpoint } from "../../../shared/llm.ts";

const ASKED: Record<string, string> = {
  name: "Give the endpoint a name.",
  baseUrl: "The address is a URL, such as http://127.0.0.1:8000/v1.",
  model: "Name the model as the server knows it.",
  keyName: "The name of the key has letters, digits and underscores only: it is never the key itself.",
  contextWindow: "The context window is a whole number from 2048 on.",
  maxOutput: "The longest answer is a whole number from 256 on.",
  concurrency: "Requests at the same time: a whole number from 1 on.",
  temperature: "The temperature lies between 0 and 2; empty leaves it to the server.",
  price: "A price is a number from 0 on.",
  firstByteSeconds: "A time in seconds, more than 0.",
  idleSeconds: "A time in seconds, more than 0.",
  totalSeconds: "A time in seconds, more than 0.",
};

/** @param taken names of the other endpoints */
export function endpointProblems(endpoint: Endpoint, taken: readonly string[]): Record<string, string> {
  const found: Record<string, string> = {};
  for (const issue of Endpoint.safeParse(endpoint).error?.issues ?? []) {
    const field = String(issue.path[0]);
    found[field] ??= ASKED[field] ?? issue.message;
  }
  if (!found.baseUrl && !/^https?:$/.test(new URL(endpoint.baseUrl).protocol))
    found.baseUrl = "The address begins with http:// or https://.";
  if (taken.includes(endpoint.name)) found.name = `There is already an endpoint called ${endpoint.name}.`;
  if (!found.contextWindow && endpoint.maxOutput >= endpoint.contextWindow)
    found.maxOutput ??=
      "The longest answer has to leave room for the prompt: make it smaller than the context window.";
  return found;
}
