export { askPython, checkPython } from "./check.ts";
export { type EnsureOptions, ensurePython, readyPython } from "./environment.ts";
export { SETUP_PROBLEMS, type SetupCode, SetupError } from "./errors.ts";
export { describeGpus, type FoundPython, hasNvidiaGpu, listPythons } from "./find.ts";
export { ensureTools } from "./tools.ts";
