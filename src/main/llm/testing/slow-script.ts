/** Script for the server as a process: every question is answered after 60 ms. */
import type { Script } from "./server.ts";

const script: Script = ({ messages }) => ({
  text: `answer to ${messages.at(-1)!.content}`,
  delayMs: 60,
  usage: { input: 10, output: 5 },
});
export default script;
