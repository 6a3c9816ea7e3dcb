/** A job's share of the machine, from its protocol. Pure. */
import type { JobRequest } from "../interfaces.ts";
import type { SandboxLimits } from "./sandbox.ts";
import type { WatchLimits } from "./watchdog.ts";

export const MB = 1024 * 1024;

/** Limits that no protocol names; tests choose smaller ones. */
export interface TrainerLimits {
  /** What the terminal may print. */
  outputMB: number;
  /** What a job may leave in its folder; by default twice its memory, because checkpoints come from there. */
  diskMB: number | null;
  files: number;
  tasks: number;
  /** Time for a checkpoint after a polite stop, seconds. */
  graceSeconds: number;
}

export const DEFAULT_LIMITS: TrainerLimits = {
  outputMB: 64,
  diskMB: null,
  files: 20_000,
  tasks: 512,
  graceSeconds: 20,
};

/**
 * What torch itself takes beside a candidate's tensors. Measured with torch 2.13 for CPU: importing it and one backward
 * pass has 180 MB of private and 230 MB of proportional memory in 600 MB of address space, of which CUDA builds take
 * several gigabytes; so private memory is the limit that counts, and address space only stops shared mappings.
 */
const TORCH_MB = { cpu: 512, cuda: 4096 };
const ADDRESS_SPACE_MB = 16_384;

export function jobLimits(
  { protocol, device }: Pick<JobRequest, "protocol" | "device">,
  limits: TrainerLimits,
): { sandbox: SandboxLimits; watch: WatchLimits; disk: number } {
  const { memoryMB } = protocol.limits;
  const disk = (limits.diskMB ?? 2 * memoryMB) * MB;
  const cpu = device === "cpu";
  return {
    disk,
    sandbox: {
      data: cpu ? (memoryMB + TORCH_MB.cpu) * MB : null,
      addressSpace: cpu ? (memoryMB + ADDRESS_SPACE_MB) * MB : null,
      file: disk,
      openFiles: 1024,
      // Of one user, not of one job, outside user namespaces: far above what the watchdog allows.
      tasks: 8192,
      tmp: 256 * MB,
      shm: 64 * MB,
    },
    watch: {
      memory: (memoryMB + TORCH_MB[device]) * MB,
      memoryMB,
      tasks: limits.tasks,
      disk,
      files: limits.files,
    },
  };
}
