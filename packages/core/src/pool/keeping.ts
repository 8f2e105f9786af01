/**
 * One borrower after the other with the same session, for a worker with many small things to do:
 *
 *     borrow ──► kept, reusable, of the right host? ──yes──► lent
 *                  └──no──► the kept one to the pool ──► a session of the pool ──► lent
 *     return ──► a caller waits for one, it is not reusable, or the keeper has ended? ──yes──► to the pool
 *                                                     └──no──► kept
 *
 * To borrow from the pool and to return takes hundreds of steps, which for a few KiB is most of the work. `lend` takes
 * the fewest: it has no scope if the kept session is reusable by what is known here.
 *
 * The place of the session in the pool goes with it from fiber to fiber (`queue`).
 */
import type * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Equal from "effect/Equal"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"
import type { FtpEndpoint } from "../base/FtpEndpoint.ts"
import type { OpenError } from "../base/FtpError.ts"
import * as Masked from "../base/masked.ts"
import type { FtpSession } from "../session/FtpSession.ts"
import * as Loan from "./loan.ts"
import * as Queue from "./queue.ts"

type Borrow = (options?: {
  readonly host?: FtpEndpoint | undefined
}) => Effect.Effect<FtpSession, OpenError, Scope.Scope>

type Lend = <A, E, R>(use: (session: FtpSession) => Effect.Effect<A, E, R>) => Effect.Effect<A, E | OpenError, R>

/**
 * `lend` for a caller that is masked already, which takes half the steps: only the wait for a session is restored, and
 * `use` restores what it waits for itself; as long as `isFree`, it may do more than one thing with the session, which has to be
 * idle then. What is done with the result is `then`, as the session is returned before it.
 *
 * @since 0.1.0
 * @category models
 */
export type LendMasked = <A, E, R, B, E2, R2>(
  masked: Masked.Masked,
  use: (session: FtpSession, isFree: () => boolean) => Effect.Effect<A, E, R>,
  then: (result: A) => Effect.Effect<B, E2, R2>
) => Effect.Effect<B, E | E2 | OpenError, R | R2>

/** The pool as this file sees it. */
export interface Lender {
  readonly borrow: Borrow
  readonly isContended: () => boolean
  readonly freshness: Freshness
}

/**
 * Whether a session of the pool that was not used for a while can be had again.
 *
 * @since 0.1.0
 * @category models
 */
export interface Freshness {
  /** In millis: a session that was used within is not asked. */
  readonly probeAfter: number
  /** Whether it is in step, and answers. `lastUsed` is in millis since 1970. */
  readonly isFresh: (session: FtpSession, lastUsed: number) => Effect.Effect<boolean>
}

export interface Keeper {
  readonly borrow: Borrow
  readonly lend: Lend
  readonly lendMasked: LendMasked
  /** Returns what is kept to the pool. */
  readonly giveBack: Effect.Effect<void>
  /** The same, and keeps nothing from now on: a borrower may return its session later. */
  readonly end: Effect.Effect<void>
}

interface Kept {
  readonly session: FtpSession
  readonly scope: Scope.CloseableScope
  /** Of all keepers that have it. */
  readonly loan: Loan.Loan
}

/** One that throws would leave nobody to return the session. */
const called = <A, E, R>(
  use: (session: FtpSession, isFree: () => boolean) => Effect.Effect<A, E, R>,
  session: FtpSession,
  isFree: () => boolean
) => {
  try {
    return use(session, isFree)
  } catch (defect) {
    return Effect.die(defect)
  }
}

/** Of a session that goes back to the pool, or whose keeper is not known to be able to keep it. */
export const isNeverFree = (): boolean => false

export const make = (pool: Lender): Keeper => {
  let kept: Kept | undefined
  let hasEnded = false
  /** Known since the first session was had. */
  let clock: Clock.Clock | undefined
  const now = (): number => clock?.unsafeCurrentTimeMillis() ?? 0
  const isKeeping = (): boolean => !hasEnded && kept === undefined && !pool.isContended()

  const take = (): Kept | undefined => {
    const before = kept
    kept = undefined
    return before
  }

  const putBack = ({ scope }: Kept): Effect.Effect<void> => Scope.close(scope, Exit.void)

  const keepNow = (lent: Kept): void => {
    // One that another keeper returns was unused before.
    lent.loan.unusedSince ??= now()
    kept = lent
  }

  const keep = (lent: Kept): Effect.Effect<void> =>
    Effect.flatMap(lent.session.reusable, (isReusable) =>
      isReusable && isKeeping() ? Effect.sync(() => keepNow(lent)) : putBack(lent)
    )

  const isFresh = ({ loan, session }: Kept): Effect.Effect<boolean> =>
    pool.freshness.isFresh(session, loan.unusedSince ?? 0)

  const lend = (lent: Kept): ReturnType<Borrow> =>
    Effect.suspend(() => {
      lent.loan.unusedSince = undefined
      return Effect.zipRight(
        Effect.addFinalizer(() => keep(lent)),
        Effect.as(Queue.takeOver(lent.loan.place), lent.session)
      )
    })

  const learnClock = Effect.clockWith((found) =>
    Effect.sync(() => {
      clock = found
    })
  )

  const another = (options: Parameters<Borrow>[0], restore: Masked.Restore) =>
    Effect.flatMap(Effect.zipRight(learnClock, Scope.make()), (scope) =>
      restore(Scope.extend(pool.borrow(options), scope)).pipe(
        Effect.onError((cause) => Scope.close(scope, Exit.failCause(cause))),
        Effect.flatMap((session) => lend({ session, scope, loan: Loan.of(session) }))
      )
    )

  const borrow: Borrow = (options) =>
    Effect.uninterruptibleMask((restore) =>
      Effect.suspend(() => {
        const before = take()
        if (before === undefined) {
          return another(options, restore)
        }
        const isRight = options?.host === undefined || Equal.equals(options.host, before.session.endpoint)
        return Effect.flatMap(isRight ? isFresh(before) : Effect.succeed(false), (isFresh) =>
          // Back first: it may hold the only place that there is.
          isFresh ? lend(before) : Effect.zipRight(putBack(before), another(options, restore))
        )
      })
    )

  /** Whether it could be kept at once. */
  const keptAtOnce = (lent: Kept): boolean => {
    if (!isKeeping() || !lent.session.isReusable()) {
      return false
    }
    keepNow(lent)
    return true
  }

  /** What is kept and need not be asked whether it answers. */
  const takeFresh = (): Kept | undefined =>
    kept?.session.isReusable() && now() - (kept.loan.unusedSince ?? 0) < pool.freshness.probeAfter ? take() : undefined

  /** Not interruptible: who is interrupted meanwhile would leave the place taken. To close a session has its limits. */
  const giveBack = Effect.uninterruptible(
    Effect.suspend(() => {
      const before = take()
      return before === undefined ? Effect.void : putBack(before)
    })
  )

  /** `otherwise` if no session is kept that is fresh. */
  const lendMasked = <A, E, R, B, E2, R2>(
    { fiber, restore }: Masked.Masked,
    use: (session: FtpSession, isFree: () => boolean) => Effect.Effect<A, E, R>,
    then: (result: A) => Effect.Effect<B, E2, R2>
  ): Effect.Effect<B, E | E2 | OpenError, R | R2> => {
    const before = takeFresh()
    if (before === undefined) {
      const once = (session: FtpSession) => use(session, isNeverFree)
      return Effect.flatMap(Effect.scoped(Effect.flatMap(restore(borrow()), once)), then)
    }
    const { loan, session } = before
    loan.unusedSince = undefined
    const used = called(use, session, () => isKeeping() && session.isReusable())
    const isOwn = loan.place?.fiber === fiber
    return Effect.matchCauseEffect(isOwn ? used : Effect.zipRight(Queue.takeOver(loan.place), used), {
      onFailure: (cause) => Effect.zipRight(keep(before), Effect.failCause(cause)),
      onSuccess: (value) => (keptAtOnce(before) ? then(value) : Effect.flatMap(keep(before), () => then(value)))
    })
  }

  return {
    borrow,
    lendMasked,
    lend: (use) =>
      Masked.run((masked) => lendMasked(masked, (session) => masked.restore(use(session)), Effect.succeed)),
    giveBack,
    end: Effect.suspend(() => {
      hasEnded = true
      return giveBack
    })
  }
}
