/**
 * `fetch` for the SDK, over Node's own http: the built-in one gives up after five silent minutes whatever it is told,
 * while a large model on a small machine may think for longer.
 */
import { request as plain } from "node:http";
import { request as secure } from "node:https";
import { NoAnswer } from "./failure.ts";

/** The longest answer that is read, in bytes: far more than any model writes, far less than the memory holds. */
export const MOST_BYTES = 4 * 1024 * 1024;

/** What a server needs to know; the SDK would also tell it about this machine, and what OPENAI_CUSTOM_HEADERS holds. */
const SENT = ["authorization", "api-key", "content-type", "accept", "user-agent"];

/** @param onBytes called for each piece of a body that arrives */
export const transport =
  (onBytes: () => void, mostBytes = MOST_BYTES): typeof fetch =>
  (input, init) =>
    new Promise((resolve, reject) => {
      const url = new URL(String(input));
      const send = url.protocol === "https:" ? secure : plain;
      const { method = "GET", signal, body } = init ?? {};
      const headers = Object.fromEntries(
        [...new Headers(init?.headers)].filter(([name]) => SENT.includes(name)),
      );
      // A connection that is kept may break just when it is used again, and then nobody knows whether the request arrived.
      // Redirects are not followed: the key would go along.
      const request = send(url, { method, headers: { ...headers, connection: "close" } }, (response) => {
        const { statusCode = 0 } = response;
        if (statusCode < 200 || statusCode > 599) {
          response.destroy();
          return reject(new NoAnswer(`its HTTP status is ${statusCode}`));
        }
        const pieces = (async function* () {
          let bytes = 0;
          for await (const piece of response) {
            bytes += piece.length;
            if (bytes > mostBytes) throw new NoAnswer(`its answer is longer than ${mostBytes} bytes`);
            onBytes();
            yield new Uint8Array(piece);
          }
        })();
        const empty = [204, 205, 304].includes(statusCode);
        if (empty) response.resume();
        const answered = new Headers();
        for (const [name, values] of Object.entries(response.headersDistinct))
          for (const value of values ?? []) answered.append(name, value);
        resolve(
          new Response(empty ? null : (pieces as unknown as ReadableStream<Uint8Array>), {
            status: statusCode,
            headers: answered,
          }),
        );
      });
      // Not given as an option: Node would bind the signal to the connection, which later requests use again.
      // Destroyed without an error, which a connection that was just given back would throw at nobody.
      const stop = () => {
        reject(new DOMException("The request was aborted", "AbortError"));
        request.destroy();
      };
      if (signal?.aborted) stop();
      signal?.addEventListener("abort", stop, { once: true });
      request.on("close", () => signal?.removeEventListener("abort", stop)).on("error", reject);
      request.end(body as string | undefined);
    });
