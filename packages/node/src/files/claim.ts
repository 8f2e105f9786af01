/**
 * One download at a time works at a local name: `lock` keeps others away, `owner` decides whether a lock is stale.
 *
 *     held ──every HEARTBEAT──► the change time of the lock moves on
 *
 * The owner of a lock that comes from another machine, or another PID namespace, counts as ended if neither the lock
 * nor the file has changed for SILENT_FOR. Both times are the file system's, so clocks need not agree.
 */
import * as Fs from "node:fs/promises"
import { FtpLocalFileError } from "@ftp-effect/core/FtpLocalFile"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as Lock from "./lock.ts"
import * as Owner from "./owner.ts"

const SUFFIX = ".lock"

/** All in millis. */
export interface Timing {
  readonly heartbeat: number
  readonly silentFor: number
}

/**
 * A download may wait for its server for hours; its process has no reason to be silent for ten heartbeats, even on a
 * slow network file system.
 */
const TIMING: Timing = { heartbeat: 30_000, silentFor: 5 * 60_000 }

/** What this process holds, by path: the content of its lock, which is empty until the lock is taken. */
const held = new Map<string, string>()

/**
 * Holds `path` for the scope. Fails with `InUse` if another download, of this process or of another one, has it, and
 * with what `failure` makes of it if no lock can be made.
 */
export const claim = (
  path: string,
  failure: (error: NodeJS.ErrnoException) => FtpLocalFileError,
  timing: Timing = TIMING
): Effect.Effect<void, FtpLocalFileError, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.suspend(() => {
      if (held.has(path)) {
        return Effect.fail(inUse(path, "this process"))
      }
      held.set(path, "")
      return Effect.onError(take(path, failure, timing), () => Effect.sync(() => leave(path)))
    }),
    () =>
      Effect.ignore(
        Effect.ensuring(
          Effect.tryPromise(() => Lock.release(path + SUFFIX, held.get(path) ?? "")),
          Effect.sync(() => leave(path))
        )
      )
  )

const take = (
  path: string,
  failure: (error: NodeJS.ErrnoException) => FtpLocalFileError,
  { heartbeat, silentFor }: Timing
): Effect.Effect<void, FtpLocalFileError> =>
  Effect.gen(function* () {
    const mine = yield* Effect.promise(Owner.makeText)
    const owner = yield* Effect.tryPromise({
      try: () =>
        Lock.acquire(path + SUFFIX, mine, {
          verdict: Owner.verdict,
          isSilent: (lock, guard) => isSilent([lock, path], guard, silentFor)
        }),
      catch: (error) => failure(error instanceof Error ? error : new TypeError(String(error)))
    })
    if (owner !== undefined) {
      return yield* inUse(path, Owner.describe(owner))
    }
    held.set(path, mine)
    beating ??= setInterval(beat, heartbeat).unref()
  })

/** One timer for all claims of the process, while there are any. */
let beating: NodeJS.Timeout | undefined

const beat = (): void => {
  const now = new Date()
  for (const [path, mine] of held) {
    if (mine !== "") {
      // A file system that refuses it shows only what is written to the file.
      Fs.lutimes(path + SUFFIX, now, now).catch(() => {})
    }
  }
}

const leave = (path: string): void => {
  held.delete(path)
  if (held.size === 0) {
    clearInterval(beating)
    beating = undefined
  }
}

/** `guard` has the time of now by the clock of the file system. */
const isSilent = async (paths: ReadonlyArray<string>, guard: string, silentFor: number): Promise<boolean> => {
  const [now = 0, ...changed] = await Promise.all([guard, ...paths].map(changeTime))
  return now - Math.max(...changed) >= silentFor
}

/** 0 for a file that does not exist: it shows no sign of life. */
const changeTime = (path: string): Promise<number> =>
  Fs.lstat(path).then(
    ({ ctimeMs }) => ctimeMs,
    () => 0
  )

const inUse = (path: string, owner: string): FtpLocalFileError =>
  new FtpLocalFileError({
    reason: "InUse",
    operation: "Open",
    path,
    detail: `it is already being downloaded by ${owner}, whose lock is ${path}${SUFFIX}`
  })
