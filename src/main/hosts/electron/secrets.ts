/** Keys of language models, encrypted by the system's key ring, in the data folder. */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { safeStorage } from "electron";
import { CallFailure } from "../../server/service.ts";

export interface Secrets {
  get(name: string): string | null;
  set(name: string, value: string): void;
  readonly canStore: boolean;
}

/** Call after Electron is ready: before that no key ring can be asked. */
export function openSecrets(home: string): Secrets {
  const file = join(home, "secrets.json");
  // On Linux without a key ring Electron would "encrypt" with a constant: that is no keeping.
  const canStore =
    safeStorage.isEncryptionAvailable() &&
    (process.platform !== "linux" || safeStorage.getSelectedStorageBackend() !== "basic_text");

  function read(): Record<string, string> {
    try {
      const kept: unknown = JSON.parse(readFileSync(file, "utf8"));
      const entries = Object.entries(kept as Record<string, unknown>);
      return Object.fromEntries(entries.filter((e): e is [string, string] => typeof e[1] === "string"));
    } catch {
      return {};
    }
  }

  return {
    canStore,
    get(name) {
      const kept = read();
      if (!canStore || !Object.hasOwn(kept, name)) return null;
      try {
        return safeStorage.decryptString(Buffer.from(kept[name]!, "base64"));
      } catch {
        return null; // of another user, or another machine: it has to be given again
      }
    },
    set(name, value) {
      if (!canStore)
        throw new CallFailure(
          "no_key_ring",
          "This system offers no key ring, so the key was not stored.",
          `Set ${name} in the environment before Cambrian is started.`,
        );
      const { [name]: _before, ...others } = read();
      const encrypted = value === "" ? {} : { [name]: safeStorage.encryptString(value).toString("base64") };
      mkdirSync(home, { recursive: true });
      writeFileSync(`${file}.tmp`, JSON.stringify({ ...others, ...encrypted }), { mode: 0o600 });
      renameSync(`${file}.tmp`, file);
    },
  };
}
