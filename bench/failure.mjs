/**
 * What a client says when it fails, as a line for the report. A benchmark that has several clients goes on with the others: see
 * `turns.mjs`.
 */
import { spawnSync } from "node:child_process"

/** Of a line in a report. */
const MAX_LINE = 200

/** A client has failed, or its tree is not its source. */
export class ClientFailed extends Error {
  /**
   * @param {string} what what was run
   * @param {string} reason how it ended, for a reader who knows what was run
   */
  constructor(what, reason) {
    super(`${what}: ${reason}`)
    this.reason = reason
  }
}

/** The first thing that was said and the last: the cause, and what it led to. @param {string} words */
export const lineOf = (words) => {
  const lines = words.split("\n").flatMap((line) => (line.trim() === "" ? [] : [line.trim().slice(0, MAX_LINE)]))
  return lines.length === 0 ? "it said nothing" : [...new Set([lines[0], lines.at(-1)])].join(" … ")
}

/**
 * Fails if a client's tree is not its source.
 *
 * @param {string} source
 * @param {string} target
 * @param {ReadonlyArray<string>} [besides] names that the client keeps there for itself
 */
export const checkTree = (source, target, besides = []) => {
  const args = ["-rq", ...besides.map((name) => `--exclude=${name}`), source, target]
  const { error, status, stderr, stdout } = spawnSync("diff", args, {
    encoding: "utf8",
    maxBuffer: Number.MAX_SAFE_INTEGER
  })
  if (error !== undefined) throw error
  if (status !== 0) throw new ClientFailed(target, `the tree is not its source: ${lineOf(stdout + stderr)}`)
}
