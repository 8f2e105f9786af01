/**
 * What an upload sends, as the attempts of one upload share it.
 *
 *     replayable  opened anew for each attempt, where it goes on
 *     one-shot    opened once, and given to the next attempt until something was read from it
 *
 * Each byte is counted, and a source that was written meanwhile is found out: the parts of two versions make no file. It
 * does NOT send.
 */
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Scope from "effect/Scope"
import type { FtpIntegrityError } from "../../base/FtpError.ts"
import type { FtpSource, Pull } from "../../base/FtpSource.ts"
import { type FtpLocalFile, FtpLocalFileError, type LocalInfo } from "../../platform/FtpLocalFile.ts"
import * as Identity from "../identity.ts"
import * as Integrity from "../integrity.ts"

/** An error of the source passes through as it is, also when it looks like one of the transfer's own. */
export class SourceFailed<E> {
  readonly _tag = "SourceFailed"
  readonly error: E
  constructor(error: E) {
    this.error = error
  }
}

export interface Outgoing<E, R> {
  /**
   * How many bytes there must be. `None` also where the source says 0 and its time is watched: a file that the system makes
   * up, as those of /proc, says so and has content.
   */
  readonly size: Option.Option<number>
  /** Whether its time is watched, so that one that was written meanwhile does not go unnoticed. */
  readonly isWatched: boolean
  /** When it was last written, as the upload began. */
  readonly modified: Option.Option<DateTime.Utc>
  readonly open: (offset: number) => Effect.Effect<Pull<SourceFailed<E>, R>, SourceFailed<E>, R | Scope.Scope>
  readonly mayOpenAgain: () => boolean
  /** Fails if it was written since the upload began. */
  readonly unchanged: (label: string) => Effect.Effect<void, FtpIntegrityError | SourceFailed<E>, R>
}

export const make = <E, R>(
  source: FtpSource<E, R>,
  path: string
): Effect.Effect<Outgoing<E, R>, SourceFailed<E>, R | Scope.Scope> =>
  Effect.gen(function* () {
    const whole = yield* Effect.scope
    const modified = source.modified === undefined ? Effect.succeedNone : failing(source.modified)
    const written = yield* modified
    const before: Identity.Identity = { size: source.size, modified: Option.map(written, toTime) }
    let only: Pull<SourceFailed<E>, R> | undefined
    let isRead = false
    const openOnce = Effect.suspend(() =>
      only !== undefined
        ? Effect.succeed(only)
        : Effect.map(Scope.extend(failing(source.open(0)), whole), (pull) => {
            only = Effect.suspend(() => {
              isRead = true
              return failing(pull)
            })
            return only
          })
    )
    return {
      size: Option.filter(source.size, (size) => size > 0 || Option.isNone(written)),
      isWatched: Option.isSome(written),
      modified: written,
      open: (offset) => (source.replayable ? Effect.map(failing(source.open(offset)), failing) : openOnce),
      mayOpenAgain: () => source.replayable || !isRead,
      unchanged: (label) =>
        Effect.flatMap(modified, (time) => {
          const now = { size: source.size, modified: Option.map(time, toTime) }
          return Identity.isSame(before, now)
            ? Effect.void
            : Integrity.make(
                { direction: "Upload", path, server: label },
                "Changed",
                Identity.describe(before),
                `a source of ${Option.match(time, { onNone: () => "no time", onSome: DateTime.formatIso })}`
              )
        })
    }
  })

const failing = <A, E, R>(self: Effect.Effect<A, E, R>): Effect.Effect<A, SourceFailed<E>, R> =>
  Effect.mapError(self, (error) => new SourceFailed(error))

const toTime = (at: DateTime.Utc) => ({ at, precision: "Millisecond", zone: "Utc" }) as const

/** A source that ends early must not end in a FIN, which would say that the file is complete. */
export const count = <E, R>(
  pull: Pull<SourceFailed<E>, R>,
  size: Option.Option<number>,
  path: string,
  label: string,
  offset: number,
  onBytes: (bytes: number) => void
): Pull<SourceFailed<E> | FtpIntegrityError, R> => {
  let sent = offset
  return Effect.tap(pull, (bytes) => {
    if (Option.isSome(bytes)) {
      sent += bytes.value.byteLength
      onBytes(bytes.value.byteLength)
      return Effect.void
    }
    return Option.isSome(size) && size.value !== sent
      ? Integrity.make({ direction: "Upload", path, server: label }, "Changed", size.value, sent)
      : Effect.void
  })
}

/** A local file. What is no regular file, as a pipe, has no size and can be read once. */
export const fromFile = (files: FtpLocalFile, localPath: string, info: LocalInfo): FtpSource<FtpLocalFileError> => ({
  size: info.type === "File" ? Option.some(info.size) : Option.none(),
  replayable: info.type === "File",
  modified:
    info.type === "File"
      ? Effect.flatMap(
          files.info(localPath),
          Option.match({
            onNone: () =>
              new FtpLocalFileError({ reason: "NotFound", operation: "Stat", path: localPath, detail: GONE }),
            onSome: ({ modified }) => Effect.succeed(modified)
          })
        )
      : undefined,
  open: (offset) => Effect.map(files.openReader(localPath, offset), (reader) => reader.read)
})

const GONE = "it was removed while it was sent"
