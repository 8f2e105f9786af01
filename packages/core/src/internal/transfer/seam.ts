/**
 * Where two attempts of an upload meet: the bytes before the offset are read back and compared with the source.
 *
 *     C: REST 995904         the server filled with zeros, or took another offset, or the file there was never ours
 *     C: RETR a              ──► 4096 bytes, and no more
 *
 * A server that lets us write only is trusted. It does NOT say what comes of a difference: `upload` does.
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import * as Endpoint from "../../FtpEndpoint.ts"
import type { DataError, IntegrityError, Rejected } from "../../FtpError.ts"
import type { FtpSession } from "../../FtpSession.ts"
import type { Pull } from "../../FtpSource.ts"
import * as Command from "../../protocol/Command.ts"
import * as Bytes from "../bytes.ts"
import * as Interruption from "./interruption.ts"

/** How many bytes before the seam are read back. */
const SEAM = 4096

export const compare = <E, R>(
  session: FtpSession,
  names: { readonly path: string; readonly at: string },
  open: (offset: number) => Effect.Effect<Pull<E, R>, E, R | Scope.Scope>,
  offset: number
): Effect.Effect<void, DataError | IntegrityError | E, Exclude<R, Scope.Scope>> =>
  Effect.gen(function* () {
    const from = Math.max(0, offset - SEAM)
    const length = offset - from
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
      return yield* Interruption.integrity(
        "IgnoredOffset",
        "Upload",
        names.path,
        Endpoint.toLabel(session.endpoint),
        `the bytes before offset ${offset} as they were sent`,
        "other bytes"
      )
    }
  })

/**
 * Whether a remote file of `size` bytes ends as the source does there: the last `length` bytes before are compared. `None`
 * where the server does not let us read.
 */
export const endsAlike = <E, R>(
  session: FtpSession,
  names: { readonly path: string; readonly at: string },
  open: (offset: number) => Effect.Effect<Pull<E, R>, E, R | Scope.Scope>,
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

const isRejected = (error: DataError): error is Rejected => error._tag === "Rejected"

const isEqual = (left: Uint8Array, right: Uint8Array): boolean =>
  left.byteLength === right.byteLength && left.every((byte, at) => right[at] === byte)
