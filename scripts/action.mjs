/**
 * What `action.yml` runs: the inputs, from the environment, become one call of `ftp-effect mirror --json`.
 *
 *     npm install ftp-effect@VERSION, into a folder that is removed at the end
 *     INPUT_* ─► words ─► ftp-effect mirror ─► lines of JSON ─► the log
 *                                                           ├─► $GITHUB_STEP_SUMMARY
 *                                                           └─► $GITHUB_OUTPUT
 *
 * The password goes by FTP_PASSWORD and by nothing else, and to the command alone: npm
 * does not have it, and no package runs anything while it is installed. No shell reads an input. What the command prints may hold names
 * that a server chose, so the runner takes no commands from it.
 */
import { spawn } from "node:child_process"
import { randomUUID } from "node:crypto"
import { appendFileSync, mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { createInterface } from "node:readline"
import { command, Mistake } from "./action/inputs.mjs"
import * as Summary from "./action/summary.mjs"

/** As the command has it. */
const USAGE = 2

const main = async () => {
  const { FTP_PASSWORD: inherited, INPUT_PASSWORD: given = "", ...environment } = process.env
  const { from, to, version, words } = command(environment, ownVersion())
  const password = given === "" ? inherited : given
  const summary = Summary.make(from, to, words.includes("--dry-run"))
  const folder = mkdtempSync(join(process.env.RUNNER_TEMP || tmpdir(), "ftp-effect-"))
  try {
    const installed = await spawned(npm(folder, `ftp-effect@${version}`), environment, summary)
    const code =
      installed === 0
        ? await spawned(
            { file: process.execPath, words: [binOf(folder), ...words] },
            password === undefined ? environment : { ...environment, FTP_PASSWORD: password },
            summary
          )
        : installed
    append("GITHUB_STEP_SUMMARY", summary.toMarkdown(code))
    append("GITHUB_OUTPUT", `result=${summary.result()}\n`)
    return code
  } finally {
    remove(folder)
  }
}

/** The runner clears its folder anyway: a file that is in use on Windows must not decide how the step ends. @param {string} folder */
const remove = (folder) => {
  try {
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
  } catch (error) {
    console.error(`ftp-effect: ${folder} stays: ${error}`)
  }
}

/** The action and the command are of one repository. */
const ownVersion = () => {
  const { version } = JSON.parse(readFileSync(new URL("../packages/cli/package.json", import.meta.url), "utf8"))
  return String(version)
}

/**
 * Into a folder of its own, where no file of the repository says what npm does. On Windows npm is a batch file, which only a
 * shell can run, so its JavaScript is run.
 *
 * @param {string} folder
 * @param {string} what
 * @returns {Command}
 */
const npm = (folder, what) => {
  const words = [
    "install",
    "--ignore-scripts",
    "--prefix",
    folder,
    "--no-audit",
    "--no-fund",
    "--no-package-lock",
    what
  ]
  return process.platform === "win32"
    ? {
        file: process.execPath,
        words: [join(dirname(process.execPath), "node_modules/npm/bin/npm-cli.js"), ...words],
        folder
      }
    : { file: "npm", words, folder }
}

/** @param {string} folder where it is installed */
const binOf = (folder) => {
  const root = join(folder, "node_modules", "ftp-effect")
  const { bin } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"))
  return join(root, typeof bin === "string" ? bin : String(bin["ftp-effect"]))
}

/**
 * @typedef {object} Command
 * @property {string} file
 * @property {ReadonlyArray<string>} words
 * @property {string} [folder] where it runs
 */

/**
 * Runs a command, and returns its exit code.
 *
 * @param {Command} command
 * @param {NodeJS.ProcessEnv} env
 * @param {Summary.Summary} summary
 * @returns {Promise<number>}
 */
const spawned = ({ file, folder, words }, env, summary) =>
  new Promise((resolve, reject) => {
    const child = spawn(file, words, { stdio: ["ignore", "pipe", "pipe"], env, cwd: folder })
    const token = randomUUID()
    process.stdout.write(`::stop-commands::${token}\n`)
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on("line", (line) => {
        process.stdout.write(`${summary.add(line)}\n`)
      })
    }
    /** @param {NodeJS.Signals} signal */
    const pass = (signal) => child.kill(signal)
    for (const signal of SIGNALS) process.on(signal, pass)
    const ended = () => {
      for (const signal of SIGNALS) process.off(signal, pass)
      process.stdout.write(`::${token}::\n`)
    }
    child.on("error", (error) => {
      ended()
      reject(new Mistake(`${file} could not be run: ${error.message}`))
    })
    child.on("close", (code, signal) => {
      ended()
      resolve(code ?? (signal === "SIGINT" ? 130 : 143))
    })
  })

const SIGNALS = /** @type {const} */ (["SIGINT", "SIGTERM"])

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
