/**
 * A scripted model on loopback, to try the loop of language models without one:
 *
 *   node scripts/llm/serve.ts [--bad 0.3] [--fail 0.3] [--stall 0.1] [--seconds 2] [--seed 1]
 *
 * It prints its address, and answers until it is ended.
 */
import { parseArgs } from "node:util";
import { startServer } from "../../src/main/llm/testing/server.ts";
import { readPreset } from "../../src/main/presets.ts";
import { play } from "./play.ts";

const { values: args } = parseArgs({
  options: {
    bad: { type: "string", default: "0" },
    fail: { type: "string", default: "0" },
    stall: { type: "string", default: "0" },
    seconds: { type: "string", default: "0" },
    seed: { type: "string", default: "1" },
  },
});
const { url } = await startServer(
  play({
    protocol: readPreset("smoke").protocol,
    seed: Number(args.seed),
    bad: Number(args.bad),
    fail: Number(args.fail),
    stall: Number(args.stall),
    delay: () => 1000 * Number(args.seconds),
  }),
);
console.log(url);
