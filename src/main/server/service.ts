/** What a host serves to the screens: the service implements it, the connections hand it out. */
import type { Procedures } from "../../shared/procedures.ts";

/** Every procedure of the contract, and every topic. */
export interface Service {
  procedures: Procedures;
  /** null when there is no such topic, or no such terminal. */
  topic(name: string): Source | null;
  /** Random, and new at each start: positions in topics mean something within one epoch only. */
  epoch: string;
  /** Pauses what runs and closes what is open. */
  close(): Promise<void>;
}

/** What a topic gives in one message. */
export interface Reading {
  /** Position after it. */
  seq: number;
  /** What the client had before is to be dropped. */
  reset: boolean;
  data: unknown;
}

/** A topic, read by position: each client reads at its own pace, and none can hold the program up. */
export interface Source {
  /** What is new after that position (null: from the beginning of what is held); null when nothing is. */
  read(after: number | null): Reading | null;
  /** `changed` is called when there is something new to read. Returns the way to stop. */
  listen(changed: () => void): () => void;
}

/** Why a call could not be done, for the person who made it. `code` is stable, for programs. */
export class CallFailure extends Error {
  readonly code: string;
  readonly fix: string | null;
  constructor(code: string, message: string, fix: string | null = null) {
    super(message);
    this.name = "CallFailure";
    this.code = code;
    this.fix = fix;
  }
}
