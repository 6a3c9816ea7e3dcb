/** What the test runners' report files say, and how it is summed up. */

export interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

/** vitest's JSON report. A file that does not load counts as one failure. */
export function vitestCounts(json: string): Counts {
  const report = JSON.parse(json);
  const broken = (report.testResults as { status: string; assertionResults: unknown[] }[]).filter(
    (file) => file.status === "failed" && file.assertionResults.length === 0,
  ).length;
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests + broken,
    skipped: report.numPendingTests + report.numTodoTests,
  };
}

/** pytest's JUnit report. */
export function pytestCounts(xml: string): Counts {
  const suites = [...xml.matchAll(/<testsuite\s([^>]*)>/g)].map((m) => m[1]!);
  if (suites.length === 0) throw new Error("pytest's report holds no test suite");
  const sum = (name: string) =>
    suites.reduce((total, s) => total + Number(s.match(new RegExp(`\\b${name}="(\\d+)"`))?.[1] ?? 0), 0);
  const failed = sum("failures") + sum("errors");
  return { passed: sum("tests") - failed - sum("skipped"), failed, skipped: sum("skipped") };
}

/** Playwright's JSON report. What is wrong outside of any test (a file that does not load) counts as a failure each. */
export function playwrightCounts(json: string): Counts {
  const { stats, errors } = JSON.parse(json) as {
    stats: { expected: number; flaky: number; unexpected: number; skipped: number };
    errors: unknown[];
  };
  return {
    passed: stats.expected + stats.flaky,
    failed: stats.unexpected + errors.length,
    skipped: stats.skipped,
  };
}

/** The plain closing line. */
export function closingLine(counts: readonly Counts[]): string {
  const sum = (pick: (c: Counts) => number) => counts.reduce((total, c) => total + pick(c), 0);
  const skipped = sum((c) => c.skipped);
  return `${sum((c) => c.passed)} passed, ${sum((c) => c.failed)} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;
}
