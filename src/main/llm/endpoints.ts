/** Addresses of servers: which one is the default, what may stand in a base URL, and what its host tells. */
import { Endpoint } from "../../shared/llm.ts";

/** Servers on a workstation answer few requests at once. */
const LOCAL_CONCURRENCY: Record<string, number> = { "11434": 4, "1234": 4, "8080": 4 };

/**
 * A base URL without what must not be stored. @throws RangeError where it is no http address, or holds a password or key.
 * The messages repeat nothing of it, because what was typed may hold a key.
 */
export function checkedUrl(text: string): URL {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw new RangeError("The server's address is no URL. It looks like http://127.0.0.1:8000/v1.");
  }
  if (url.protocol !== "http:" && url.protocol !== "https:")
    throw new RangeError("The server's address must begin with http:// or https://.");
  if (url.username || url.password)
    throw new RangeError(
      "The server's address holds a user name or password, and would be stored with the campaign. Leave it out, and give the key in CAMBRIAN_LLM_API_KEY.",
    );
  const secret = [...url.searchParams.keys()].find((name) => /key|token|secret|sig|password/i.test(name));
  if (secret !== undefined)
    throw new RangeError(
      "The query of the server's address seems to hold a key, and would be stored with the campaign. Leave it out, and give the key in CAMBRIAN_LLM_API_KEY.",
    );
  return url;
}

/** The address that requests are sent below: what people paste, such as a bare host or a whole path, is put right. */
function tidied(url: URL): string {
  const tidy = new URL(url);
  tidy.hash = "";
  tidy.pathname = tidy.pathname.replace(/\/+$/, "").replace(/\/(chat\/completions|embeddings|models)$/, "");
  if (tidy.pathname === "/" || tidy.pathname === "") tidy.pathname = "/v1";
  return tidy.href;
}

/**
 * The endpoint that flags, or else CAMBRIAN_LLM_BASE_URL and CAMBRIAN_LLM_MODEL, name; null where neither is said.
 * @throws RangeError where one of the two is missing, or the address cannot be used
 */
export function defaultEndpoint(
  env: Record<string, string | undefined>,
  flags: { baseUrl?: string; model?: string } = {},
): Endpoint | null {
  const baseUrl = flags.baseUrl || env.CAMBRIAN_LLM_BASE_URL;
  const model = flags.model || env.CAMBRIAN_LLM_MODEL;
  if (!baseUrl && !model) return null;
  if (!model)
    throw new RangeError(
      "A server is named, but no model. Name one with --llm-model or CAMBRIAN_LLM_MODEL; `cambrian models` shows those of servers on this machine.",
    );
  if (!baseUrl)
    throw new RangeError(
      "A model is named, but no server. Name its address with --llm-base-url or CAMBRIAN_LLM_BASE_URL, for example http://127.0.0.1:8000/v1.",
    );
  const url = checkedUrl(baseUrl);
  const concurrency = (isLocal(url.hostname) && LOCAL_CONCURRENCY[url.port]) || 32;
  return Endpoint.parse({ name: "default", baseUrl: tidied(url), model, concurrency });
}

/** Whether a host is this machine or one in the same house: nobody sends a bill for it. */
export function isLocal(hostname: string): boolean {
  const host = hostname.replace(/^\[|\]$/g, "").toLowerCase();
  return (
    !/[.:]/.test(host) ||
    /(^|\.)localhost$|\.(local|lan|internal|home\.arpa)$/.test(host) ||
    /^(127\.|10\.|192\.168\.|169\.254\.|172\.(1[6-9]|2\d|3[01])\.|0\.0\.0\.0$)/.test(host) ||
    /^(::1|::|f[cd][0-9a-f]{2}:.*|fe80:.*)$/.test(host)
  );
}

export const isAzure = (hostname: string): boolean => /\.azure\.com$/i.test(hostname);

/** Name of the parameter that limits an answer's tokens. Servers that follow OpenAI's own know the older one. */
export const tokenLimit = (hostname: string): "max_tokens" | "max_completion_tokens" =>
  hostname === "api.openai.com" || isAzure(hostname) ? "max_completion_tokens" : "max_tokens";

/** Tokens that an answer may take: half of the window stays for the prompt, whatever the settings say. */
export const answerTokens = (endpoint: Pick<Endpoint, "maxOutput" | "contextWindow">): number =>
  Math.min(endpoint.maxOutput, Math.floor(endpoint.contextWindow / 2));
