/**
 * Opens a local name without ever blocking a thread.
 *
 *     a file, a device                    open, or why not
 *     a pipe to read from                 open at once; its reads wait for a writer
 *     a pipe to write to, no reader       ENXIO, asked again until there is one, or the caller is interrupted
 */
import * as Fs from "node:fs"
import * as WorkerThreads from "node:worker_threads"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Releasable from "./releasable.ts"

/** Nothing reports that a pipe has got a reader. */
const LOOK_FOR_READER = Duration.millis(50)

/** For a name that may be a link which another user has put there. Windows has no such flag. */
export const NO_LINK = Fs.constants.O_NOFOLLOW ?? 0

export const OWNER_ONLY = 0o600

/** The permissions that programs ask for; the system takes those of the umask away. */
export const ANY_NEW_FILE = 0o666

/** To be run where it can't be interrupted, or the descriptor may be lost; `restore` is around what may be. */
export const open = (
  path: string,
  flags: number,
  restore: <A, E, R>(self: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>,
  mode = ANY_NEW_FILE
): Effect.Effect<Releasable.Descriptor, NodeJS.ErrnoException> =>
  Effect.catchAll(descriptorOf(path, flags | Fs.constants.O_NONBLOCK, mode), (error) => {
    switch (error.code) {
      case "EAGAIN":
        // Another process has a lease on it, as Samba has, and gives it back when another one waits.
        return descriptorOf(path, flags, mode)
      case "ENXIO":
        return Effect.if(isNamedPipe(path), {
          onTrue: () => Effect.zipRight(restore(Effect.sleep(LOOK_FOR_READER)), open(path, flags, restore, mode)),
          onFalse: () => Effect.fail(error)
        })
      default:
        return Effect.fail(error)
    }
  })

const descriptorOf = (
  path: string,
  flags: number,
  mode: number
): Effect.Effect<Releasable.Descriptor, NodeJS.ErrnoException> =>
  Effect.suspend(() =>
    WorkerThreads.isMainThread || !hasNoPlaces(path) ? plain(path, flags, mode) : Releasable.open(path, flags, mode)
  )

const plain = (
  path: string,
  flags: number,
  mode: number
): Effect.Effect<Releasable.Descriptor, NodeJS.ErrnoException> =>
  Effect.async((resume) =>
    Fs.open(path, flags, mode, (error, number) =>
      resume(
        error
          ? Effect.fail(error)
          : Effect.succeed({ number, close: (done) => Fs.close(number, done), release: () => {} })
      )
    )
  )

const isNamedPipe = (path: string): Effect.Effect<boolean> =>
  Effect.async((resume) => Fs.stat(path, (_error, stats) => resume(Effect.succeed(stats?.isFIFO() === true))))

/** Whether it may be handed over to a socket. In place: a pipe may have lost its only reader right before. */
const hasNoPlaces = (path: string): boolean => {
  try {
    const stats = Fs.statSync(path, { throwIfNoEntry: false })
    return stats !== undefined && (stats.isFIFO() || stats.isCharacterDevice())
  } catch {
    // To open it fails for the same reason.
    return false
  }
}
