/**
 * A download into a local file, over as many attempts and runs as it takes.
 *
 *     NAME.ftp-effect.part and its journal are there? ──yes──► go on where the part ends, if the server still has that file
 *        │ no                                          │ it has another one: from the beginning
 *        ▼                                             ▼
 *     NAME.ftp-effect.part ◄──bytes── internal/transfer/download ──whole──► closed ──► time ──► rename to NAME, journal removed
 *        └── it stops: part and journal are kept for the next run, or removed if the caller says so
 *
 * A part that is small has no journal: fetching it again costs less than writing one. It does NOT decide what counts as
 * whole: `download` does.
 */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import type * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import type { TransferInterrupted } from "../../FtpError.ts"
import { FtpLocalFile, type LocalFileError, type Writer } from "../../FtpLocalFile.ts"
import type { FtpPool } from "../../FtpPool.ts"
import * as Download from "./download.ts"
import type { Identity } from "./identity.ts"
import * as Journal from "./journal.ts"

export interface Choices {
  readonly times: "Keep" | "Now"
  readonly partial: "Keep" | "Remove"
  readonly rename: "Written" | "OnDisk"
  /** What to do if the file on the server is replaced in mid-transfer. */
  readonly changed: "Fail" | "StartOver"
  readonly schedule: Schedule.Schedule<unknown, TransferInterrupted>
  readonly onProgress: (bytes: number, total: Option.Option<number>) => void
}

export interface Done {
  readonly bytes: number
  readonly identity: Identity
}

/**
 * Beside the file, so that the rename stays on one disk; and a name that no tree has, as `a.part` may be a file of its
 * own that is fetched together with `a`.
 */
const PART_SUFFIX = ".ftp-effect.part"

/** From this many bytes on a journal is kept. */
const WORTH_A_JOURNAL = 1024 * 1024

export const toFile = (
  path: string,
  localPath: string,
  choices: Choices
): Effect.Effect<Done, Download.DownloadError | LocalFileError, FtpPool | FtpLocalFile> =>
  Effect.gen(function* () {
    const files = yield* FtpLocalFile
    const part = `${localPath}${PART_SUFFIX}`
    const once = Effect.scoped(fetch(path, part, choices))
    const done = yield* choices.changed === "StartOver"
      ? Effect.catchTag(once, "IntegrityError", (error) =>
          error.reason === "Size" ? Effect.fail(error) : Effect.zipRight(discard(part), once)
        )
      : once
    yield* Effect.onExit(
      Effect.gen(function* () {
        if (choices.times === "Keep" && Option.isSome(done.identity.modified)) {
          yield* files.setModified(part, done.identity.modified.value.at)
        }
        yield* files.rename(part, localPath)
      }),
      (exit) => (Exit.isFailure(exit) ? Effect.ignore(discard(part)) : Effect.void)
    )
    if (done.bytes >= WORTH_A_JOURNAL) {
      yield* Journal.remove(part)
    }
    return done
  })

/** The part is whole when this completes, and closed. */
const fetch = (
  path: string,
  part: string,
  choices: Choices
): Effect.Effect<Done, Download.DownloadError | LocalFileError, FtpPool | FtpLocalFile | Scope.Scope> =>
  Effect.gen(function* () {
    const files = yield* FtpLocalFile
    let position = 0
    let isJournalled = false
    yield* Effect.addFinalizer((exit) =>
      Exit.isFailure(exit) && !(choices.partial === "Keep" && isJournalled)
        ? Effect.ignore(Effect.provideService(discard(part), FtpLocalFile, files))
        : Effect.void
    )
    const left = yield* leftover(path, part)
    const { from, source } = yield* begin(path, left, choices)
    const writer: Writer = yield* files.openWriter(part, "Continue")
    yield* writer.truncate(from)
    position = from
    isJournalled = from > 0
    while (true) {
      const bytes = yield* source.read
      if (Option.isNone(bytes)) {
        break
      }
      yield* writer.write(bytes.value, position)
      position += bytes.value.byteLength
      choices.onProgress(position, source.identity().size)
      if (!isJournalled && position >= WORTH_A_JOURNAL && Journal.isWorthIt(source.identity())) {
        yield* Journal.write(part, { path, identity: source.identity() })
        isJournalled = true
      }
    }
    if (choices.rename === "OnDisk") {
      yield* writer.sync
    }
    yield* writer.close
    return { bytes: position, identity: source.identity() }
  })

/** Goes on with what is left of an earlier run, unless the server has another file by now. */
const begin = (path: string, left: Option.Option<Download.Start>, choices: Choices) =>
  Option.match(left, {
    onNone: () => Effect.map(Download.open(path, choices.schedule), (source) => ({ from: 0, source })),
    onSome: (start) =>
      Effect.map(Download.open(path, choices.schedule, start), (source) => ({ from: start.offset, source })).pipe(
        Effect.catchTag("IntegrityError", () =>
          Effect.map(Download.open(path, choices.schedule), (source) => ({ from: 0, source }))
        )
      )
  })

const leftover = (
  path: string,
  part: string
): Effect.Effect<Option.Option<Download.Start>, LocalFileError, FtpLocalFile> =>
  Effect.gen(function* () {
    const files = yield* FtpLocalFile
    const info = yield* files.info(part)
    if (Option.isNone(info) || info.value.type !== "File" || info.value.size < WORTH_A_JOURNAL) {
      return Option.none()
    }
    const journal = yield* Journal.read(part)
    if (Option.isNone(journal) || journal.value.path !== path) {
      return Option.none()
    }
    const { identity } = journal.value
    const offset = Option.match(identity.size, {
      onNone: () => info.value.size,
      onSome: (size) => Math.min(size, info.value.size)
    })
    return Option.some({ offset, identity, tail: yield* tailOf(part, offset) })
  })

const tailOf = (part: string, offset: number): Effect.Effect<Uint8Array, LocalFileError, FtpLocalFile> =>
  Effect.scoped(
    Effect.gen(function* () {
      const files = yield* FtpLocalFile
      const from = Math.max(0, offset - Download.OVERLAP)
      const reader = yield* files.openReader(part, from)
      const tail = new Uint8Array(offset - from)
      let at = 0
      while (at < tail.byteLength) {
        const bytes = yield* reader.read
        if (Option.isNone(bytes)) {
          break
        }
        const piece = bytes.value.subarray(0, tail.byteLength - at)
        tail.set(piece, at)
        at += piece.byteLength
      }
      return tail.subarray(0, at)
    })
  )

const discard = (part: string): Effect.Effect<void, LocalFileError, FtpLocalFile> =>
  Effect.flatMap(FtpLocalFile, (files) => Effect.zipRight(files.remove(part), Journal.remove(part)))
