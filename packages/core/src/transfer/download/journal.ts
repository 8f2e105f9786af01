/**
 * What a download leaves beside its partial file, so that a later run, of any process, can resume it.
 *
 *     NAME.ftp-effect.part            the bytes so far: from the first on, or in ranges with gaps between them
 *     NAME.ftp-effect.part.json       of which file they are: servers and users, path, size, time
 *                                     which local file has them: device and inode
 *                                     the ranges of several streams; of one stream all bytes count
 *                                     when the system was booted, and what was on the disk by then
 *
 * It is written in one step (a new file, renamed), believed only if all of it can be read, and never needed: without it
 * the download begins anew. The partial file is ahead of it by what came since it was written.
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Endpoint from "../../base/FtpEndpoint.ts"
import { type FileId, FtpLocalFile, type FtpLocalFileError } from "../../platform/FtpLocalFile.ts"
import type { Identity } from "../identity.ts"

/** Where a file comes from: the same path on another server, or of another user, is another file. */
export interface Source {
  /** `user@host:port`, in order: the servers of a pool have the same files. */
  readonly servers: ReadonlyArray<string>
  readonly path: string
}

export const sourceOf = (endpoints: ReadonlyArray<Endpoint.FtpEndpoint>, path: string): Source => ({
  servers: endpoints.map((endpoint) => `${endpoint.user}@${Endpoint.toAuthority(endpoint)}`).sort(),
  path
})

export const isSameSource = (left: Source, right: Source): boolean =>
  left.path === right.path &&
  left.servers.length === right.servers.length &&
  left.servers.every((server, index) => server === right.servers[index])

/** Ranges in order, as `[from, at]`. */
export type Here = ReadonlyArray<readonly [from: number, at: number]>

export interface Journal {
  readonly source: Source
  /** The partial file, if the platform can identify it: a journal of another file says nothing of these bytes. */
  readonly file: Option.Option<FileId>
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
    version: Schema.Literal(2),
    servers: Schema.Array(Schema.String),
    path: Schema.String,
    file: Schema.NullOr(Schema.Struct({ device: Schema.Number, inode: Schema.Number })),
    size: Schema.NullOr(Schema.NonNegativeInt),
    modified: Schema.NullOr(
      Schema.Struct({
        at: Schema.DateTimeUtc,
        precision: Schema.Literal("Millisecond", "Second", "Minute", "Day"),
        zone: Schema.Literal("Utc", "Configured", "Inferred", "Assumed")
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
    const { boot, file, here, identity, safe, source } = journal
    const text = Schema.encodeSync(Stored)({
      version: 2,
      servers: source.servers,
      path: source.path,
      file: Option.getOrNull(file),
      size: Option.getOrNull(identity.size),
      modified: Option.getOrNull(identity.modified),
      here: Option.getOrNull(here),
      boot: Option.getOrNull(boot),
      safe
    })
    const unfinished = `${nameOf(partialFile)}.new`
    const create = Effect.scoped(
      Effect.flatMap(files.openWriter(unfinished, "Exclusive"), (writer) =>
        writer.write(new TextEncoder().encode(text), 0)
      )
    )
    // A run that was killed may have left one, and it may be a link that was put there.
    const whole = Effect.catchIf(
      create,
      ({ reason }) => reason === "AlreadyExists",
      () => Effect.zipRight(files.remove(unfinished), create)
    )
    // It is brief, and an interruption would leave half of it: a rename that has begun can't be undone.
    yield* Effect.zipRight(whole, files.rename(unfinished, nameOf(partialFile))).pipe(
      Effect.onError(() => Effect.ignore(files.remove(unfinished))),
      Effect.uninterruptible
    )
  })

/** `None` if there is none, if it can't be read, if it is a link, or if another user can have written it. */
export const read = (partialFile: string): Effect.Effect<Option.Option<Journal>, never, FtpLocalFile> =>
  Effect.scoped(
    Effect.gen(function* () {
      const files = yield* FtpLocalFile
      const name = nameOf(partialFile)
      // The reader follows links: one that another user put there may lead to any file of ours.
      const info = yield* files.ownInfo(name)
      if (!Option.exists(info, ({ isPrivate }) => isPrivate)) {
        return Option.none()
      }
      const reader = yield* files.openReader(name, 0)
      if (!reader.isPrivate) {
        return Option.none()
      }
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
      return Option.some<Journal>({
        source: { servers: stored.servers, path: stored.path },
        file: Option.fromNullable(stored.file),
        identity: { size: Option.fromNullable(stored.size), modified: Option.fromNullable(stored.modified) },
        here: Option.fromNullable(stored.here),
        boot: Option.fromNullable(stored.boot),
        safe: stored.safe
      })
    })
  ).pipe(Effect.orElseSucceed(Option.none))

export const remove = (partialFile: string): Effect.Effect<void, FtpLocalFileError, FtpLocalFile> =>
  Effect.flatMap(FtpLocalFile, (files) => files.remove(nameOf(partialFile)))

/** Whether bytes of this file could be recognised again: with neither size nor time, any file could be it. */
export const isWorthIt = ({ modified, size }: Identity): boolean => Option.isSome(size) || Option.isSome(modified)
