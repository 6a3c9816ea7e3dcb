/** The campaign engine: what the rest of the program uses of it. */

export { activity } from "./activity.ts";
export { readMixer } from "./baseline.ts";
export { benchPipeline } from "./bench.ts";
export { type Discovery, discoveries } from "./discovery.ts";
export { evaluate, gateOnly } from "./evaluate.ts";
export { baselineSpread, ownBaseline } from "./fitness.ts";
export {
  busyFraction,
  type CampaignHandle,
  type CampaignOptions,
  type CampaignSnapshot,
  type DeviceReading,
  type StoredEvent,
} from "./handle.ts";
export { pool } from "./pool.ts";
export { proxyValidity } from "./promotion.ts";
export { startCampaign } from "./scheduler.ts";
export { type Timed, timedOf } from "./timed.ts";
export { type Totals, totals } from "./totals.ts";
