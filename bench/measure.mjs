/**
 * One run of a program as the operating system accounts for it, by GNU time (Debian's package `time`): Node itself can
 * only be asked about its own process. The wall clock is ours, as GNU time rounds to hundredths of a second.
 */
import { spawn } from "node:child_process"
import { readFileSync, rmSync } from "node:fs"
import { performance } from "node:perf_hooks"
import { ClientFailed, lineOf } from "./failure.mjs"

const MILLIS_PER_SECOND = 1000
const KIB_PER_MIB = 1024

/** Longer than any run here on a slow machine: a client that hangs is ended, and has failed. */
const LIMIT_MILLIS = 600_000

/** What a failed client said is for the error message; all that it said could be much. */
const MAX_WORDS = 2000

/**
 * @typedef {object} Command
 * @property {readonly [string, ...Array<string>]} argv
 * @property {Readonly<Record<string, string>> | undefined} [env] Beside the clean environment that every client gets.
 *
 * @typedef {object} Run
 * @property {number} wall seconds, from the start of the process to its end
 * @property {number} user seconds of processor time
 * @property {number} system seconds of processor time
 * @property {number} rss MiB at the peak, of the largest process
 */

/**
 * Runs a command to its end; fails with a ClientFailed if it fails.
 *
 * @param {Command} command
 * @param {string} folder where it runs, and its HOME, so that no configuration of the user counts
 * @returns {Promise<Run>}
 */
export const measure = async ({ argv, env }, folder) => {
  const report = `${folder}/time.txt`
  rmSync(report, { force: true })
  const started = performance.now()
  const child = spawn("time", ["--quiet", "-f", "%U %S %M", "-o", report, ...argv], {
    cwd: folder,
    env: { PATH: process.env.PATH, LC_ALL: "C", HOME: folder, ...env },
    stdio: ["ignore", "pipe", "pipe"],
    // A group of processes: what hangs is not GNU time.
    detached: true
  })
  const end = () => {
    if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL")
  }
  process.once("exit", end)
  const limit = setTimeout(end, LIMIT_MILLIS)
  let words = ""
  /** @param {Buffer} bytes */
  const keep = (bytes) => {
    words = (words + bytes).slice(-MAX_WORDS)
  }
  child.stdout.on("data", keep)
  child.stderr.on("data", keep)
  const ended = await new Promise((done, fail) => {
    child.once("error", fail)
    child.once("exit", (code, signal) => {
      const how = { code, signal, wall: performance.now() - started }
      if (code === 0) done(how)
      // Not before all that it said is here.
      else child.once("close", () => done(how))
    })
  }).finally(() => {
    clearTimeout(limit)
    process.off("exit", end)
  })
  if (ended.code !== 0) {
    const how =
      ended.wall < LIMIT_MILLIS
        ? `with ${ended.code ?? ended.signal}`
        : `by the benchmark after ${LIMIT_MILLIS / MILLIS_PER_SECOND} s`
    throw new ClientFailed(argv.join(" "), `ended ${how}: ${lineOf(words)}`)
  }
  const [user = Number.NaN, system = Number.NaN, rss = Number.NaN] = readFileSync(report, "utf8").split(" ").map(Number)
  return { wall: ended.wall / MILLIS_PER_SECOND, user, system, rss: rss / KIB_PER_MIB }
}

/**
 * The middle one, or of two in the middle the mean.
 *
 * @param {ReadonlyArray<number>} values at least one
 */
export const median = (values) => {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length / 2
  return ((sorted[Math.ceil(middle - 1)] ?? 0) + (sorted[Math.floor(middle)] ?? 0)) / 2
}
