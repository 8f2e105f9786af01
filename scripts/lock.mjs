/**
 * A lock between processes: a folder that only one can make, with its owner's process id inside.
 *
 * It does NOT outlive its owner: a lock whose process is gone is taken over.
 */
import { mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"

const POLL_MILLIS = 100
/** An owner writes its id right after the folder; a folder still without one after this long was left by a crash. */
const NAMELESS_MILLIS = 5_000

/**
 * Runs `work` while holding the lock at `path`; tells `onWait` once if somebody else holds it.
 *
 * @template A
 * @param {string} path
 * @param {() => A | Promise<A>} work
 * @param {(owner: string) => void} onWait
 * @returns {Promise<A>}
 */
export const withLock = async (path, work, onWait) => {
  mkdirSync(dirname(path), { recursive: true })
  let told = false
  while (!acquire(path)) {
    if (takeOver(path)) continue
    if (!told) onWait(owner(path))
    told = true
    await new Promise((resolve) => setTimeout(resolve, POLL_MILLIS))
  }
  const release = () => rmSync(path, { recursive: true, force: true })
  process.once("exit", release)
  try {
    return await work()
  } finally {
    process.removeListener("exit", release)
    release()
  }
}

/** @param {string} path */
const acquire = (path) => {
  try {
    mkdirSync(path)
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === "EEXIST") return false
    throw error
  }
  writeFileSync(join(path, "pid"), String(process.pid))
  return true
}

/** @param {string} path */
const owner = (path) => {
  try {
    return readFileSync(join(path, "pid"), "utf8")
  } catch {
    return ""
  }
}

/**
 * Removes a dead owner's lock. Only who renames the folder away removes it, and a living owner's folder that was caught
 * by mistake (it was new since we looked) is put back.
 *
 * @param {string} path
 */
const takeOver = (path) => {
  const dead = owner(path)
  if (dead === "" ? !isOld(path) : isAlive(Number(dead))) return false
  const aside = `${path}.${process.pid}`
  try {
    renameSync(path, aside)
    if (owner(aside) === dead) {
      rmSync(aside, { recursive: true, force: true })
    } else {
      renameSync(aside, path)
    }
  } catch {
    // Another waiter was quicker.
  }
  return true
}

/** @param {string} path */
const isOld = (path) => {
  try {
    return Date.now() - statSync(path).mtimeMs > NAMELESS_MILLIS
  } catch {
    return false
  }
}

/** @param {number} pid */
const isAlive = (pid) => {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code === "EPERM"
  }
}
