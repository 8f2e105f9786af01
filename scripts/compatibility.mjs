/**
 * `docs/compatibility.md` from vitest's JSON report of `packages/node/test/matrix`:
 *
 *     npx vitest run --project node-alone packages/node/test/matrix --reporter=json --outputFile=REPORT
 *     node scripts/compatibility.mjs write REPORT    writes the document
 *     node scripts/compatibility.mjs check REPORT    fails where the run came out otherwise than the document says
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { gunzipSync } from "node:zlib"
import { titleOf } from "./servers/combinations.mjs"
import { comparable, PASSED, render } from "./servers/compatibilityTable.mjs"
import { installRoot } from "./servers/install.mjs"
import { configurableNames, titleOf as serverTitleOf } from "./servers/start.mjs"

/**
 * @typedef {{ title: string, ancestorTitles: ReadonlyArray<string>, status: string }} Test
 * @typedef {{ testResults: ReadonlyArray<{ assertionResults: ReadonlyArray<Test> }> }} Report
 */

const document = fileURLToPath(new URL("../docs/compatibility.md", import.meta.url))
const debianPackages = {
  vsftpd: "vsftpd",
  proftpd: "proftpd-core",
  "pure-ftpd": "pure-ftpd",
  pyftpdlib: "python3-pyftpdlib"
}

/** @param {Report} report */
const documentOf = (report) => {
  const ran = report.testResults
    .flatMap((file) => file.assertionResults)
    .filter((test) => test.status === "passed" || test.status === "failed")
  /** @param {import("./servers/start.mjs").ServerName} name */
  const suiteOf = (name) => `matrix: ${serverTitleOf(name)}`
  const suites = configurableNames.map(suiteOf)
  const cases = [
    ...new Set(ran.filter((test) => suites.includes(test.ancestorTitles[0] ?? "")).map(({ title }) => title))
  ]
  return render({
    cases,
    measuredWith: [...configurableNames.map(versionOf), `Node.js ${process.versions.node}`].join(", "),
    outcomeOf: (name, setting, mode) => {
      const path = [suiteOf(name), titleOf(setting), mode.toLowerCase()].join("\n")
      const own = ran.filter((test) => test.ancestorTitles.join("\n") === path)
      const failed = own.filter((test) => test.status === "failed").length
      if (failed > 0) return `${failed} of ${cases.length} failed`
      if (own.length < cases.length) return own.length === 0 ? "not run" : `${own.length} of ${cases.length} run`
      return cases.length === 0 ? "not run" : PASSED
    }
  })
}

/** @param {Exclude<import("./servers/start.mjs").ServerName, "inetutils">} name */
const versionOf = (name) => {
  const folder = join(installRoot, "usr/share/doc", debianPackages[name])
  const log = readdirSync(folder).find((file) => file === "changelog.Debian.gz")
  const [, version] =
    /^\S+ \((\S+)\)/.exec(log === undefined ? "" : gunzipSync(readFileSync(join(folder, log))).toString()) ?? []
  return `${serverTitleOf(name)} ${version ?? "of an unknown version"}`
}

const [verb, file] = process.argv.slice(2)
if ((verb !== "write" && verb !== "check") || file === undefined) {
  process.stderr.write("usage: node scripts/compatibility.mjs write|check REPORT\n")
  process.exitCode = 1
} else {
  const text = documentOf(JSON.parse(readFileSync(file, "utf8")))
  if (verb === "write") {
    writeFileSync(document, text)
  } else {
    const said = new Set(comparable(readFileSync(document, "utf8")).split("\n"))
    const differing = comparable(text)
      .split("\n")
      .filter((line) => !said.has(line))
    if (comparable(text) !== comparable(readFileSync(document, "utf8"))) {
      process.stdout.write("docs/compatibility.md does not say what this run found:\n")
      for (const line of differing) process.stdout.write(`  ${line}\n`)
      process.exitCode = 1
    }
  }
}
