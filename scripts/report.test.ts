import { expect, test } from "vitest";
import { closingLine, playwrightCounts, pytestCounts, vitestCounts } from "./report.ts";

test("vitest: a file that does not load is a failure", () => {
  const report = {
    numPassedTests: 5,
    numFailedTests: 1,
    numPendingTests: 2,
    numTodoTests: 0,
    testResults: [
      { status: "failed", assertionResults: [] },
      { status: "failed", assertionResults: [{}] },
      { status: "passed", assertionResults: [] },
    ],
  };
  expect(vitestCounts(JSON.stringify(report))).toEqual({ passed: 5, failed: 2, skipped: 2 });
});

test("pytest: errors are failures", () => {
  const xml =
    '<?xml version="1.0"?><testsuites name="x"><testsuite name="pytest" errors="1" failures="2" skipped="3" tests="10" time="1.5"><testcase name="tests=99"/></testsuite></testsuites>';
  expect(pytestCounts(xml)).toEqual({ passed: 4, failed: 3, skipped: 3 });
  expect(() => pytestCounts("")).toThrow(/no test suite/);
});

test("Playwright: a second try that passed has passed, and what fails outside of a test is a failure", () => {
  const stats = { expected: 20, flaky: 1, unexpected: 2, skipped: 3 };
  const errors = [{ message: "no such module" }];
  expect(playwrightCounts(JSON.stringify({ stats, errors: [] }))).toEqual({
    passed: 21,
    failed: 2,
    skipped: 3,
  });
  expect(playwrightCounts(JSON.stringify({ stats, errors })).failed).toBe(3);
});

test("the closing line", () => {
  const counts = { passed: 3, failed: 1, skipped: 0 };
  expect(closingLine([counts, counts])).toBe("6 passed, 2 failed");
  expect(closingLine([counts, { ...counts, skipped: 4 }])).toBe("6 passed, 2 failed, 4 skipped");
});
