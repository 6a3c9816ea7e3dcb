/** Why a call could not be done, as the person who made it should read it. */
import type { CallError as Told } from "../../shared/wire.ts";

export class CallError extends Error implements Told {
  readonly code: string;
  readonly fix: string | null;
  constructor({ code, message, fix }: Told) {
    super(message);
    this.name = "CallError";
    this.code = code;
    this.fix = fix;
  }
}

/** Whoever made the call gave it up: nothing to show. */
export const isCancelled = (error: unknown): boolean =>
  error instanceof CallError && error.code === "cancelled";

export const cancelled = () =>
  new CallError({ code: "cancelled", message: "The call was given up.", fix: null });

/** The connection broke under a call that changes something: whether it was done is not known. */
export const broken = (name: string) =>
  new CallError({
    code: "connection_lost",
    message: `The connection to Cambrian broke during ${name}. It may have been done all the same.`,
    fix: "Wait until the connection is back, and look before you try again.",
  });

export const notConnected = () =>
  new CallError({
    code: "not_connected",
    message: "Cambrian does not answer at the moment. Nothing was changed.",
    fix: "Check that the program is running; the window connects again by itself.",
  });
