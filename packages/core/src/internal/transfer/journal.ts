/**
 * What a download leaves beside its unfinished file, so that a later run, of any process, can go on with it.
 *
 *     NAME.ftp-effect.part            the bytes so far, from the first on
 *     NAME.ftp-effect.part.json       of which file they are: path, size, time
 *
 * It is written in one step (a new file, renamed), believed only if all of it can be read, and never needed: without it the
 * download begins anew. It does NOT say how many bytes there are: the part itself does.
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { FtpLocalFile, type LocalFileError } from "../../FtpLocalFile.ts"
import type { Identity } from "./identity.ts"

export interface Journal {
  readonly path: string
  readonly identity: Identity
}

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
    )
  })
)

/** A journal is some hundred bytes; what is longer is not ours. */
const MAX_BYTES = 64 * 1024

export const nameOf = (part: string): string => `${part}.json`

export const write = (part: string, journal: Journal): Effect.Effect<void, LocalFileError, FtpLocalFile> =>
  Effect.gen(function* () {
    const files = yield* FtpLocalFile
    const text = Schema.encodeSync(Stored)({
      version: 1,
      path: journal.path,
      size: Option.getOrNull(journal.identity.size),
      modified: Option.getOrNull(journal.identity.modified)
    })
    const unfinished = `${nameOf(part)}.new`
    const whole = Effect.scoped(
      Effect.flatMap(files.openWriter(unfinished, "Truncate"), (writer) =>
        writer.write(new TextEncoder().encode(text), 0)
      )
    )
    // It is brief, and half of it would be left behind: a rename that was begun can't be called back.
    yield* Effect.zipRight(whole, files.rename(unfinished, nameOf(part))).pipe(
      Effect.onError(() => Effect.ignore(files.remove(unfinished))),
      Effect.uninterruptible
    )
  })

/** `None` where there is none, or none that can be read. */
export const read = (part: string): Effect.Effect<Option.Option<Journal>, never, FtpLocalFile> =>
  Effect.scoped(
    Effect.gen(function* () {
      const files = yield* FtpLocalFile
      const reader = yield* files.openReader(nameOf(part), 0)
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
        identity: { size: Option.fromNullable(stored.size), modified: Option.fromNullable(stored.modified) }
      }
    })
  ).pipe(Effect.option)

export const remove = (part: string): Effect.Effect<void, LocalFileError, FtpLocalFile> =>
  Effect.flatMap(FtpLocalFile, (files) => files.remove(nameOf(part)))

/** Whether bytes of this file could be recognised again: with neither size nor time, any file could be it. */
export const isWorthIt = ({ modified, size }: Identity): boolean => Option.isSome(size) || Option.isSome(modified)
