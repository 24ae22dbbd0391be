import { writeFileSync } from 'node:fs'

/**
 * Jest's counts and the words of what failed, as JSON. Jest's own `--json` also writes the errors themselves, and ends
 * without any report when one of them holds itself. It goes where `JEST_REPORT_FILE` says.
 */
export default class JestReport {
  onRunComplete(_contexts, result) {
    const { numPassedTests, numFailedTests, numPendingTests, numTodoTests } = result
    const { numRuntimeErrorTestSuites, numTotalTestSuites } = result
    const failures = result.testResults
      .filter(({ failureMessage }) => Boolean(failureMessage))
      .map(({ testFilePath, failureMessage }) => ({ name: testFilePath, message: failureMessage }))
    const seconds = Object.fromEntries(
      result.testResults.map(({ testFilePath, perfStats }) => [testFilePath, perfStats.runtime / 1_000]),
    )
    writeFileSync(
      process.env.JEST_REPORT_FILE,
      JSON.stringify({
        ...{ numPassedTests, numFailedTests, numPendingTests, numTodoTests },
        ...{ numRuntimeErrorTestSuites, numTotalTestSuites, failures, seconds },
      }),
    )
  }
}
