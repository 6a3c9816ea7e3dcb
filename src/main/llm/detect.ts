/** Servers on this machine, found by asking at their usual ports. */
import { get } from "node:http";
import { z } from "zod";

export interface LocalServer {
  name: string;
  baseUrl: string;
  models: string[];
}

export const USUAL_PORTS: readonly { port: number; name: string }[] = [
  { port: 11434, name: "Ollama" },
  { port: 1234, name: "LM Studio" },
  { port: 8080, name: "llama.cpp" },
  { port: 8000, name: "vLLM" },
  { port: 30000, name: "SGLang" },
];

const LIMIT_MS = 1000;
const MOST_BYTES = 1_000_000;
const Models = z.object({ data: z.array(z.object({ id: z.string() })) });

/** Body of a GET, or null where none came whole within the limits. */
const fetched = (url: string): Promise<string | null> =>
  new Promise((resolve) => {
    const signal = AbortSignal.timeout(LIMIT_MS);
    get(url, { signal }, (response) => {
      let text = "";
      response
        .setEncoding("utf8")
        .on("data", (piece: string) => {
          text += piece;
          if (text.length > MOST_BYTES) response.destroy();
        })
        .on("end", () => resolve(response.statusCode === 200 ? text : null))
        .on("error", () => resolve(null))
        .on("close", () => resolve(null));
    }).on("error", () => resolve(null));
  });

/** Those that answer /v1/models on 127.0.0.1 within a second; the others are left out, whatever their reason. */
export async function detectLocal(ports = USUAL_PORTS): Promise<LocalServer[]> {
  const found = await Promise.all(
    ports.map(async ({ port, name }) => {
      const baseUrl = `http://127.0.0.1:${port}/v1`;
      const text = await fetched(`${baseUrl}/models`);
      if (text === null) return [];
      try {
        return [{ name, baseUrl, models: Models.parse(JSON.parse(text)).data.map((m) => m.id) }];
      } catch {
        return []; // Something else listens there.
      }
    }),
  );
  return found.flat();
}
