/**
 * A lock beside a local name: a symbolic link whose target names its owner, or a file with that content if links can't
 * be made.
 *
 *     free ──create──► ours
 *     another's ──its owner lives──► in use
 *         └──stale──► lock LOCK~ in the same way ──► LOCK is still that one ──► rename LOCK~ to LOCK: ours
 *                                               └──► it has changed ──► remove LOCK~, begin again
 *
 * Only the owner of LOCK~ replaces a stale LOCK, and does so in one step. So among any number of processes that find
 * one stale lock, one gets it.
 */
import { constants } from "node:fs"
import * as Fs from "node:fs/promises"

/** A lock may be released, and taken by another process, between two looks at it. */
const TRIES = 5

/** LOCK~ is stale if its owner was killed between two system calls, LOCK~~ if that happened again in the repair. */
const MAX_DEPTH = 3

/** What is known of an owner: of one on another machine, or in another PID namespace, nothing. */
export type Verdict = "Alive" | "Ended" | "Unknown"

export interface Judge {
  readonly verdict: (owner: string) => Promise<Verdict>
  /** For an unknown owner: whether it has stopped showing signs of life. `guard` was created just now. */
  readonly isSilent: (lock: string, guard: string) => Promise<boolean>
}

/** Takes the lock; `undefined` if it is ours now, else its owner. */
export const acquire = async (
  lock: string,
  mine: string,
  judge: Judge,
  depth = MAX_DEPTH
): Promise<string | undefined> => {
  let owner: string | undefined
  for (let tries = 0; tries < TRIES; tries++) {
    if (await create(lock, mine)) {
      return undefined
    }
    owner = await read(lock)
    if (owner === undefined) {
      continue
    }
    const verdict = await judge.verdict(owner)
    if (verdict === "Alive" || depth === 0) {
      return owner
    }
    const guard = `${lock}~`
    const guardian = await acquire(guard, mine, judge, depth - 1)
    if (guardian !== undefined) {
      return guardian
    }
    const replaced = await replace(lock, guard, owner, () =>
      verdict === "Ended" ? Promise.resolve(true) : judge.isSilent(lock, guard)
    )
    if (replaced === "Ours") {
      return undefined
    }
    if (replaced === "Alive") {
      return owner
    }
  }
  return owner ?? ""
}

/** Releases the lock if it is still ours. */
export const release = async (lock: string, mine: string): Promise<void> => {
  if ((await read(lock)) === mine) {
    await Fs.unlink(lock)
  }
}

/** The caller owns `guard`, and does not any more afterwards. */
const replace = async (
  lock: string,
  guard: string,
  owner: string,
  isStale: () => Promise<boolean>
): Promise<"Ours" | "Alive" | "Changed"> => {
  let outcome: "Alive" | "Changed" = "Changed"
  try {
    if ((await read(lock)) === owner) {
      if (await isStale()) {
        await Fs.rename(guard, lock)
        return "Ours"
      }
      outcome = "Alive"
    }
  } catch (error) {
    await Fs.unlink(guard)
    throw error
  }
  await Fs.unlink(guard)
  return outcome
}

/** Whether it was free. */
const create = async (lock: string, mine: string): Promise<boolean> => {
  try {
    await Fs.symlink(mine, lock)
    return true
  } catch (error) {
    if (codeOf(error) === "EEXIST") {
      return false
    }
    if (codeOf(error) === "ENOENT" || codeOf(error) === "ENOTDIR" || codeOf(error) === "EACCES") {
      throw error
    }
  }
  try {
    await Fs.writeFile(lock, mine, { flag: "wx" })
    return true
  } catch (error) {
    if (codeOf(error) === "EEXIST") {
      return false
    }
    throw error
  }
}

const read = async (lock: string): Promise<string | undefined> => {
  try {
    return await Fs.readlink(lock)
  } catch (error) {
    return codeOf(error) === "EINVAL" || codeOf(error) === "UNKNOWN"
      ? await contentOf(lock).catch(() => undefined)
      : undefined
  }
}

/** The text of an owner has a host name of at most 255 bytes in it, and little else. */
const MAX_BYTES = 1024

/** What another user put there may be a pipe, whose open or read would wait, or a file of any size. */
const contentOf = async (lock: string): Promise<string> => {
  const file = await Fs.open(lock, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0))
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(MAX_BYTES), 0, MAX_BYTES, null)
    return buffer.toString("utf8", 0, bytesRead)
  } finally {
    await file.close()
  }
}

const codeOf = (error: unknown): unknown =>
  typeof error === "object" && error !== null && "code" in error ? error.code : undefined
