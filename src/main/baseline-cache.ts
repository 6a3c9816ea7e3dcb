/**
 * Baseline measurements, kept beside the archives so that every new campaign under the same protocol on the same machine
 * starts with them. An archive holds its own copy: this file may be deleted at any time.
 */
import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { BaselinePoint } from "../shared/domain.ts";
import { sha256 } from "../shared/hash.ts";
import { CurvePreview } from "../shared/views.ts";
import type { BaselineKey } from "./interfaces.ts";

/** A measurement as it is kept, with its training curves. */
const KeptBaseline = BaselinePoint.extend({ curves: z.array(CurvePreview).default([]) });
export type KeptBaseline = z.infer<typeof KeptBaseline>;

const fileOf = (home: string, { protocolHash, device }: BaselineKey) =>
  join(home, "baselines", `${sha256(`${protocolHash} ${device}`).slice(0, 24)}.json`);

/** What is kept, or nothing: a damaged file only costs measuring again. */
export function readBaselines(home: string, key: BaselineKey): KeptBaseline[] {
  try {
    return z.array(KeptBaseline).parse(JSON.parse(readFileSync(fileOf(home, key), "utf8")));
  } catch {
    return [];
  }
}

export function keepBaselines(home: string, key: BaselineKey, points: readonly KeptBaseline[]): void {
  const file = fileOf(home, key);
  mkdirSync(join(home, "baselines"), { recursive: true });
  writeFileSync(`${file}.${process.pid}.tmp`, JSON.stringify(points));
  renameSync(`${file}.${process.pid}.tmp`, file);
}

/**
 * The device with all that decides a loss beside the protocol: versions of Python (its library is the text) and torch, and
 * the trainer's own code. Another value, another baseline: gains are never taken across two of them.
 */
export function measuredWith(
  device: string,
  python: { version: string; torch: string },
  trainerFolder: string,
): string {
  const files = readdirSync(trainerFolder, { recursive: true, encoding: "utf8" })
    .filter((f) => f.endsWith(".py") && !f.startsWith("tests"))
    .sort();
  const code = files.map((f) => `${f}\n${readFileSync(join(trainerFolder, f), "utf8")}`).join("\n");
  return `${device}, Python ${python.version}, torch ${python.torch}, trainer ${sha256(code).slice(0, 12)}`;
}
