/**
 * Reads vitest's JSON report for CI:
 *
 *     node scripts/testReport.mjs servers FILE   fails unless every real server's suites ran, with nothing skipped
 *     node scripts/testReport.mjs count FILE     prints `N passed, N failed`
 */
import { readFileSync } from "node:fs"
import { configurableNames, serverNames, titleOf } from "./servers/start.mjs"

/**
 * @typedef {{ fullName: string, status: string }} Test
 * @typedef {{ name: string, status: string, assertionResults: ReadonlyArray<Test> }} TestFile
 * @typedef {{ testResults: ReadonlyArray<TestFile> }} Report
 */

/** Tests of the servers themselves: they say nothing of how the client does against them. */
const SERVERS_OWN_TESTS = "/RealServer.test.ts"

/**
 * A suite is known by the server's name in its tests' names.
 *
 * @param {Report} report
 * @returns {ReadonlyArray<string>} what is wrong, a line each
 */
const checkServers = (report) => {
  const files = report.testResults.filter((file) => file.name.includes("/packages/node/"))
  const withOwnTests = new Set(configurableNames.map(titleOf))
  return serverNames.map(titleOf).flatMap((title) => {
    /** @param {TestFile} file */
    const testsOf = (file) =>
      file.assertionResults.filter((test) => test.fullName.toLowerCase().includes(title.toLowerCase()))
    const [own, suites] = [true, false].map((isOwn) =>
      files.filter((file) => file.name.endsWith(SERVERS_OWN_TESTS) === isOwn).flatMap(testsOf)
    )
    const skipped = [...(own ?? []), ...(suites ?? [])].filter((test) => !hasRun(test))
    return [
      ...(own?.some(hasRun) || !withOwnTests.has(title) ? [] : [`${title} itself was not tested`]),
      ...(suites?.some(hasRun) ? [] : [`no behaviour suite ran against ${title}`]),
      ...skipped.map((test) => `skipped: ${test.fullName}`)
    ]
  })
}

/** @param {Test} test */
const hasRun = (test) => test.status === "passed" || test.status === "failed"

/** A file that could not even be loaded counts as one failure. @param {Report} report */
const count = (report) => {
  const tests = report.testResults.flatMap((file) => file.assertionResults)
  const broken = report.testResults.filter((file) => file.status === "failed" && file.assertionResults.length === 0)
  const passed = tests.filter((test) => test.status === "passed").length
  const failed = tests.filter((test) => test.status === "failed").length + broken.length
  return `${passed} passed, ${failed} failed`
}

/** @param {string} file @returns {Report} */
const read = (file) => {
  try {
    return JSON.parse(readFileSync(file, "utf8"))
  } catch {
    // A run that was ended in the middle leaves none.
    return { testResults: [{ name: file, status: "failed", assertionResults: [] }] }
  }
}

const [verb, file] = process.argv.slice(2)
const report = read(file ?? "")
if (verb === "count") {
  process.stdout.write(`${count(report)}\n`)
} else {
  const problems = checkServers(report)
  for (const problem of problems) process.stdout.write(`real servers: ${problem}\n`)
  process.exitCode = problems.length > 0 ? 1 : 0
}
