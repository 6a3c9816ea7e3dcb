/** All that the screens know of the program. */
import { type Client, connect } from "./client.ts";

export type { Client, FollowOptions, Status } from "./client.ts";
export { connect } from "./client.ts";
export { CallError, isCancelled } from "./errors.ts";
export { type Called, useCall, useConnection, useTopic } from "./hooks.ts";
export type { TopicState } from "./store.ts";

/** On this page's client. */
export const call: Client["call"] = (name, input, options) => connect().call(name, input, options);

/** On this page's client. */
export const follow: Client["follow"] = (topic, listener, options) =>
  connect().follow(topic, listener, options);
