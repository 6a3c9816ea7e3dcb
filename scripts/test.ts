/**
 * All tests: `npm test`. It sees to what they need (a Python environment with pytest and ruff, bubblewrap), runs the type
 * checker, the linters, vitest and pytest (the last two at the same time), then what a person does on the screens in a
 * real browser, and closes with a summary and one plain line.
 * Nothing is left in the work tree; what is built lies in the data folder. Arguments are handed on to nobody: for one
 * test, call vitest or pytest.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { ensureChromium } from "../e2e/chromium.ts";
import { aptInstall, ensureBubblewrap, onPath } from "../src/main/hosts/cli/bubblewrap.ts";
import { setupLine } from "../src/main/hosts/cli/context.ts";
import { dataFolder, programFolder, trainerFolder } from "../src/main/paths.ts";
import { ensurePython, ensureTools, SetupError } from "../src/main/trainer/python/index.ts";
import { runTool } from "../src/main/trainer/python/tool.ts";
import { type Counts, closingLine, playwrightCounts, pytestCounts, vitestCounts } from "./report.ts";

/** Seconds after which a part is ended: far more than it takes. */
const LIMIT = 30 * 60;

interface Part {
  name: string;
  ok: boolean;
  seconds: number;
  counts: Counts | null;
  note: string;
}

const home = dataFolder();
const reports = mkdtempSync(join(tmpdir(), "cambrian-test-"));
const abort = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => abort.abort());

const say = (text: string) => process.stdout.write(`${text}\n`);
const bin = (name: string) => join(programFolder, "node_modules", name);

/** Runs one part, its output passed on line by line under its name. */
async function part(
  name: string,
  command: string,
  args: string[],
  env: NodeJS.ProcessEnv,
  report: { file: string; read: (text: string) => Counts } | null = null,
): Promise<Part> {
  say(`[${name}] ${[command, ...args].join(" ").replaceAll(`${programFolder}/`, "")}`);
  const from = Date.now();
  const end = (ok: boolean, counts: Counts | null, note: string): Part => {
    const seconds = (Date.now() - from) / 1000;
    say(`[${name}] ${ok ? "ok" : "FAILED"} in ${seconds.toFixed(1)} s${note ? `: ${note}` : ""}`);
    return { name, ok, seconds, counts, note };
  };
  try {
    const onLine = (line: string) => line.trim() && say(`[${name}] ${line}`);
    const run = await runTool(command, args, { env, limit: LIMIT, signal: abort.signal, onLine });
    const counts = report && existsSync(report.file) ? report.read(readFileSync(report.file, "utf8")) : null;
    // A runner that dies before its report has failed, whatever it says.
    if (report && !counts)
      return end(false, { passed: 0, failed: 1, skipped: 0 }, `no report (exit code ${run.code})`);
    const ok = run.code === 0 && (counts === null || (counts.failed === 0 && counts.passed > 0));
    return end(ok, counts, run.code === 0 ? "" : `exit code ${run.code}`);
  } catch (error) {
    return end(false, report ? { passed: 0, failed: 1, skipped: 0 } : null, (error as Error).message);
  }
}

/** The interpreter, and the environment in which its pytest and ruff are found. */
async function python(): Promise<{ python: string; env: NodeJS.ProcessEnv }> {
  const build = () =>
    ensurePython({
      home,
      signal: abort.signal,
      onProgress: setupLine({
        streams: { env: process.env, cwd: "", out: process.stdout, err: process.stderr },
        terminal: false,
      }),
    });
  const found = await build().catch(async (error) => {
    // As with bubblewrap: what takes no question is installed.
    const missing = error instanceof SetupError && ["no_python", "no_venv"].includes(error.code);
    const root = process.getuid?.() === 0 && onPath("apt-get", process.env);
    if (!missing || !root || !(await aptInstall(["python3", "python3-venv"], process.env))) throw error;
    say("Installed python3 and python3-venv (apt-get).");
    return build();
  });
  say(`Python ${found.version} (${found.origin}), torch ${found.torch}: ${found.python}`);
  const env = { ...process.env, PYTHONDONTWRITEBYTECODE: "1", CAMBRIAN_PYTHON: found.python };
  const probe = ["-c", "import pytest, ruff"];
  const has = await runTool(found.python, probe, { env, limit: 60, signal: abort.signal });
  if (has.code === 0) return { python: found.python, env };
  say("Installing pytest and ruff beside the environment");
  const requirements = join(trainerFolder, "requirements-test.txt");
  const tools = await ensureTools({ home, python: found.python, requirements, signal: abort.signal });
  return { python: found.python, env: { ...env, PYTHONPATH: tools } };
}

async function main(): Promise<number> {
  say(
    "Cambrian's tests: TypeScript and linters first, while Python is made ready, then vitest and pytest side by side.",
  );
  const started = Date.now();
  const notes = await ensureBubblewrap(process.env);
  for (const line of notes) say(line);

  const node = process.execPath;
  const env = { ...process.env, PATH: [bin(".bin"), process.env.PATH].join(delimiter) };
  const checks = async () => [
    await part("types", node, [bin("typescript/bin/tsc"), "--noEmit"], env),
    await part("biome", node, [bin("@biomejs/biome/bin/biome"), "check", "."], env),
  ];
  const [ready, done] = await Promise.all([python(), checks()]);

  const withPath = (extra: string) => ({
    ...ready.env,
    PYTHONPATH: [extra, ready.env.PYTHONPATH].filter(Boolean).join(delimiter),
  });
  const style = ["--line-length", "120", "--no-cache", "trainer", "src/main"];
  const lint = [
    await part("ruff", ready.python, ["-m", "ruff", "check", ...style], ready.env),
    await part("ruff format", ready.python, ["-m", "ruff", "format", "--check", ...style], ready.env),
  ];

  const json = join(reports, "vitest.json");
  const xml = join(reports, "pytest.xml");
  const vitest = [
    bin("vitest/vitest.mjs"),
    "run",
    "--reporter=default",
    "--reporter=json",
    `--outputFile.json=${json}`,
  ];
  const pytest = ["-m", "pytest", "-q", "-p", "no:cacheprovider", `--junitxml=${xml}`, "trainer/tests"];
  const tests = await Promise.all([
    part(
      "vitest",
      node,
      vitest,
      { ...env, ...pick(ready.env), NO_COLOR: "1" },
      { file: json, read: vitestCounts },
    ),
    // One thread: vitest trains at the same time.
    part(
      "pytest",
      ready.python,
      pytest,
      { ...withPath(programFolder), OMP_NUM_THREADS: "1" },
      { file: xml, read: pytestCounts },
    ),
  ]);

  const screens = await throughTheScreen({ ...env, ...pick(ready.env), NO_COLOR: "1" });
  const parts = [...done, ...lint, ...tests, screens];
  say("");
  for (const p of parts) {
    const counts = p.counts ? `  ${closingLine([p.counts])}` : "";
    say(
      `${p.ok ? "ok    " : "FAILED"}  ${p.name.padEnd(11)}  ${p.seconds.toFixed(1).padStart(6)} s${counts}${p.note ? `  ${p.note}` : ""}`,
    );
  }
  if (process.platform === "linux" && !onPath("bwrap", process.env)) {
    say(
      "Skipped: attacks on the sandbox, because bubblewrap is not installed (sudo apt-get install bubblewrap).",
    );
  }
  say(`All in ${((Date.now() - started) / 1000).toFixed(0)} s.`);
  say(closingLine(parts.flatMap((p) => (p.counts ? [p.counts] : []))));
  return parts.every((p) => p.ok) ? 0 : 1;
}

/** The built application in a browser. Where there is none, it counts as skipped, and why is said. */
async function throughTheScreen(env: NodeJS.ProcessEnv): Promise<Part> {
  const chromium = await ensureChromium(env);
  if ("why" in chromium) {
    say(`[e2e] Skipped: ${chromium.why}`);
    const counts = { passed: 0, failed: 0, skipped: 1 };
    return { name: "e2e", ok: true, seconds: 0, counts, note: "skipped: no Chromium" };
  }
  const file = join(reports, "playwright.json");
  return part(
    "e2e",
    process.execPath,
    [bin("@playwright/test/cli.js"), "test", "--reporter=list,json"],
    { ...env, CAMBRIAN_CHROMIUM: chromium.path, PLAYWRIGHT_JSON_OUTPUT_NAME: file },
    { file, read: playwrightCounts },
  );
}

/** Of the interpreter's environment, what vitest's tests need: they run Python as the program does, without PYTHONPATH. */
const pick = ({ CAMBRIAN_PYTHON, PYTHONDONTWRITEBYTECODE }: NodeJS.ProcessEnv) => ({
  CAMBRIAN_PYTHON,
  PYTHONDONTWRITEBYTECODE,
});

let code = 1;
try {
  code = await main();
} catch (error) {
  say(error instanceof SetupError ? `${error.message}\nFix: ${error.fix}` : String((error as Error).stack));
  say("0 passed, 1 failed");
} finally {
  rmSync(reports, { recursive: true, force: true });
}
process.exitCode = abort.signal.aborted ? 130 : code;
