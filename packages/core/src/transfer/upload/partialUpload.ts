/**
 * What an earlier run left of an upload on the server, and whether this one may go on with it.
 *
 *     hidden    .NAME.VERSION.1a2b3c4d.ftp-effect in the listing ──► still? ──► our beginning? ──► RNFR, RNTO: ours alone
 *     standing  C: SIZE NAME ──► some of our bytes ──► still? ──► our beginning?
 *
 *     our beginning:  the server's hash of it is that of our first bytes
 *                     else, no hash: its last 64 KiB are ours, and       hidden: VERSION is of the source's size and time
 *                                                                        standing: it was written after the source was
 *                                    and, looked at last: 4 KiB of ours from its first byte on that is not zero
 *
 * That last look is for what an earlier run had sewn, as nobody may have looked at its seams: a server that loses what was
 * before an offset loses it from the first byte on. It is taken when the rest has been sent, on a session of its own, as a
 * RETR that is left early may cost one. Without a hash, what lies between the two looks is not compared.
 *
 * A name is never shared: a new upload has one of its own, and whoever goes on with an old one renames it first, which
 * only one of two can do; the other, had it been alive, finds its file gone and fails. One that grows is left alone. What
 * is not proven is nothing: the upload begins anew. It does NOT send or remove anything.
 */
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import type { CommandError, DataError, FtpListingError, FtpRejected } from "../../base/FtpError.ts"
import type { LocalInfo } from "../../platform/FtpLocalFile.ts"
import type { FtpEntry } from "../../protocol/FtpEntry.ts"
import * as HashReply from "../../protocol/HashReply.ts"
import type { FtpSession } from "../../session/FtpSession.ts"
import type { Demand } from "../demand.ts"
import * as Interruption from "../interruption.ts"
import * as BoundaryCheck from "./boundaryCheck.ts"
import type * as UploadSource from "./source.ts"

/** So many bytes of ours, under that name. */
export interface Found {
  readonly at: string
  readonly bytes: number
  /** Offsets that `Seam.compare` has to look at before all of it counts as proven. */
  readonly seams: ReadonlyArray<number>
}

export type Find = <E, R>(
  session: FtpSession,
  outgoing: UploadSource.Outgoing<E, R>
) => Effect.Effect<Option.Option<Found>, DataError | UploadSource.SourceFailed<E>, R | Scope.Scope>

/** How much is read back where there is no hash. */
const TAIL = 64 * 1024

/** A client that is there moves something in this time; a server that lost its client empties its buffers. */
const STILL_FOR = Duration.seconds(2)
const STILL_TRIES = 5

const MILLIS_PER_SECOND = 1000

/** The version of a local file in 16 hexadecimal digits (FNV-1a of its size and time); `None` where it tells no time. */
export const versionOf = ({ modified, size, type }: LocalInfo): Option.Option<string> =>
  type === "File" ? Option.map(modified, (at) => fnv1a(`${size} ${DateTime.toEpochMillis(at)}`)) : Option.none()

const FNV_OFFSET = 0xcbf29ce484222325n
const FNV_PRIME = 0x100000001b3n
const DIGITS = 16

const fnv1a = (text: string): string => {
  let hash = FNV_OFFSET
  for (const byte of new TextEncoder().encode(text)) {
    hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * FNV_PRIME)
  }
  return hash.toString(DIGITS).padStart(DIGITS, "0")
}

/** The largest part of this version under a temporary name; `claim` makes it ours, and fails where somebody else did. */
export const hidden = <E, R>(
  session: FtpSession,
  names: { readonly path: string; readonly isOurs: (name: string) => boolean },
  outgoing: UploadSource.Outgoing<E, R>,
  demand: Demand,
  claim: (left: string) => Effect.Effect<string, CommandError>
): Effect.Effect<Option.Option<Found>, DataError | UploadSource.SourceFailed<E>, R | Scope.Scope> =>
  Effect.gen(function* () {
    const { path } = names
    const entries = yield* Effect.catchIf(
      Effect.map(session.list(directoryOf(path)), ({ entries }) => entries),
      (error): error is FtpRejected | FtpListingError =>
        error._tag === "FtpRejected" || error._tag === "FtpListingError",
      () => Effect.succeed<ReadonlyArray<FtpEntry>>([])
    )
    const parts = entries.filter(({ name, type }) => type === "File" && names.isOurs(name))
    for (const { name } of parts.sort((left, right) => sizeOf(right) - sizeOf(left))) {
      const at = `${path.slice(0, path.lastIndexOf("/") + 1)}${name}`
      const bytes = yield* atRest(session, at)
      const beginning = isSome(bytes, outgoing)
        ? yield* beginningOf(session, { path, at }, outgoing, bytes.value, demand, Effect.succeed(true))
        : Option.none()
      if (Option.isSome(beginning)) {
        const claimed = yield* told(claim(at))
        if (Option.isSome(claimed)) {
          return Option.some({ ...beginning.value, at: claimed.value })
        }
      }
    }
    return Option.none()
  })

/** What has the final name. */
export const standing = <E, R>(
  session: FtpSession,
  path: string,
  outgoing: UploadSource.Outgoing<E, R>,
  demand: Demand
): Effect.Effect<Option.Option<Found>, DataError | UploadSource.SourceFailed<E>, R | Scope.Scope> =>
  Effect.gen(function* () {
    const now = yield* told(session.size(path))
    if (!isSome(now, outgoing)) {
      return Option.none()
    }
    const isWhole = Option.contains(outgoing.size, now.value)
    const bytes = isWhole ? now : yield* atRest(session, path)
    if (!isSome(bytes, outgoing)) {
      return Option.none()
    }
    const isLater = Effect.map(told(session.modified(path)), (time) =>
      Option.exists(
        Option.all([time, outgoing.modified]),
        ([theirs, ours]) =>
          secondsOf(theirs.at) > secondsOf(ours) || (isWhole && secondsOf(theirs.at) === secondsOf(ours))
      )
    )
    return yield* beginningOf(session, { path, at: path }, outgoing, bytes.value, demand, isLater)
  })

const isSome = (
  bytes: Option.Option<number>,
  { size }: UploadSource.Outgoing<unknown, unknown>
): bytes is Option.Some<number> =>
  Option.isSome(bytes) &&
  bytes.value >= Interruption.WORTH_KEEPING &&
  Option.exists(size, (size) => bytes.value <= size)

/** The size, once nobody writes to it any more. What still grows may be the end of what its client had sent. */
const atRest = (session: FtpSession, at: string): Effect.Effect<Option.Option<number>, CommandError> =>
  Effect.gen(function* () {
    let before = yield* told(session.size(at))
    for (let tries = 0; tries < STILL_TRIES; tries++) {
      const now = yield* Effect.delay(told(session.size(at)), STILL_FOR)
      if (Option.isNone(now) || Option.contains(before, now.value)) {
        return now
      }
      before = now
    }
    return Option.none()
  })

const beginningOf = <E, R>(
  session: FtpSession,
  names: { readonly path: string; readonly at: string },
  outgoing: UploadSource.Outgoing<E, R>,
  bytes: number,
  demand: Demand,
  mayBe: Effect.Effect<boolean, CommandError>
): Effect.Effect<Option.Option<Found>, DataError | UploadSource.SourceFailed<E>, R | Scope.Scope> =>
  Effect.gen(function* () {
    const { at } = names
    const hashed = yield* sameHash(session, at, outgoing, bytes, demand)
    if (Option.isSome(hashed)) {
      return hashed.value ? Option.some({ at, bytes, seams: [] }) : Option.none()
    }
    const isOurs =
      (yield* mayBe) &&
      Option.contains(
        yield* BoundaryCheck.endsAlike(session, names, outgoing.open, { size: bytes, length: TAIL }),
        true
      )
    return isOurs
      ? Option.some({ at, bytes, seams: Option.toArray(yield* BoundaryCheck.ofUnknownOrigin(outgoing.open, bytes)) })
      : Option.none()
  })

/** `None` where no hash can be had. */
const sameHash = <E, R>(
  session: FtpSession,
  at: string,
  outgoing: UploadSource.Outgoing<E, R>,
  bytes: number,
  { hasher }: Demand
): Effect.Effect<Option.Option<boolean>, CommandError | UploadSource.SourceFailed<E>, R | Scope.Scope> =>
  Effect.gen(function* () {
    if (Option.isNone(hasher)) {
      return Option.none()
    }
    for (const algorithm of HashReply.listed(session.features)) {
      const hashing = yield* hasher.value.make(algorithm)
      if (Option.isSome(hashing)) {
        const ours = Effect.scoped(
          Effect.gen(function* () {
            const pull = yield* outgoing.open(0)
            let left = bytes
            while (left > 0) {
              const chunk = yield* pull
              if (Option.isNone(chunk)) {
                break
              }
              hashing.value.update(chunk.value.subarray(0, left))
              left -= chunk.value.byteLength
            }
          })
        )
        const [theirs] = yield* Effect.all([told(session.hash(at, algorithm)), ours], { concurrency: 2 })
        return Option.map(theirs, ({ value }) => value === hashing.value.digest())
      }
    }
    return Option.none()
  })

/** What the server does not tell, or do, is `None`. */
const told = <A>(self: Effect.Effect<A, CommandError>): Effect.Effect<Option.Option<A>, CommandError> =>
  Effect.catchTag(Effect.asSome(self), "FtpRejected", () => Effect.succeedNone)

const directoryOf = (path: string): string => {
  const end = path.lastIndexOf("/")
  return end === 0 ? "/" : path.slice(0, Math.max(0, end))
}

const sizeOf = ({ size }: FtpEntry): number => Option.getOrElse(size, () => 0)

const secondsOf = (at: DateTime.Utc): number => Math.floor(DateTime.toEpochMillis(at) / MILLIS_PER_SECOND)
