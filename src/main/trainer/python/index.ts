export { askPython, checkPython } from "./check.ts";
export { type EnsureOptions, ensurePython } from "./environment.ts";
export { SETUP_PROBLEMS, type SetupCode, SetupError } from "./errors.ts";
export { hasNvidiaGpu } from "./find.ts";
export { ensureTools } from "./tools.ts";
