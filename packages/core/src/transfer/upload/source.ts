/**
 * The source of an upload, as the attempts of one upload share it.
 *
 *     replayable  opened anew for each attempt, at the offset at which it resumes
 *     one-shot    opened once, and given to the next attempt until something of it was sent
 *
 * Its first bytes are read before anything is sent: STOR would empty the file for a source that can't be read.
 * Each byte is counted, and a source that is written during the upload is detected: two versions make no file.
 */
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Scope from "effect/Scope"
import type { FtpIntegrityError } from "../../base/FtpError.ts"
import * as FtpSource from "../../base/FtpSource.ts"
import { type FtpLocalFile, FtpLocalFileError, type LocalInfo } from "../../platform/FtpLocalFile.ts"
import * as Identity from "../identity.ts"
import * as Integrity from "../integrity.ts"
import type { FromFileOptions } from "../options.ts"

/** An error of the source reaches the caller unchanged, even if it looks like one of the transfer's own. */
export class SourceFailed<E> {
  readonly _tag = "SourceFailed"
  readonly error: E
  constructor(error: E) {
    this.error = error
  }
}

export interface UploadSource<E, R> {
  /**
   * How many bytes there must be. `None` also if the source reports 0 and its time is watched: the files of /proc do so
   * and have content.
   */
  readonly size: Option.Option<number>
  /** Whether its time is known, so that a change during the upload is detected. */
  readonly isWatched: boolean
  /** When it was last written, as of the beginning of the upload; of a local file, when it was looked at before. */
  readonly modified: Option.Option<DateTime.Utc>
  readonly open: (offset: number) => Effect.Effect<FtpSource.Pull<SourceFailed<E>, R>, SourceFailed<E>, R | Scope.Scope>
  readonly canReopen: () => boolean
  /** Fails with `Changed` if it was written since the upload began. */
  readonly expectUnchanged: (subject: Integrity.Subject) => Effect.Effect<void, FtpIntegrityError | SourceFailed<E>, R>
}

/** The whole of an upload, by whose end its source is closed; fails with the source's own error if that is the reason. */
export const using = <A, E, R, E2, R2>(
  source: FtpSource.FtpSource<E, R>,
  upload: (source: UploadSource<E, R>) => Effect.Effect<A, E2 | SourceFailed<E>, R2>
): Effect.Effect<A, Exclude<E2, SourceFailed<E>> | E, Exclude<R | R2, Scope.Scope>> =>
  Effect.scoped(Effect.flatMap(make(source), upload)).pipe(
    Effect.mapError((error) => (error instanceof SourceFailed ? error.error : (error as Exclude<E2, SourceFailed<E>>)))
  )

const make = <E, R>(
  source: FtpSource.FtpSource<E, R>
): Effect.Effect<UploadSource<E, R>, SourceFailed<E>, R | Scope.Scope> =>
  Effect.gen(function* () {
    const scope = yield* Effect.scope
    const modified = source.modified === undefined ? Effect.succeedNone : failing(source.modified)
    const written = isFile(source) ? source.seen : yield* modified
    const before: Identity.Identity = { size: source.size, modified: Option.map(written, toTime) }
    let only: FtpSource.Pull<SourceFailed<E>, R> | undefined
    let isRead = false
    const opened = (offset: number) =>
      Effect.flatMap(failing(source.open(offset)), (pull) =>
        FtpSource.ahead(failing(pull), () => {
          isRead = true
        })
      )
    const openOnce = Effect.suspend(() =>
      only !== undefined
        ? Effect.succeed(only)
        : Effect.map(Scope.extend(opened(0), scope), (pull) => {
            only = pull
            return only
          })
    )
    return {
      size: Option.filter(source.size, (size) => size > 0 || Option.isNone(written)),
      isWatched: Option.isSome(written),
      modified: written,
      open: (offset) => (source.replayable ? opened(offset) : openOnce),
      canReopen: () => source.replayable || !isRead,
      expectUnchanged: (subject) =>
        Effect.flatMap(modified, (time) => {
          const now = { size: source.size, modified: Option.map(time, toTime) }
          return Identity.isSame(before, now)
            ? Effect.void
            : Integrity.make(
                subject,
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

export interface Counted {
  /** How many bytes there must be. */
  readonly size: Option.Option<number>
  /** The offset of the first byte. */
  readonly offset: number
  readonly subject: Integrity.Subject
  /** Called with the length of each chunk. */
  readonly onBytes: (bytes: number) => void
  /** What must be done before `reached` bytes of the file are sent. */
  readonly before: (reached: number) => Effect.Effect<void>
}

/** Counts what is pulled. A source that ends early must not end in a FIN, which would mean that it is complete. */
export const count = <E, R>(
  pull: FtpSource.Pull<SourceFailed<E>, R>,
  { before, offset, onBytes, size, subject }: Counted
): FtpSource.Pull<SourceFailed<E> | FtpIntegrityError, R> => {
  let sent = offset
  return Effect.tap(pull, (bytes) => {
    if (Option.isSome(bytes)) {
      sent += bytes.value.byteLength
      onBytes(bytes.value.byteLength)
      return before(sent)
    }
    return Option.isSome(size) && size.value !== sent
      ? Integrity.make(subject, "Changed", size.value, sent)
      : Effect.void
  })
}

/** A local file, as it was when it was looked at: an upload begins with what the caller knows, and not later. */
interface FileSource<E, R> extends FtpSource.FtpSource<E, R> {
  readonly seen: Option.Option<DateTime.Utc>
}

const isFile = <E, R>(source: FtpSource.FtpSource<E, R>): source is FileSource<E, R> => "seen" in source

/**
 * A local file, of the size and the time of `info`: if it was written since then, the upload fails. One that is not
 * regular, such as a pipe, has no size and can be read once.
 */
export const fromFile = (
  files: FtpLocalFile,
  localPath: string,
  info: LocalInfo,
  onOpen: FromFileOptions["onOpen"]
): FileSource<FtpLocalFileError, never> => ({
  seen: info.type === "File" ? info.modified : Option.none(),
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
  open: (offset) =>
    Effect.map(Effect.tap(files.openReader(localPath, offset), onOpen ?? (() => Effect.void)), ({ read }) => read)
})

const GONE = "it was removed while it was sent"
