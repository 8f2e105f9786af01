/** What operators see of a transfer: its span and its metrics. */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Counting from "../base/counting.ts"
import type { FtpTransferInterrupted } from "../base/FtpError.ts"
import * as Evidence from "../base/FtpEvidence.ts"
import * as Observability from "../base/observability.ts"
import { FtpPool } from "../pool/FtpPool.ts"
import type { Result } from "./options.ts"

type Direction = FtpTransferInterrupted["direction"]

/** Describes a transfer in the current span, and counts how it ends. */
export const transfer =
  (direction: Direction, path: string) =>
  <A extends Result, E, R>(self: Effect.Effect<A, E, R>): Effect.Effect<A, E, R | FtpPool> =>
    Effect.flatMap(FtpPool, (pool) =>
      Effect.zipRight(
        begun(pool, path),
        Effect.onExit(Effect.tap(self, described), (exit) => Effect.sync(() => count(direction, exit)))
      )
    )

/** The long way, in the span of the small file, or in one of its own. */
interface Long<A, E, R> {
  readonly inSpan: () => Effect.Effect<A, E, R>
  readonly spanned: () => Effect.Effect<A, E, R>
}

/**
 * The same for a small file in one step, which has a span only if it is seen; it begins at the call. `undefined` means that the long way is to
 * be taken, which counts for itself: a transfer has one span, whichever way it takes.
 */
export const small = <A extends Result, E, R, E2, R2>(
  fiber: Fiber.RuntimeFiber<unknown, unknown>,
  about: About,
  begin: () => Effect.Effect<A | undefined, E, R>,
  { inSpan, spanned }: Long<A, E2, R2>
): Effect.Effect<A, E | E2, R | R2> =>
  Observability.isSeen(fiber)
    ? Observability.spannedIfSeen(
        about.name,
        about.path,
        about.endpoints
      )(
        counted(
          about,
          Effect.tap(Effect.suspend(begin), (result) => (result === undefined ? Effect.void : described(result))),
          inSpan
        )
      )
    : counted(about, begin(), spanned)

const counted = <A extends Result, E, R, E2, R2>(
  { cleanUp, direction }: About,
  self: Effect.Effect<A | undefined, E, R>,
  long: () => Effect.Effect<A, E2, R2>
): Effect.Effect<A, E | E2, R | R2> =>
  Effect.matchCauseEffect(self, {
    onFailure: (cause) => {
      Counting.failed(direction, outcomeOf(cause))
      return cleanUp === undefined
        ? Effect.failCause(cause)
        : Effect.zipRight(cleanUp(Exit.failCause(cause)), Effect.failCause(cause))
    },
    onSuccess: (result): Effect.Effect<A, E2, R2> => {
      if (result === undefined) {
        return long()
      }
      Counting.transferred(direction, result.bytes)
      return Effect.succeed(result)
    }
  })

/** The small file that is moved. */
interface About {
  readonly name: string
  readonly direction: Direction
  readonly path: string
  readonly endpoints: FtpPool["endpoints"]
  /** After a failure. To be given by a caller that can't be interrupted. */
  readonly cleanUp?: (exit: Exit.Exit<never, unknown>) => Effect.Effect<void>
}

export const begun = (pool: FtpPool, path: string): Effect.Effect<void> =>
  Observability.annotate(() => ({
    ...Observability.whereTo(pool.endpoints),
    [Observability.Attribute.path]: path,
    [Observability.Attribute.attempts]: 1
  }))

/** Over how many sessions at once a download came at most. */
export const cameOver = (sessions: number): Effect.Effect<void> =>
  Observability.annotate(() => ({ [Observability.Attribute.segments]: sessions }))

export const described = ({ bytes, evidence }: Partial<Result>): Effect.Effect<void> =>
  Observability.annotate(() => ({
    [Observability.Attribute.bytes]: bytes,
    ...(evidence && { [Observability.Attribute.evidence]: Evidence.toWord(evidence) })
  }))

export const count = (direction: Direction, exit: Exit.Exit<{ readonly bytes: number }, unknown>): void =>
  Exit.isSuccess(exit)
    ? Counting.transferred(direction, exit.value.bytes)
    : Counting.failed(direction, outcomeOf(exit.cause))

/** The tag of the error; an error of a source may have none. */
const outcomeOf = (cause: Cause.Cause<unknown>): string =>
  Option.match(Cause.failureOption(cause), {
    onNone: () => (Cause.isInterrupted(cause) ? "Interrupted" : "Defect"),
    onSome: (error) =>
      typeof error === "object" && error !== null && "_tag" in error && String(error._tag).startsWith("Ftp")
        ? String(error._tag)
        : "SourceError"
  })

/** An interruption, before the pause, or before the transfer is given up. `failures` counts those of one transfer. */
export const interrupted = (error: FtpTransferInterrupted, failures: number): Effect.Effect<void> =>
  Effect.suspend(() => {
    Counting.resume(error.direction)
    return Effect.zipRight(
      Observability.annotate(() => ({ [Observability.Attribute.attempts]: failures + 1 })),
      Observability.event("ftp.interrupted", () => ({
        [Observability.Attribute.offset]: error.offset,
        "error.type": error.cause._tag,
        "error.message": error.message
      }))
    )
  })
