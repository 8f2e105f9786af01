/**
 * The processes below one of ours, read from /proc. A process is known by its id and its start time together, as ids
 * are used again.
 */
import { existsSync, readdirSync, readFileSync, readlinkSync } from "node:fs"

/** @typedef {{ readonly pid: number, readonly parent: number, readonly state: string, readonly started: string }} Process */

/**
 * @param {number} pid
 * @returns {Process | undefined}
 */
export const processOf = (pid) => {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8")
    // The second field is the name in parentheses, which may hold spaces and parentheses of its own.
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ")
    return { pid, state: fields[0] ?? "", parent: Number(fields[1]), started: fields[19] ?? "" }
  } catch {
    return undefined
  }
}

/**
 * The children alone: a file's worth of work where the kernel lists them, rather than a look at every process there is.
 *
 * @param {number} pid
 * @returns {ReadonlyArray<Process>}
 */
export const childrenOf = (pid) => {
  const list = `/proc/${pid}/task/${pid}/children`
  if (processOf(pid) === undefined) return []
  if (!existsSync(list)) return descendantsOf(pid).filter((process) => process.parent === pid)
  try {
    return readFileSync(list, "utf8")
      .split(" ")
      .flatMap((child) => (child === "" ? [] : (processOf(Number(child)) ?? [])))
  } catch {
    // It ended by itself in between.
    return []
  }
}

/**
 * Children, their children and so on; parents come before their children.
 *
 * @param {number} pid
 * @returns {Array<Process>}
 */
export const descendantsOf = (pid) => {
  const all = readdirSync("/proc").flatMap((name) => (/^\d+$/.test(name) ? (processOf(Number(name)) ?? []) : []))
  /** @param {number} parent @returns {Array<Process>} */
  const below = (parent) =>
    all.filter((process) => process.parent === parent).flatMap((process) => [process, ...below(process.pid)])
  return below(pid)
}

/**
 * Whether that very process still runs. One that has ended and was not waited for yet does not.
 *
 * @param {Process} process
 */
export const isRunning = (process) => {
  const now = processOf(process.pid)
  return now !== undefined && now.started === process.started && now.state !== "Z" && now.state !== "X"
}

/**
 * @param {Process} target
 * @param {NodeJS.Signals} name
 */
export const signal = (target, name) => {
  if (!isRunning(target)) return
  try {
    process.kill(target.pid, name)
  } catch {
    // It ended by itself in between.
  }
}

/**
 * The sockets that a process holds, as `socket:[inode]`.
 *
 * @param {number} pid
 */
export const socketsOf = (pid) => {
  try {
    return readdirSync(`/proc/${pid}/fd`)
      .map((descriptor) => linkOf(`/proc/${pid}/fd/${descriptor}`))
      .filter((target) => target.startsWith("socket:"))
  } catch {
    return []
  }
}

/** @param {string} path */
const linkOf = (path) => {
  try {
    return readlinkSync(path)
  } catch {
    return ""
  }
}
