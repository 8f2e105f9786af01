/**
 * What a download leaves beside its partial file, so that a later run, of any process, can resume it.
 *
 *     NAME.ftp-effect.part            the bytes so far: from the first on, or in ranges with gaps between them
 *     NAME.ftp-effect.part.json       of which file they are: path, size, time
 *                                     the ranges of several streams; of one stream all bytes count
 *                                     when the system was booted, and what was on the disk by then
 *
 * It is written in one step (a new file, renamed), believed only if all of it can be read, and never needed: without it
 * the download begins anew. The partial file is ahead of it by what came since it was written.
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { FtpLocalFile, type FtpLocalFileError } from "../../platform/FtpLocalFile.ts"
import type { Identity } from "../identity.ts"

/** Ranges in order, as `[from, at]`. */
export type Here = ReadonlyArray<readonly [from: number, at: number]>

export interface Journal {
  readonly path: string
  readonly identity: Identity
  /** What is here; `None` for all that the partial file holds. */
  readonly here: Option.Option<Here>
  /** `FtpLocalFile.boot` when it was written. */
  readonly boot: Option.Option<string>
  /** What was on the disk when it was written. */
  readonly safe: Here
}

/** In order, and none overlaps another. */
const InOrder = Schema.Array(Schema.Tuple(Schema.NonNegativeInt, Schema.NonNegativeInt)).pipe(
  Schema.filter((here) =>
    here.every(([from, at], index) => from <= at && (index === 0 || from >= (here[index - 1]?.[1] ?? 0)))
  )
)

const Stored = Schema.parseJson(
  Schema.Struct({
    version: Schema.Literal(1),
    path: Schema.String,
    size: Schema.NullOr(Schema.NonNegativeInt),
    modified: Schema.NullOr(
      Schema.Struct({
        at: Schema.DateTimeUtc,
        precision: Schema.Literal("Millisecond", "Second", "Minute", "Day"),
        zone: Schema.Literal("Utc", "Assumed")
      })
    ),
    here: Schema.NullOr(InOrder),
    boot: Schema.NullOr(Schema.String),
    safe: InOrder
  })
)

/** A journal is a few hundred bytes; a longer file is not ours. */
const MAX_BYTES = 64 * 1024

export const nameOf = (partialFile: string): string => `${partialFile}.json`

export const write = (partialFile: string, journal: Journal): Effect.Effect<void, FtpLocalFileError, FtpLocalFile> =>
  Effect.gen(function* () {
    const files = yield* FtpLocalFile
    const { boot, here, identity, path, safe } = journal
    const text = Schema.encodeSync(Stored)({
      version: 1,
      path,
      size: Option.getOrNull(identity.size),
      modified: Option.getOrNull(identity.modified),
      here: Option.getOrNull(here),
      boot: Option.getOrNull(boot),
      safe
    })
    const unfinished = `${nameOf(partialFile)}.new`
    const whole = Effect.scoped(
      Effect.flatMap(files.openWriter(unfinished, "Truncate"), (writer) =>
        writer.write(new TextEncoder().encode(text), 0)
      )
    )
    // It is brief, and an interruption would leave half of it: a rename that has begun can't be undone.
    yield* Effect.zipRight(whole, files.rename(unfinished, nameOf(partialFile))).pipe(
      Effect.onError(() => Effect.ignore(files.remove(unfinished))),
      Effect.uninterruptible
    )
  })

/** `None` if there is none, or if it can't be read. */
export const read = (partialFile: string): Effect.Effect<Option.Option<Journal>, never, FtpLocalFile> =>
  Effect.scoped(
    Effect.gen(function* () {
      const files = yield* FtpLocalFile
      const reader = yield* files.openReader(nameOf(partialFile), 0)
      let text = ""
      const decoder = new TextDecoder()
      while (text.length <= MAX_BYTES) {
        const bytes = yield* reader.read
        if (Option.isNone(bytes)) {
          break
        }
        text += decoder.decode(bytes.value, { stream: true })
      }
      const stored = yield* Schema.decode(Stored)(text)
      return {
        path: stored.path,
        identity: { size: Option.fromNullable(stored.size), modified: Option.fromNullable(stored.modified) },
        here: Option.fromNullable(stored.here),
        boot: Option.fromNullable(stored.boot),
        safe: stored.safe
      }
    })
  ).pipe(Effect.option)

export const remove = (partialFile: string): Effect.Effect<void, FtpLocalFileError, FtpLocalFile> =>
  Effect.flatMap(FtpLocalFile, (files) => files.remove(nameOf(partialFile)))

/** Whether bytes of this file could be recognised again: with neither size nor time, any file could be it. */
export const isWorthIt = ({ modified, size }: Identity): boolean => Option.isSome(size) || Option.isSome(modified)
