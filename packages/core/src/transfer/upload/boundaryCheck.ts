/**
 * Checks the boundary at which an upload was resumed: the bytes before it are read back and compared with the source.
 *
 *     C: REST 995904      the server filled with zeros, or used another offset, or the file there was never ours
 *     C: RETR a           ──► 4096 bytes, and no more
 *
 *     source   1 2 3 4 0 0 0 0 0 0 0 0 0 0 0 0 5 6 7
 *                    └┬┘                 └┬┘ │ the boundary
 *                     │                   these are all equal, as zeros filled in by the server would be
 *                     so the bytes around the last change are compared instead
 *
 * A server that loses what was before an offset has zeros from the first byte on, so any byte that is not zero reveals
 * it. A server that permits writing only is trusted.
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import * as Bytes from "../../base/bytes.ts"
import * as Endpoint from "../../base/FtpEndpoint.ts"
import type { DataError, FtpIntegrityError } from "../../base/FtpError.ts"
import type { Pull } from "../../base/FtpSource.ts"
import * as Command from "../../protocol/Command.ts"
import type { FtpSession } from "../../session/FtpSession.ts"
import * as Integrity from "../integrity.ts"
import type { Target } from "./target.ts"

/** How many bytes before a boundary are read back. */
export const CHECKED_BYTES = 4096
/** How many times as far back the next search for a change goes: few searches, and all but the last cost little. */
const SEARCH_FACTOR = 8

/** Opens the source at an offset. */
export type Open<E, R> = (offset: number) => Effect.Effect<Pull<E, R>, E, R | Scope.Scope>

/** Fails with `IgnoredOffset` if the bytes before the boundary are not those of the source. */
export const check = <E, R>(
  session: FtpSession,
  target: Target,
  open: Open<E, R>,
  boundary: number
): Effect.Effect<void, DataError | FtpIntegrityError | E, Exclude<R, Scope.Scope>> =>
  Effect.gen(function* () {
    const { from, to } = yield* revealingWindow(open, boundary)
    const length = to - from
    const remote = yield* Effect.scoped(
      Effect.flatMap(session.receive(Command.retr(target.at), { path: target.path, offset: from }), ({ read }) =>
        Bytes.readUpTo(read, length)
      )
    ).pipe(
      Effect.asSome,
      // A connection that is lost meanwhile proves nothing: the caller has to check again.
      Effect.catchIf(isPermanentRefusal, () => Effect.succeedNone)
    )
    const local = yield* readSource(open, from, length)
    if (Option.isSome(remote) && !Bytes.isEqual(local, remote.value)) {
      return yield* Integrity.make(
        { direction: "Upload", path: target.path, server: Endpoint.toLabel(session.endpoint) },
        "IgnoredOffset",
        `the bytes before offset ${to} as they were sent`,
        "other bytes"
      )
    }
  })

export const readSource = <E, R>(
  open: Open<E, R>,
  from: number,
  length: number
): Effect.Effect<Uint8Array, E, Exclude<R, Scope.Scope>> =>
  Effect.scoped(Effect.flatMap(open(from), (pull) => Bytes.readUpTo(pull, length)))

/** The last bytes before the boundary; if all of them are equal, the bytes around the last change before them. */
const revealingWindow = <E, R>(
  open: Open<E, R>,
  boundary: number
): Effect.Effect<{ readonly from: number; readonly to: number }, E, Exclude<R, Scope.Scope>> =>
  Effect.gen(function* () {
    const last = { from: Math.max(0, boundary - CHECKED_BYTES), to: boundary }
    for (let length = CHECKED_BYTES; ; length *= SEARCH_FACTOR) {
      const from = Math.max(0, boundary - length)
      const change = yield* lastChange(open, from, boundary)
      if (Option.isSome(change)) {
        const { value } = change
        return value > last.from
          ? last
          : { from: Math.max(0, value - CHECKED_BYTES / 2), to: Math.min(boundary, value + CHECKED_BYTES / 2) }
      }
      if (from === 0) {
        return last
      }
    }
  })

/** The offset of the last byte that differs from the one before it. */
const lastChange = <E, R>(
  open: Open<E, R>,
  from: number,
  to: number
): Effect.Effect<Option.Option<number>, E, Exclude<R, Scope.Scope>> =>
  Effect.scoped(
    Effect.gen(function* () {
      const pull = yield* open(from)
      let change = Option.none<number>()
      let previous: number | undefined
      for (let at = from; at < to; ) {
        const bytes = yield* pull
        if (Option.isNone(bytes)) {
          break
        }
        const chunk = bytes.value.subarray(0, to - at)
        let last = chunk.byteLength - 1
        while (last > 0 && chunk[last] === chunk[last - 1]) {
          last--
        }
        if (last > 0 || (last === 0 && previous !== undefined && previous !== chunk[0])) {
          change = Option.some(at + last)
        }
        previous = chunk.at(-1) ?? previous
        at += chunk.byteLength
      }
      return change
    })
  )

const isPermanentRefusal = (error: DataError): boolean =>
  error._tag === "FtpRejected" && error.outcome === "NotApplied" && error.reply.code >= 500
