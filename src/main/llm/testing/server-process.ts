/**
 * The scripted server as a process of its own, for tests that kill its clients.
 * Arguments: module whose default export is a Script, and a file to which a line of JSON is appended for every hit, before
 * it is answered: {role, model, at, user}, where `user` is the last message. Prints {"url"} once it listens.
 */
import { appendFileSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { type Message, startServer } from "./server.ts";

const [script, hits] = process.argv.slice(2);
if (!script) throw new Error("usage: server-process.ts SCRIPT_MODULE [HITS_FILE]");
const module = await import(pathToFileURL(resolve(script)).href);
const { url } = await startServer(module.default, {
  onHit({ role, model, at, body }) {
    const user = ((body.messages ?? []) as Message[]).at(-1)?.content ?? "";
    if (hits) appendFileSync(hits, `${JSON.stringify({ role, model, at, user })}\n`);
  },
});
process.stdout.write(`${JSON.stringify({ url })}\n`);
