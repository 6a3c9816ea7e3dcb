/**
 * A program for the tests to kill while it asks models: each request is put as sent, then as done, and named on standard
 * output after each put has returned ("sent 3", "done 3"). Arguments: archive, number of the first request.
 */
import { writeSync } from "node:fs";
import { openOrCreateArchive } from "../index.ts";
import { call, campaign } from "./fixtures.ts";

const [file, first] = process.argv.slice(2);
const archive = openOrCreateArchive(file!);
archive.createCampaign(campaign());
const nothing = { answer: null, usage: null, tokens: 0, cost: 0, verdict: null, seconds: null };
for (let n = Number(first); ; n++) {
  archive.ledger.putPrompt(`prompt${n % 3}`, "researcher", "Role: researcher");
  archive.ledger.put(call(n, { state: "sent", ...nothing }));
  writeSync(1, `sent ${n}\n`);
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5); // The model thinks.
  archive.ledger.put(call(n, { answer: `answer ${n} `.repeat(500) }));
  writeSync(1, `done ${n}\n`);
}
