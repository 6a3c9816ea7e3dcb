/** Faults that are no experiment's. */
import { isDiskFull } from "../../shared/disk-full.ts";

/** The machine cannot go on (its disk is full): the campaign pauses, and no candidate is blamed. */
export class MachineFault extends Error {}

export function isMachineFault(error: unknown): boolean {
  return error instanceof MachineFault || isDiskFull(error);
}

/** A write that the archive refused. */
export class ArchiveFault extends Error {
  readonly code: unknown;
  constructor(cause: unknown) {
    const why = cause instanceof Error ? cause.message : String(cause);
    super(`The archive could not be written: ${why}`, { cause });
    this.code = (cause as { code?: unknown } | null)?.code;
  }
}

/** A call of the archive whose exception is known as such. */
export function write<T>(call: () => T): T {
  try {
    return call();
  } catch (error) {
    throw new ArchiveFault(error);
  }
}
