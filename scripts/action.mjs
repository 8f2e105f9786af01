/**
 * What `action.yml` runs: the inputs, from the environment, become one call of `ftp-effect mirror --json`.
 *
 *     INPUT_* ─► words ─► npx ftp-effect@VERSION mirror ─► lines of JSON ─► the log
 *                                                                       ├─► $GITHUB_STEP_SUMMARY
 *                                                                       └─► $GITHUB_OUTPUT
 *
 * The password goes by FTP_PASSWORD and by nothing else. No shell reads an input. What the command prints may hold names
 * that a server chose, so the runner takes no commands from it.
 */
import { spawn } from "node:child_process"
import { randomUUID } from "node:crypto"
import { appendFileSync, readFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { createInterface } from "node:readline"
import { command, Mistake } from "./action/inputs.mjs"
import * as Summary from "./action/summary.mjs"

/** As the command has it. */
const USAGE = 2

const main = async () => {
  const { INPUT_PASSWORD: password = "", ...environment } = process.env
  const { from, to, version, words } = command(environment, ownVersion())
  const summary = Summary.make(from, to, words.includes("--dry-run"))
  const code = await spawned(npx([`ftp-effect@${version}`, ...words]), password, summary)
  append("GITHUB_STEP_SUMMARY", summary.toMarkdown(code))
  append("GITHUB_OUTPUT", `result=${summary.result()}\n`)
  return code
}

/** The action and the command are of one repository. */
const ownVersion = () => {
  const { version } = JSON.parse(readFileSync(new URL("../packages/cli/package.json", import.meta.url), "utf8"))
  return String(version)
}

/**
 * On Windows npx is a batch file, which only a shell can run, so its JavaScript is run.
 *
 * @param {ReadonlyArray<string>} words
 * @returns {{ readonly file: string, readonly words: ReadonlyArray<string> }}
 */
const npx = (words) =>
  process.platform === "win32"
    ? {
        file: process.execPath,
        words: [join(dirname(process.execPath), "node_modules/npm/bin/npx-cli.js"), "--yes", ...words]
      }
    : { file: "npx", words: ["--yes", ...words] }

/**
 * Runs the command, and returns its exit code.
 *
 * @param {{ readonly file: string, readonly words: ReadonlyArray<string> }} command
 * @param {string} password
 * @param {Summary.Summary} summary
 * @returns {Promise<number>}
 */
const spawned = ({ file, words }, password, summary) =>
  new Promise((resolve, reject) => {
    const { INPUT_PASSWORD: _, FTP_PASSWORD: inherited, ...rest } = process.env
    const secret = password === "" ? inherited : password
    const child = spawn(file, words, {
      stdio: ["ignore", "pipe", "pipe"],
      env: secret === undefined ? rest : { ...rest, FTP_PASSWORD: secret }
    })
    const token = randomUUID()
    process.stdout.write(`::stop-commands::${token}\n`)
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on("line", (line) => {
        process.stdout.write(`${summary.add(line)}\n`)
      })
    }
    for (const signal of /** @type {const} */ (["SIGINT", "SIGTERM"])) process.on(signal, () => child.kill(signal))
    const ended = () => process.stdout.write(`::${token}::\n`)
    child.on("error", (error) => {
      ended()
      reject(new Mistake(`${file} could not be run: ${error.message}`))
    })
    child.on("close", (code, signal) => {
      ended()
      resolve(code ?? (signal === "SIGINT" ? 130 : 143))
    })
  })

/**
 * @param {string} name of the variable that names the file
 * @param {string} text
 */
const append = (name, text) => {
  const file = process.env[name]
  if (file !== undefined && file !== "") {
    appendFileSync(file, text)
  }
}

/** @param {string} text for the value of a workflow command */
const escaped = (text) => text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A")

try {
  process.exitCode = await main()
} catch (error) {
  if (!(error instanceof Mistake)) {
    throw error
  }
  process.stdout.write(`::error title=ftp-effect::${escaped(error.message)}\n`)
  process.exitCode = USAGE
}
