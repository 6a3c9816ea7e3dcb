/**
 * What a screen can follow. A topic is read by position: a client says how far it has come and gets what is new, so that
 * it resumes after a broken connection or a reload, and one that is slow misses nothing but intermediate states.
 */
import { z } from "zod";
import {
  CurvePoints,
  DeviceSample,
  FeedItem,
  LiveState,
  Notice,
  SetupState,
  Speech,
  TerminalInfo,
} from "./live.ts";

/** state: the newest value, whole. log: what was appended, in order. */
const state = <T extends z.ZodType>(data: T) => ({ kind: "state" as const, data });
const log = <T extends z.ZodType>(item: T) => ({ kind: "log" as const, data: z.array(item) });

export const TOPICS = {
  /** The campaign that this program runs, or ran last; null when there was none. */
  live: state(LiveState.nullable()),
  feed: log(FeedItem),
  speech: state(z.array(Speech)),
  curves: log(CurvePoints),
  device: log(DeviceSample),
  terminals: state(z.array(TerminalInfo)),
  setup: state(SetupState),
  notices: log(Notice),
  /** Counts up, by archive, whenever something of it changed. */
  changes: state(z.record(z.string(), z.number())),
} as const;

export type TopicName = keyof typeof TOPICS;
/** `terminal/<id>` follows a terminal: base64 of raw bytes, with the offset after the last of them as position. */
export type Topic = TopicName | `terminal/${string}`;
export type TopicData<T extends Topic> = T extends TopicName ? z.output<(typeof TOPICS)[T]["data"]> : string;

export interface TopicMessage<T = unknown> {
  /** Position after this message: what the client gives when it resumes. */
  seq: number;
  /** What came before is to be dropped: the client was too far behind, or is new. */
  reset: boolean;
  data: T;
}
