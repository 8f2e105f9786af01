/**
 * One process at a time works at a local name. The claim is a symbolic link beside it whose target says whose it is;
 * where links can't be made, a file with that content.
 *
 *     free ──link──► ours ──scope──► free
 *       ▲              another's ──it lives──► in use
 *       └──renamed away, and looked at once more──── its process has ended, or the machine was started anew
 *
 * Of another machine nobody can tell: its claim counts for as long as something is written beside it.
 */
import * as Fs from "node:fs/promises"
import { hostname } from "node:os"
import { FtpLocalFileError } from "@ftp-effect/core/FtpLocalFile"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"

const SUFFIX = ".lock"

/**
 * Millis without a write after which another machine's download has given up: it would have ended in a failure before.
 */
const SILENT_FOR = 15 * 60_000

/** What is found may change hands while it is looked at. */
const TRIES = 5

/** Which process it is, also where its number is given to another one later. */
interface Owner {
  readonly host: string
  readonly boot: string
  readonly pid: number
  readonly start: string
}

/** Claims of this process, which all look alike from outside. */
const held = new Set<string>()

/**
 * Holds `path` for the scope. Fails with `InUse` where another download, of this process or of another one, has it, and
 * with what `failure` makes of it where no claim can be made.
 */
export const claim = (
  path: string,
  failure: (error: NodeJS.ErrnoException) => FtpLocalFileError
): Effect.Effect<void, FtpLocalFileError, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.suspend(() =>
      held.has(path)
        ? Effect.fail(inUse(path, "this process"))
        : Effect.onError(
            Effect.suspend(() => {
              held.add(path)
              return take(path, failure)
            }),
            () => Effect.sync(() => held.delete(path))
          )
    ),
    () =>
      Effect.ignore(
        Effect.ensuring(
          Effect.tryPromise(() => Fs.unlink(path + SUFFIX)),
          Effect.sync(() => held.delete(path))
        )
      )
  )

const take = (
  path: string,
  failure: (error: NodeJS.ErrnoException) => FtpLocalFileError
): Effect.Effect<void, FtpLocalFileError> =>
  Effect.gen(function* () {
    const mine = text(yield* Effect.promise(self))
    for (let tries = 0; tries < TRIES; tries++) {
      const owner = yield* Effect.tryPromise({
        try: () => attempt(path, mine),
        catch: (error) => failure(error instanceof Error ? error : new TypeError(String(error)))
      })
      if (owner === undefined) {
        return
      }
      if (owner !== "Free") {
        return yield* inUse(path, owner)
      }
    }
    return yield* inUse(path, "several others")
  })

/** Nothing when it is ours now, else who has it, or `Free` where it was another's who has ended. */
const attempt = async (path: string, mine: string): Promise<string | undefined> => {
  const lock = path + SUFFIX
  if (await put(lock, mine)) {
    return undefined
  }
  const found = await look(lock)
  if (found === undefined) {
    return "Free"
  }
  if (await isAlive(found, path)) {
    return inWords(found)
  }
  // The one whose rename succeeds has it. It may be a newer one by now, which is then put back.
  const aside = `${lock}.${process.pid}.${Math.random().toString(36).slice(2)}`
  try {
    await Fs.rename(lock, aside)
  } catch {
    return "Free"
  }
  const taken = await look(aside)
  await Fs.unlink(aside)
  if (taken !== undefined && taken !== found) {
    await put(lock, taken)
    return inWords(taken)
  }
  return "Free"
}

/** Whether it was free. */
const put = async (lock: string, mine: string): Promise<boolean> => {
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

const look = async (lock: string): Promise<string | undefined> => {
  try {
    return await Fs.readlink(lock)
  } catch (error) {
    return codeOf(error) === "EINVAL" || codeOf(error) === "UNKNOWN" ? Fs.readFile(lock, "utf8") : undefined
  }
}

const isAlive = async (found: string, path: string): Promise<boolean> => {
  const owner = parse(found)
  const me = await self()
  if (owner === undefined || owner.host !== me.host || owner.boot === "" || me.boot === "") {
    return owner?.host === me.host ? exists(owner.pid) : isWrittenTo(path)
  }
  return owner.boot === me.boot && exists(owner.pid) && (await startOf(owner.pid)) === owner.start
}

const isWrittenTo = async (path: string): Promise<boolean> => {
  const times = await Promise.all(
    [path, path + SUFFIX].map((each) =>
      Fs.lstat(each).then(
        ({ mtimeMs }) => mtimeMs,
        () => 0
      )
    )
  )
  return Date.now() - Math.max(...times) < SILENT_FOR
}

const exists = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return codeOf(error) === "EPERM"
  }
}

const readOr = (path: string, otherwise: string): Promise<string> => Fs.readFile(path, "utf8").catch(() => otherwise)

/**
 * Since when a process runs, in ticks since the start of the system; the field behind its name, which may have spaces.
 */
const START_FIELD = 19
const startOf = async (pid: number): Promise<string> => {
  const stat = await readOr(`/proc/${pid}/stat`, "")
  return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[START_FIELD] ?? ""
}

let known: Promise<Owner> | undefined
const self = (): Promise<Owner> => {
  known ??= Promise.all([readOr("/proc/sys/kernel/random/boot_id", ""), startOf(process.pid)]).then(
    ([boot, start]) => ({
      host: hostname(),
      boot: boot.trim(),
      pid: process.pid,
      start
    })
  )
  return known
}

const text = ({ boot, host, pid, start }: Owner): string => `ftp-effect ${pid} ${start || "-"} ${boot || "-"} ${host}`

const parse = (found: string): Owner | undefined => {
  const [, pid, start, boot, host] = /^ftp-effect (\d+) (\S+) (\S+) (.+)$/.exec(found) ?? []
  return pid === undefined || start === undefined || boot === undefined || host === undefined
    ? undefined
    : { pid: Number(pid), start: start === "-" ? "" : start, boot: boot === "-" ? "" : boot, host }
}

const inWords = (found: string): string => {
  const owner = parse(found)
  return owner === undefined ? "another process" : `process ${owner.pid} on ${owner.host}`
}

const codeOf = (error: unknown): unknown =>
  typeof error === "object" && error !== null && "code" in error ? error.code : undefined

const inUse = (path: string, owner: string): FtpLocalFileError =>
  new FtpLocalFileError({
    reason: "InUse",
    operation: "Open",
    path,
    detail: `${owner} writes it now (${path}${SUFFIX} says so)`
  })
