/** The two secrets of the web host, in the data folder, for nobody else to read. */
import { randomBytes } from "node:crypto";
import { chmodSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export interface Keys {
  /** Goes in the address; new at each start. */
  token: string;
  /** Signs sessions; stays, so that an open page finds the program again. Delete the file to end all sessions. */
  session: string;
}

const random = () => randomBytes(32).toString("base64url");

function keep(file: string, text: string): void {
  const temporary = `${file}.${process.pid}.tmp`;
  writeFileSync(temporary, `${text}\n`, { mode: 0o600 });
  chmodSync(temporary, 0o600); // a left-over file of that name keeps its mode
  renameSync(temporary, file);
}

function kept(file: string): string | null {
  try {
    const text = readFileSync(file, "utf8").trim();
    return /^[A-Za-z0-9_-]{43}$/.test(text) ? text : null;
  } catch {
    return null;
  }
}

/** Makes a token, and the key where there is none yet. @throws when the data folder cannot be written */
export function makeKeys(home: string): Keys {
  mkdirSync(home, { recursive: true });
  const keyFile = join(home, "web-key");
  const session = kept(keyFile) ?? random();
  keep(keyFile, session);
  const token = random();
  keep(join(home, "web-token"), token);
  return { token, session };
}
