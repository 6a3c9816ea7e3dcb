/** The archive: one SQLite file that holds everything a campaign found. */
export { type AgentStats, agentStats } from "./agent-stats.ts";
export { ArchiveError, type ArchiveErrorCode } from "./errors.ts";
export { isHeld } from "./lock.ts";
export { setMarks } from "./marks.ts";
export type { ExperimentDetail, ExperimentSummary } from "./queries.ts";
export { openReader, type Reader } from "./reader.ts";
export { createArchive, openArchive, openOrCreateArchive } from "./writer.ts";
