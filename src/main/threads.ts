/** Threads beside the one that the program runs on. */
import { setFlagsFromString } from "node:v8";

/**
 * The program of a thread. It lies beside the file that starts it, bundled or not.
 *
 * From sources, Node takes the types out by a WebAssembly module in every thread. V8 may lose count of the code that it
 * compiles for the calls from there into JavaScript, and then ends the process, with all that runs in it
 * (https://github.com/nodejs/node/issues/64500): so it never compiles them, which costs nothing that can be measured.
 * @param name without its ending
 * @param from `import.meta.url` of the file that starts it
 */
export function threadProgram(name: string, from: string): URL {
  const source = from.endsWith(".ts");
  if (source) setFlagsFromString("--wasm-wrapper-tiering-budget=2000000000");
  return new URL(`./${name}.${source ? "ts" : "js"}`, from);
}
