/**
 * How a host of a pool opens a session.
 *
 * Until a login was accepted, one borrower dials and the others wait, as each dial may send a password that is wrong.
 * What it fails with is theirs too, if their own dials would fail in the same way:
 *
 *     first dial ──in──► all dial at once
 *         ├─ refused ──► no more dials: the refusal is the error of every later one
 *         ├─ unconfirmed, timed out, no TLS ──► the error of all who waited
 *         └─ else ──► the next one dials
 */
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Scope from "effect/Scope"
import * as Counting from "../base/counting.ts"
import type { OpenError } from "../base/FtpError.ts"
import { FtpTimeouts } from "../base/FtpTimeouts.ts"
import * as Observability from "../base/observability.ts"
import * as OptionalVerbs from "../base/optionalVerbs.ts"
import * as FtpSession from "../session/FtpSession.ts"
import type { Host, Services, Slot } from "./hostState.ts"
import * as SessionLimit from "./sessionLimit.ts"

/** What a session is opened for. */
export type Purpose = Pick<FtpSession.Options, "expectsTransfer">

/** Dials when it is this borrower's turn, and only if those before did not fail for all. */
export const dial = (host: Host, slot: Slot, purpose: Purpose = {}): Effect.Effect<FtpSession.FtpSession, OpenError> =>
  Effect.suspend(() => {
    if (host.refusal !== undefined) {
      return Effect.fail(host.refusal)
    }
    if (isProven(host)) {
      return open(host, slot, purpose)
    }
    const before = host.failure
    return inTurn(host, (giveTurn) =>
      Effect.suspend(() => {
        const error = host.refusal ?? (host.failure === before ? undefined : host.failure)
        return error === undefined
          ? isProven(host)
            ? Effect.zipRight(giveTurn, open(host, slot, purpose))
            : open(host, slot, purpose, giveTurn)
          : Effect.fail(error)
      })
    )
  })

/** Runs it in this borrower's turn, which ends with it, or when it runs `giveTurn`. */
const inTurn = <A, E>(
  { firstDial }: Host,
  use: (giveTurn: Effect.Effect<void>) => Effect.Effect<A, E>
): Effect.Effect<A, E> =>
  Effect.uninterruptibleMask((restore) =>
    Effect.flatMap(restore(firstDial.take(1)), () => {
      let isHeld = true
      const giveTurn = Effect.suspend(() => {
        if (!isHeld) {
          return Effect.void
        }
        isHeld = false
        return Effect.asVoid(firstDial.release(1))
      })
      return Effect.ensuring(restore(use(giveTurn)), giveTurn)
    })
  )

/** A word for the metric. */
const outcomeOf = (cause: Cause.Cause<OpenError>): string =>
  Option.match(Cause.failureOption(cause), {
    onNone: () => (Cause.isInterruptedOnly(cause) ? "Interrupted" : "Defect"),
    onSome: (error) => ("reason" in error ? error.reason : error._tag)
  })

/** Whether the server has accepted the login. */
const isProven = ({ capabilities }: Host): boolean => capabilities.get("Login") === "Works"

const learn = (host: Host, error: OpenError): void => {
  if (error._tag === "FtpAuthError") {
    host.refusal = error
  } else if (isShared(error)) {
    host.failure = error
  }
}

/** What would be the same for those who wait, or would cost each of them a whole time limit. */
const isShared = (error: OpenError): boolean =>
  !error.isRetryable ||
  ((error._tag === "FtpConnectError" || error._tag === "FtpConnectionLost") && error.reason === "TimedOut")

/**
 * Dials into the slot. Whatever happens, nothing is left open but a session that the slot owns. A server that leaves
 * FEAT, OPTS or PBSZ unanswered is dialled again at once, without it; if a further session may be the reason, once that is
 * found out. After the pool has closed nothing is dialled, and what was keeps nothing open.
 */
const open = (
  host: Host,
  slot: Slot,
  purpose: Purpose,
  onAccepted: Effect.Effect<void> = Effect.void
): Effect.Effect<FtpSession.FtpSession, OpenError> =>
  Effect.uninterruptibleMask((restore) =>
    Effect.gen(function* () {
      if (host.isClosed) {
        return yield* Effect.interrupt
      }
      const scope = yield* Scope.make()
      const begun = yield* Clock.currentTimeMillis
      const openedBefore = host.opened
      let isAccepted = false
      const accepted = Effect.flatMap(Clock.currentTimeMillis, (now) => {
        isAccepted = true
        host.accepting++
        host.openingTook = now - begun
        Deferred.unsafeDone(host.accepted, Effect.void)
        return onAccepted
      })
      yield* SessionLimit.noteDead(host)
      host.opening++
      const exit = yield* Effect.exit(
        restore(Scope.extend(openSession(host, { ...purpose, onAccepted: accepted }), scope))
      )
      host.opening--
      host.accepting -= isAccepted ? 1 : 0
      Counting.dial(Exit.isSuccess(exit) ? "Success" : outcomeOf(exit.cause))
      if (Exit.isFailure(exit)) {
        const error = Option.getOrUndefined(Cause.failureOption(exit.cause))
        yield* Scope.close(scope, exit)
        const again = Effect.ensuring(
          restore(open(host, slot, purpose, onAccepted)),
          Effect.sync(() => SessionLimit.noteDecided(host))
        )
        if (error?._tag === "FtpConnectionLost" && error.optionalVerb !== undefined) {
          host.perhapsReplaced = false
          return yield* again
        }
        if (isAccepted && error !== undefined && SessionLimit.isHungUp(error)) {
          yield* Effect.onInterrupt(restore(SessionLimit.noteLostOpening(host, openedBefore)), () =>
            Effect.sync(() => SessionLimit.noteDecided(host))
          )
          if (OptionalVerbs.isOptional(error.verb) && host.capabilities.optionalVerbs.isAvoided(error.verb)) {
            return yield* again
          }
        } else if (host.opening === 0) {
          host.perhapsReplaced = false
        }
        SessionLimit.noteDecided(host)
        if (error !== undefined) {
          learn(host, error)
        }
        return yield* exit
      }
      if (host.isClosed) {
        yield* Scope.close(scope, exit)
        SessionLimit.noteDecided(host)
        return yield* Effect.interrupt
      }
      SessionLimit.noteYounger(host.slots)
      slot.current = { session: exit.value, scope, order: host.opened++ }
      host.live++
      Counting.live(1)
      host.openingTook = (yield* Clock.currentTimeMillis) - begun
      if (host.perhapsReplaced && !host.coexist) {
        yield* SessionLimit.lower(host)
      }
      host.perhapsReplaced = false
      host.furtherFailures = 0
      SessionLimit.noteDecided(host)
      return exit.value
    })
  )

const openSession = (host: Host, options: Pick<FtpSession.Options, "expectsTransfer" | "onAccepted">) =>
  Effect.suspend(() => {
    const { capabilities, endpoint, services, settings } = host
    const { charset, dateOrder, dialect, zone } = settings
    return FtpSession.make({ endpoint, capabilities, charset, zone, dialect, dateOrder, ...options }).pipe(
      Effect.provide(host.live + host.accepting > 0 ? greetedSoon(host) : services),
      // A session outlives the caller that opened it, so its span is no part of the caller's.
      Effect.withSpan("FtpPool.open", {
        root: true,
        captureStackTrace: false,
        kind: "client",
        attributes: Observability.whereAt(endpoint)
      })
    )
  })

/**
 * A server that bears one session may greet the next client only when that has ended. One that is merely slow took its
 * time for the sessions before, too.
 */
const FURTHER_GREETING = Duration.seconds(10)
const SLOWER_AT_MOST = 3

/** The services for a session beside others: with less patience for the greeting. */
const greetedSoon = ({ openingTook, services }: Host): Context.Context<Services> => {
  const timeouts = Context.get(services, FtpTimeouts)
  const limit = Duration.max(FURTHER_GREETING, Duration.millis(SLOWER_AT_MOST * openingTook))
  return Context.add(services, FtpTimeouts, { ...timeouts, greeting: Duration.min(timeouts.greeting, limit) })
}
