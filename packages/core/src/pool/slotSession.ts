/**
 * The session of a slot that is lent, and what becomes of it:
 *
 *     lent ──idle session? fresh──────────────────────► used ──returned: in step and pristine──► idle, until `timeToLive`
 *       ├──one is opened in advance: wait for it ────────┤  └────────────────────────otherwise──► closed
 *       └──none, or dead: dial ──────────────────────────┘
 */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Equal from "effect/Equal"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"
import * as Counting from "../base/counting.ts"
import type { OpenError } from "../base/FtpError.ts"
import * as TimeLimit from "../base/timeLimit.ts"
import * as Command from "../protocol/Command.ts"
import type * as FtpSession from "../session/FtpSession.ts"
import * as Ahead from "./ahead.ts"
import { dial } from "./dial.ts"
import type { Host, Slot } from "./hostState.ts"
import type { Freshness } from "./keeping.ts"
import * as Loan from "./loan.ts"
import type { Settings } from "./options.ts"
import * as SessionLimit from "./sessionLimit.ts"

/** A session that can't answer NOOP in this time is replaced: dialling anew is quicker than waiting. */
const PROBE_LIMIT = Duration.seconds(3)

/**
 * The slot's session if it is fresh, else a new one. `"Full"` if the one that it has waited for was not let in: then its
 * place may be one too many.
 */
export const sessionOf = (host: Host, slot: Slot): Effect.Effect<FtpSession.FtpSession | "Full", OpenError> =>
  Effect.gen(function* () {
    if (slot.current !== undefined) {
      if (yield* isFresh(host, slot.current.session, slot.lastUsed)) {
        return slot.current.session
      }
      yield* drop(host, slot)
    }
    if ((yield* Ahead.take(host, slot)) === "Full") {
      return "Full"
    }
    return slot.current?.session ?? (yield* dial(host, slot))
  })

/** How it is found out whether a session that a keeper has can be lent. */
export const freshnessOf = (hosts: ReadonlyArray<Host>, { probeAfter }: Settings): Freshness => ({
  probeAfter: Duration.toMillis(probeAfter),
  isFresh: (session, lastUsed) => {
    const host = hosts.find(({ endpoint }) => Equal.equals(endpoint, session.endpoint))
    return host === undefined ? session.reusable : isFresh(host, session, lastUsed)
  }
})

/** Whether a session that was used last at that time (in millis) can be lent: after a while it is asked. */
const isFresh = (
  { capabilities, settings }: Pick<Host, "capabilities" | "settings">,
  session: FtpSession.FtpSession,
  lastUsed: number
): Effect.Effect<boolean> =>
  Effect.gen(function* () {
    if (!(yield* session.reusable)) {
      return false
    }
    if ((yield* Clock.currentTimeMillis) - lastUsed < Duration.toMillis(settings.probeAfter)) {
      return true
    }
    const probe = capabilities.optionalVerbs.isAvoided("NOOP") ? Command.pwd : Command.noop
    const answer = yield* Effect.exit(
      TimeLimit.timeoutFail(session.run(probe), { duration: PROBE_LIMIT, onTimeout: () => "Silent" as const })
    )
    // A server may not know NOOP: any answer proves that it is there and in step.
    return answer._tag === "Success" || (yield* session.reusable)
  })

/** Leaves the slot with a session that the next borrower can have, or with none. */
export const retire = (host: Host, slot: Slot): Effect.Effect<void> =>
  Effect.gen(function* () {
    if (slot.current !== undefined) {
      const unusedSince = Loan.end(slot.current.session)
      yield* slot.current.session.settle
      // Whether it is in step is asked when it is lent again: who returns it is perhaps about to stop.
      if (yield* slot.current.session.pristine) {
        slot.lastUsed = unusedSince ?? (yield* Clock.currentTimeMillis)
        host.coexist ||= SessionLimit.isProof(slot.current, host)
        return
      }
    }
    yield* drop(host, slot)
  })

/** Closes a session that can't be lent again. */
const drop = (host: Host, slot: Slot): Effect.Effect<void> =>
  Effect.gen(function* () {
    const { current } = slot
    host.coexist ||= current !== undefined && SessionLimit.hasServedBeside(current)
    const fate = current === undefined ? "Own" : yield* SessionLimit.fateOf(current, host)
    yield* hangUp(host, slot)
    host.perhapsReplaced ||= fate === "PerhapsReplaced"
    if (fate === "Replaced") {
      yield* SessionLimit.lower(host)
    }
  })

/** Closes the session of the slot, if it has one. */
export const hangUp = (host: { live: number }, slot: Slot): Effect.Effect<void> =>
  // A borrower who is interrupted meanwhile leaves no connection half closed.
  Effect.uninterruptible(
    Effect.suspend(() => {
      const { current } = slot
      if (current === undefined) {
        return Effect.void
      }
      slot.current = undefined
      host.live--
      Counting.live(-1)
      return Scope.close(current.scope, Exit.void)
    })
  )
