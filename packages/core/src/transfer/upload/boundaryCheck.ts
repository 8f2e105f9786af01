/**
 * Where two attempts of an upload meet: the bytes before the offset are read back and compared with the source.
 *
 *     C: REST 995904         the server filled with zeros, or took another offset, or the file there was never ours
 *     C: RETR a              ──► 4096 bytes, and no more
 *
 *     source   1 2 3 4 0 0 0 0 0 0 0 0 0 0 0 0 5 6 7
 *                    └┬┘                 └┬┘ │ the offset
 *                     │                   these are alike, and as zeros would be
 *                     so these are compared, where the bytes become so
 *
 * A server that loses what was before an offset has zeros from the first byte on: any byte that is none shows it. A server
 * that lets us write only is trusted. It does NOT say what comes of a difference: `upload` does.
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import * as Bytes from "../../base/bytes.ts"
import * as Endpoint from "../../base/FtpEndpoint.ts"
import type { DataError, FtpIntegrityError, FtpRejected } from "../../base/FtpError.ts"
import type { Pull } from "../../base/FtpSource.ts"
import * as Command from "../../protocol/Command.ts"
import type { FtpSession } from "../../session/FtpSession.ts"
import * as Integrity from "../integrity.ts"

/** How many bytes before the seam are read back. */
const BOUNDARY = 4096
/** How many times as far the next look back goes: few looks, of which all but the last cost little. */
const WIDER = 8

type Open<E, R> = (offset: number) => Effect.Effect<Pull<E, R>, E, R | Scope.Scope>

export const compare = <E, R>(
  session: FtpSession,
  names: { readonly path: string; readonly at: string },
  open: Open<E, R>,
  offset: number
): Effect.Effect<void, DataError | FtpIntegrityError | E, Exclude<R, Scope.Scope>> =>
  Effect.gen(function* () {
    const { from, to } = yield* whereItShows(open, offset)
    const length = to - from
    const there = yield* Effect.scoped(
      Effect.flatMap(session.receive(Command.retr(names.at), { path: names.path, offset: from }), ({ read }) =>
        Bytes.readUpTo(read, length)
      )
    ).pipe(
      Effect.asSome,
      // A connection that is lost meanwhile shows nothing: whoever asks has to ask again.
      Effect.catchIf(isRefusedForGood, () => Effect.succeedNone)
    )
    const here = yield* Effect.scoped(Effect.flatMap(open(from), (pull) => Bytes.readUpTo(pull, length)))
    if (Option.isSome(there) && !isEqual(here, there.value)) {
      return yield* Integrity.make(
        { direction: "Upload", path: names.path, server: Endpoint.toLabel(session.endpoint) },
        "IgnoredOffset",
        `the bytes before offset ${to} as they were sent`,
        "other bytes"
      )
    }
  })

/** The last bytes before the offset; or where they become alike, if all of them are, and were not from the first one on. */
const whereItShows = <E, R>(
  open: Open<E, R>,
  offset: number
): Effect.Effect<{ readonly from: number; readonly to: number }, E, Exclude<R, Scope.Scope>> =>
  Effect.gen(function* () {
    const seam = { from: Math.max(0, offset - BOUNDARY), to: offset }
    for (let length = BOUNDARY; ; length *= WIDER) {
      const from = Math.max(0, offset - length)
      const change = yield* lastChange(open, from, offset)
      if (Option.isSome(change)) {
        const { value } = change
        return value > seam.from
          ? seam
          : { from: Math.max(0, value - BOUNDARY / 2), to: Math.min(offset, value + BOUNDARY / 2) }
      }
      if (from === 0) {
        return seam
      }
    }
  })

/** Where the last byte is that differs from the one before it. */
const lastChange = <E, R>(
  open: Open<E, R>,
  from: number,
  to: number
): Effect.Effect<Option.Option<number>, E, Exclude<R, Scope.Scope>> =>
  Effect.scoped(
    Effect.gen(function* () {
      const pull = yield* open(from)
      let change = Option.none<number>()
      let before: number | undefined
      for (let at = from; at < to; ) {
        const bytes = yield* pull
        if (Option.isNone(bytes)) {
          break
        }
        const part = bytes.value.subarray(0, to - at)
        let last = part.byteLength - 1
        while (last > 0 && part[last] === part[last - 1]) {
          last--
        }
        if (last > 0 || (last === 0 && before !== undefined && before !== part[0])) {
          change = Option.some(at + last)
        }
        before = part.at(-1) ?? before
        at += part.byteLength
      }
      return change
    })
  )

/**
 * For a file of `size` bytes that an earlier run left, and may have sewn nobody knows where: an offset of which `compare`
 * shows whether there are zeros from the first byte up to any seam. `None` where the source has nothing else.
 */
export const ofUnknownOrigin = <E, R>(
  open: Open<E, R>,
  size: number
): Effect.Effect<Option.Option<number>, E, Exclude<R, Scope.Scope>> =>
  Effect.scoped(
    Effect.gen(function* () {
      const pull = yield* open(0)
      for (let at = 0; at < size; ) {
        const bytes = yield* pull
        if (Option.isNone(bytes)) {
          break
        }
        const found = bytes.value.subarray(0, size - at).findIndex((byte) => byte !== 0)
        if (found >= 0) {
          return Option.some(Math.min(size, at + found + BOUNDARY))
        }
        at += bytes.value.byteLength
      }
      return Option.none()
    })
  )

/**
 * Whether a remote file of `size` bytes ends as the source does there: the last `length` bytes before are compared. `None`
 * where the server does not let us read.
 */
export const endsAlike = <E, R>(
  session: FtpSession,
  names: { readonly path: string; readonly at: string },
  open: Open<E, R>,
  { length, size }: { readonly size: number; readonly length: number }
): Effect.Effect<Option.Option<boolean>, DataError | E, Exclude<R, Scope.Scope>> =>
  Effect.gen(function* () {
    const from = Math.max(0, size - length)
    const there = yield* Effect.scoped(
      Effect.flatMap(session.receive(Command.retr(names.at), { path: names.path, offset: from }), ({ read }) =>
        Effect.gen(function* () {
          const bytes = yield* Bytes.readUpTo(read, size - from)
          // Its end is heard out, so that the session stays as good as it was.
          return Option.isNone(yield* read) ? bytes : NOTHING
        })
      )
    ).pipe(
      Effect.asSome,
      Effect.catchIf(isRejected, () => Effect.succeedNone)
    )
    if (Option.isNone(there)) {
      return Option.none()
    }
    const here = yield* Effect.scoped(Effect.flatMap(open(from), (pull) => Bytes.readUpTo(pull, size - from)))
    return Option.some(isEqual(here, there.value))
  })

const NOTHING = new Uint8Array(0)

const isRefusedForGood = (error: DataError): boolean =>
  isRejected(error) && error.outcome === "NotApplied" && error.reply.code >= 500

const isRejected = (error: DataError): error is FtpRejected => error._tag === "FtpRejected"

const isEqual = (left: Uint8Array, right: Uint8Array): boolean =>
  left.byteLength === right.byteLength && left.every((byte, at) => right[at] === byte)
