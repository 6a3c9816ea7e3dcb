/**
 * A client for tests to kill: asks k0, k1, … three at a time with the ledger of an archive, and names each on standard
 * output once it is answered ("k3 done") or given up ("k3 twice").
 * Arguments: module that has openOrCreateArchive, archive file, base URL, how many.
 */
import { writeSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { LlmError } from "../../interfaces.ts";
import { llmAt, requestAt } from "./endpoint.ts";

const [module, file, url, count] = process.argv.slice(2) as [string, string, string, string];
const { openOrCreateArchive } = await import(pathToFileURL(module).href);
const archive = openOrCreateArchive(file);
const { ledger } = archive;
ledger.settle();
const { llm } = llmAt(url, {}, { ledger, campaignId: null });
const keys = Array.from({ length: Number(count) }, (_, i) => `k${i}`);
writeSync(1, "ready\n");
const ask = async () => {
  for (let key = keys.shift(); key !== undefined; key = keys.shift()) {
    const request = requestAt(key);
    const place = { ...request.place, campaignId: null };
    let what = "done";
    try {
      const { text } = await llm.ask({ ...request, place }, new AbortController().signal);
      if (text !== `answer to question ${key}`) what = `wrong: ${text}`;
    } catch (error) {
      if (!(error instanceof LlmError)) throw error;
      what = error.kind;
    }
    writeSync(1, `${key} ${what}\n`);
  }
};
await Promise.all([ask(), ask(), ask()]);
archive.close();
