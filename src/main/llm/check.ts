/** Tries an endpoint: one small request, outside of any campaign and its ledger. */
import type { Endpoint } from "../../shared/llm.ts";
import { chat } from "./client.ts";
import { answerTokens, checkedUrl, tokenLimit } from "./endpoints.ts";
import { objection } from "./failure.ts";
import { redactor } from "./redact.ts";

export interface EndpointCheck {
  ok: boolean;
  /** The model that answered and what it said, or what went wrong. Never holds the key. */
  message: string;
  fix: string | null;
  seconds: number;
}

/** Enough for an answer of one word with some thinking before it. */
const MOST_OUTPUT = 512;
const ASK = "Answer with the single word: ready";

/** Never throws for what the server does; the endpoint's limits on waiting hold. Rejects with the signal's reason. */
export async function checkEndpoint(
  endpoint: Endpoint,
  key: string | null,
  signal: AbortSignal,
): Promise<EndpointCheck> {
  const bare = key?.trim() || null;
  const clean = redactor(() => [bare]);
  let host: string;
  try {
    host = checkedUrl(endpoint.baseUrl).hostname;
  } catch (error) {
    const fix = "Correct the server's address.";
    return { ok: false, message: (error as Error).message, fix, seconds: 0 };
  }
  const { temperature, reasoningEffort } = endpoint;
  let params: Record<string, unknown> = {
    [tokenLimit(host)]: Math.min(MOST_OUTPUT, answerTokens(endpoint)),
    ...(temperature !== null && { temperature }),
    ...(reasoningEffort !== null && { reasoning_effort: reasoningEffort }),
  };
  const began = performance.now();
  const ask = () =>
    chat(
      { endpoint, key: bare },
      { system: "", messages: [{ role: "user", content: ASK }], params },
      signal,
      () => {},
      Date.now,
    );
  let { failure, received } = await ask();
  // As in a campaign: a parameter that the server does not know is left out, or sent under its other name.
  for (let n = 0; n < 4 && failure?.kind === "request"; n++) {
    const change = objection(failure.said, params);
    if (change === null) break;
    const name = "drop" in change ? change.drop : change.rename[0];
    const { [name]: value, ...rest } = params;
    params = "drop" in change ? rest : { ...rest, [change.rename[1]]: value };
    ({ failure, received } = await ask());
  }
  const seconds = (performance.now() - began) / 1000;
  const model = received.modelServed ?? endpoint.model;
  // A model that thinks for longer than this request allows works all the same.
  if (failure && !(failure.kind === "length" && received.text + received.reasoning !== ""))
    return { ok: false, message: clean(failure.message), fix: clean(failure.fix), seconds };
  const said = clean(received.text.replace(/\s+/g, " ").trim().slice(0, 120));
  const took = `${seconds.toFixed(1)} s`;
  const what = said ? `answered "${said}"` : "answered, still thinking when its tokens were used up,";
  return { ok: true, message: `Model ${clean(model)} ${what} in ${took}.`, fix: null, seconds };
}
