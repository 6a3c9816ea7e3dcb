/** Messages between a screen and the program, the same over IPC and WebSocket. */
import { z } from "zod";

/** Largest message that is taken from a screen, in characters. */
export const MAX_MESSAGE = 1_000_000;

export const ClientMessage = z.discriminatedUnion("type", [
  z.object({ type: z.literal("call"), id: z.number().int(), name: z.string().max(60), input: z.unknown() }),
  /** Gives a call up. */
  z.object({ type: z.literal("cancel"), id: z.number().int() }),
  /** `after`: position reached in this epoch; null: from the beginning of what is held. */
  z.object({
    type: z.literal("follow"),
    id: z.number().int(),
    topic: z.string().max(120),
    after: z.number().nullable(),
  }),
  z.object({ type: z.literal("unfollow"), id: z.number().int() }),
  /** The message up to `seq` was worked off: the next may come. */
  z.object({ type: z.literal("ack"), id: z.number().int(), seq: z.number() }),
]);
export type ClientMessage = z.infer<typeof ClientMessage>;

/** An error as a person should see it: what happened and what to do; what was kept is said in the message. */
export interface CallError {
  /** Stable, for programs: "locked", "missing", "bad_input". */
  code: string;
  message: string;
  fix: string | null;
}

export type ServerMessage =
  /** First of a connection. Positions of an earlier epoch mean nothing in this one: the program was started anew. */
  | { type: "hello"; epoch: string }
  | { type: "result"; id: number; value: unknown }
  | { type: "error"; id: number; error: CallError }
  | { type: "topic"; id: number; seq: number; reset: boolean; data: unknown };

/** What the preload script puts on the page, and the web client makes for itself. */
export interface Bridge {
  send(message: ClientMessage): void;
  /** One listener; returns the way to stop. */
  listen(listener: (message: ServerMessage) => void): () => void;
}
