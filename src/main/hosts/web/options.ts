/** What the web host is started with. */
import { resolve } from "node:path";
import { parseArgs } from "node:util";

export interface WebOptions {
  /** null: the usual port, or the next one that is free. */
  port: number | null;
  json: boolean;
  /** Open a browser. */
  open: boolean;
  archive: string | undefined;
}

/** @throws TypeError with what is wrong, for a person */
export function webOptions(args: string[], folder = process.cwd()): WebOptions {
  const { values } = parseArgs({
    args,
    options: {
      port: { type: "string" },
      json: { type: "boolean", default: false },
      open: { type: "boolean", default: false },
      archive: { type: "string" },
    },
  });
  const port = values.port === undefined ? null : Number(values.port);
  if (port !== null && !(Number.isInteger(port) && port >= 0 && port < 65536))
    throw new TypeError(`--port takes a number from 0 to 65535, not ${JSON.stringify(values.port)}.`);
  const archive = values.archive === undefined ? undefined : resolve(folder, values.archive);
  return { port, json: values.json, open: values.open, archive };
}
