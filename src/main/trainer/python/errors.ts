/** What can go wrong with the Python environment: a stable code, its cause, and what to do about it. */
import type { SetupProblem } from "../../interfaces.ts";

/** Codes never change their meaning: scripts and the interface go by them. */
export const SETUP_PROBLEMS = {
  no_python: {
    cause: "No Python 3 was found on the PATH or in the usual places.",
    fix: "Install Python 3.11 or newer (Debian and Ubuntu: apt install python3 python3-venv), or set CAMBRIAN_PYTHON to an interpreter that imports torch.",
  },
  python_too_old: {
    cause: "The only Python found is older than 3.10.",
    fix: "Install Python 3.11 or newer, or set CAMBRIAN_PYTHON to an interpreter that imports torch.",
  },
  no_venv: {
    cause: "This Python cannot make virtual environments: its venv or ensurepip module is missing.",
    fix: "Install it (Debian and Ubuntu: apt install python3-venv), or install uv, or set CAMBRIAN_PYTHON to an interpreter that imports torch.",
  },
  broken_existing: {
    cause: "The interpreter named by CAMBRIAN_PYTHON cannot be used.",
    fix: "Install what is missing into it, or unset CAMBRIAN_PYTHON to let Cambrian build its own environment.",
  },
  network_unreachable: {
    cause: "No package index could be reached.",
    fix: "Check the network, the proxy (HTTPS_PROXY) and pip's index settings (pip config list), then run the command again: what was installed is kept.",
  },
  no_matching_version: {
    cause: "A pinned package is not offered for this Python and platform.",
    fix: "Use another Python version (3.11 to 3.13 are widely served), or set CAMBRIAN_PYTHON to an interpreter that imports torch.",
  },
  disk_full: {
    cause: "The disk is full.",
    fix: "Free some space (CPU builds of torch need about 1 GB, CUDA builds about 8 GB), or set CAMBRIAN_HOME to a folder on another disk, then run the command again.",
  },
  not_writable: {
    cause: "The data folder cannot be written.",
    fix: "Set CAMBRIAN_HOME to a folder that you may write.",
  },
  stalled: {
    cause: "The installation stood still: no output and no growth on disk.",
    fix: "Check the network, then run the command again: what was installed is kept.",
  },
  timeout: {
    cause: "The installation took longer than its time limit.",
    fix: "Run the command again: what was installed is kept, and it goes on from there.",
  },
  install_failed: {
    cause: "The installer failed.",
    fix: "Read the log named above. Run the command again to retry, or set CAMBRIAN_PYTHON to an interpreter that imports torch.",
  },
  verify_failed: {
    cause: "The environment was built, but a forward and backward pass did not run in it.",
    fix: "Read the error above. Run the command again to rebuild, or set CAMBRIAN_PYTHON to an interpreter that imports torch.",
  },
  gpu_fallback: {
    cause: "This machine has an NVIDIA GPU, but torch can only use the CPU.",
    fix: "Update the NVIDIA driver, or set CAMBRIAN_PYTHON to an interpreter whose torch sees the GPU. To train on the CPU all the same, set CAMBRIAN_DEVICE=cpu.",
  },
  locked: {
    cause: "Another process has been building the environment for too long.",
    fix: "Wait for it to end, or end it, then run the command again.",
  },
  cancelled: {
    cause: "The installation was cancelled.",
    fix: "Run the command again to go on: what was installed is kept.",
  },
} as const satisfies Record<string, { cause: string; fix: string }>;

export type SetupCode = keyof typeof SETUP_PROBLEMS;

export class SetupError extends Error implements SetupProblem {
  readonly code: SetupCode;
  readonly fix: string;
  /** What the tool printed, for the log. */
  readonly detail: string;
  /** @param what the particulars, put after the cause */
  constructor(code: SetupCode, what = "", detail = "") {
    super(what ? `${SETUP_PROBLEMS[code].cause} ${what}` : SETUP_PROBLEMS[code].cause);
    this.name = "SetupError";
    this.code = code;
    this.fix = SETUP_PROBLEMS[code].fix;
    this.detail = detail;
  }
}
