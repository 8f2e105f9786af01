/**
 * A small file in one effect, where all goes well; the dialogues are in `expressRetrieve` and `expressStore`:
 *
 *     C: EPSV
 *     S: 229 …
 *        dial
 *     C: RETR a, or STOR a
 *     S: 150 …
 *        bytes, FIN
 *     S: 226 …
 *
 *     asked ──229──► dialling ──up──► begun ──all bytes and 2yz──► done
 *        └─────────────┴────────────────┴──anything else, too late──► reset, and "Long": the long way is to be taken
 *
 * A protected data connection shakes hands meanwhile; no byte of the file moves before that was accepted.
 *
 * The long way (`dataTransfer`) knows why something failed, what to say of it, and what to try next. Its guards cost
 * several times what a small file does, so here there are none: see `directTransport`.
 */
import * as Effect from "effect/Effect"
import * as Masked from "../base/masked.ts"
import * as Observability from "../base/observability.ts"
import { type SessionContext, wantsPret } from "./context.ts"
import * as DataAfterReset from "./dataAfterReset.ts"
import { settle } from "./dataTransfer.ts"
import * as Patience from "./expressPatience.ts"
import type { Begin, Outcome, Way } from "./expressWay.ts"
import * as NextPort from "./nextPort.ts"
import { isPristine } from "./state.ts"

/** How an exchange is done, beside what it does. */
interface How<A> {
  /** Of a caller that is masked already. Default: a mask of its own, which takes as many steps as all else here. */
  readonly masked?: Masked.Masked | undefined
  /** What to say in place of `"Long"`. */
  readonly otherwise?: () => Outcome<A>
  /** Whether it takes a connection that is dialled for an upload. */
  readonly isUpload?: boolean
  /** Called if it takes too long. */
  readonly expired?: () => void
  /**
   * What is done in the same effect once there is an outcome, and the session is idle again: its outcome is that of the
   * whole then. It calls `go` once, at once or later. Default: nothing. If it throws, or what it gives to `go`, the effect dies.
   */
  readonly next?: ((outcome: A, go: Go<A>) => void) | undefined
}

/** What to begin next; `undefined` ends the whole. Nothing is begun if the whole is given up meanwhile. */
export type Go<A> = (following: () => Begin<A> | undefined) => void

/** `begin` starts it, and returns how to give it up; it ends once. */
export const exchange = <A>(context: SessionContext, begin: Begin<A>, how: How<A>): Effect.Effect<Outcome<A>> =>
  how.masked === undefined
    ? Masked.run((masked) => start(context, begin, masked, how))
    : start(context, begin, how.masked, how)

const LONG = Effect.succeed("Long" as const)

/** Begins at once, as far as it is for it to; the wait for the outcome is restored. */
const start = <A>(
  context: SessionContext,
  first: Begin<A>,
  { fiber, restore }: Masked.Masked,
  { expired = () => {}, isUpload = false, next, otherwise = () => "Long" }: How<A>
): Effect.Effect<Outcome<A>> => {
  const { capabilities, control, state, timeouts } = context
  const clock = Observability.clockOf(fiber)
  const opened = wayOf(context)
  if (opened === undefined) {
    NextPort.forget(state)
    return LONG
  }
  state.transferOpen = true
  const isTracing = Observability.isTracing(fiber)
  let isOver = false
  /** Of several, one after the other, which one is under way, or next. */
  let turn = 0
  let giveUp: (() => void) | undefined
  /** Between two of them it waits for `next`, which is not cut short. */
  let isBetween = false
  let isLeft = false
  /** Called when that is over. */
  let leave = () => {}
  let resume: (outcome: Effect.Effect<Outcome<A>>) => void = () => {}
  const end = (outcome: Outcome<A>) => {
    isOver = true
    patience.stop()
    if (outcome === "Long") {
      learnPret(context, false)
      giveUp?.()
    }
    resume(Effect.succeed(outcome))
  }
  const die = (defect: unknown) => {
    isOver = true
    patience.stop()
    giveUp?.()
    resume(Effect.die(defect))
  }
  const endTurn = (outcome: Outcome<A>) => {
    if (outcome === "Long") {
      end(outcome)
      return
    }
    learnPret(context, true)
    state.transferOpen = false
    DataAfterReset.ended(context)
    giveUp = undefined
    if (next === undefined) {
      end(outcome)
      return
    }
    turn++
    patience.rest()
    isBetween = true
    const over = (run: () => void) => {
      if (isBetween) {
        isBetween = false
        run()
        leave()
      }
    }
    try {
      next(outcome, (following) => over(() => go(outcome, following)))
    } catch (defect) {
      over(() => die(defect))
    }
  }
  const go = (outcome: A, following: () => Begin<A> | undefined) => {
    let begin: Begin<A> | undefined
    try {
      begin = following()
    } catch (defect) {
      die(defect)
      return
    }
    if (begin === undefined || isLeft) {
      end(outcome)
      return
    }
    const found = begin
    // After all that came with the last reply is read: one too many is not about the next file.
    queueMicrotask(() => isOver || follow(found))
  }
  const follow = (begin: Begin<A>) => {
    const open = wayOf(context)
    if (open === undefined) {
      NextPort.forget(state)
      end("Long")
      return
    }
    state.transferOpen = true
    patience.renew()
    take(begin, open)
  }
  const take = (begin: Begin<A>, { control: untraced, data }: Open) => {
    const now = clock.unsafeCurrentTimeMillis()
    const control = isTracing ? untraced.tracedBy(fiber, die) : untraced
    const own = turn
    // Without a spread: V8 gives its result a new hidden class each time, which every later use has to look up.
    const way: Way = {
      control,
      data,
      clock,
      mayBurst: capabilities.get("Pipelining") === "Works",
      wantsNext: NextPort.isLikely(state, now),
      ahead: isUpload ? NextPort.takeAhead(state, now) : undefined,
      port: NextPort.take(state, now),
      patience,
      die,
      isOver: () => isOver || turn !== own
    }
    giveUp = begin(way, (outcome) => {
      if (!isOver && turn === own) {
        endTurn(outcome)
      }
    })
  }
  const patience = Patience.begin(control, timeouts, clock, (isServersWay) => {
    if (isServersWay) {
      capabilities.set("Express", false)
    }
    expired()
    isOver || end("Long")
  })
  const left = Effect.async<void>((over) => {
    isLeft = true
    leave = () => over(Effect.void)
    isBetween || leave()
  })
  const whole = Effect.async<Outcome<A>>((done) => {
    resume = done
    take(first, opened)
    // Without one it takes a dozen steps less.
    return next === undefined ? undefined : left
  })
  const settled = Effect.matchCauseEffect(restore(whole), {
    onFailure: (cause) => {
      isOver || end("Long")
      return Effect.zipRight(settle(context), Effect.failCause(cause))
    },
    onSuccess: (outcome) => (outcome === "Long" ? Effect.map(settle(context), otherwise) : Effect.succeed(outcome))
  })
  return patience.wake === undefined ? settled : Effect.zipRight(patience.wake, settled)
}

/** A server that gave no port, or the wrong one, wants the transfer announced. */
const learnPret = (context: SessionContext, worked: boolean): void => {
  const { capabilities } = context
  if (wantsPret(context) && capabilities.get("Port without PRET") === "Unknown") {
    capabilities.set("Port without PRET", worked)
  }
}

/** What is open for it. */
type Open = Pick<Way, "control" | "data">

/** Only on a session that is as after the login, with nothing that this file does not know of. */
const wayOf = (context: SessionContext): Open | undefined => {
  const { capabilities, control, dataChannel, protection, state, timeouts } = context
  // What a transfer after a reset shows of the server is for the long way to learn.
  if (
    capabilities.get("Express") === "Fails" ||
    timeouts.keepAlive !== undefined ||
    state.dataReset ||
    !isPristine(state)
  ) {
    return undefined
  }
  const direct = control.direct()
  if (direct?.isIdle() !== true) {
    return undefined
  }
  const tls = protection.direct({ capabilities, control: direct })
  if (tls === "Long") {
    return undefined
  }
  const isPretDemanded = wantsPret(context) && capabilities.get("Port without PRET") === "Fails"
  const data = dataChannel.direct?.({
    capabilities,
    control,
    wantsPret: isPretDemanded,
    tls: tls === "Unprotected" ? undefined : tls
  })
  return data === undefined ? undefined : { control: direct, data }
}
