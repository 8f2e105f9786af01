/**
 * Where promises end and fibers begin. Everything that goes through one runner ends with its scope.
 *
 *     open ──run, iterate──► promises, async iterables
 *      └─the scope closes──► closed: what is on its way is interrupted, what comes is rejected with a FtpUsageError
 *
 *     an iteration:  idle ──next──► pulling ──bytes──► idle
 *                      └─return, abort, end, failure ──► over, and its transfer with it
 *
 * A rejection is the typed error itself, or the reason of the signal that aborted the call. Nothing runs between two
 * calls of `next`.
 */
import { FtpUsageError } from "@ftp-effect/core/FtpError"
import * as Cause from "effect/Cause"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as ExecutionStrategy from "effect/ExecutionStrategy"
import * as Exit from "effect/Exit"
import * as FiberId from "effect/FiberId"
import * as FiberSet from "effect/FiberSet"
import * as Option from "effect/Option"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as Abort from "./abort.ts"

export interface Runner {
  readonly run: <A, E>(effect: Effect.Effect<A, E>, signal?: AbortSignal | undefined) => Promise<A>
  readonly iterate: <A, E>(stream: Stream.Stream<A, E>, signal?: AbortSignal | undefined) => AsyncIterable<A>
  /** Whether nothing of an effect would be run: what a caller gave for it is not going to be used. */
  readonly refuses: (signal: AbortSignal | undefined) => boolean
}

/** `what` and `why` are the words of the FtpUsageError once the runner is closed. */
export const make = (what: string, why: string): Effect.Effect<Runner, never, Scope.Scope> =>
  Effect.gen(function* () {
    // Made first, so closed last: no transfer is closed under the call that reads it.
    const transfers = yield* Scope.fork(yield* Effect.scope, ExecutionStrategy.sequential)
    const fibers = yield* FiberSet.make<unknown, unknown>()
    const fork = yield* FiberSet.runtime(fibers)<never>()
    let isClosed = false
    yield* Effect.addFinalizer(() =>
      Effect.sync(() => {
        isClosed = true
      })
    )

    const run = <A, E>(effect: Effect.Effect<A, E>, signal?: AbortSignal): Promise<A> =>
      new Promise((resolve, reject) => {
        if (signal?.aborted === true) {
          reject(signal.reason)
          return
        }
        const fiber = fork(effect)
        const forget = signal && Abort.onAbort(signal, () => fiber.unsafeInterruptAsFork(FiberId.none))
        fiber.addObserver((exit) => {
          forget?.()
          if (Exit.isSuccess(exit)) {
            resolve(exit.value)
          } else if (signal?.aborted === true && Cause.isInterrupted(exit.cause)) {
            reject(signal.reason)
          } else if (isClosed && Cause.isInterrupted(exit.cause)) {
            reject(new FtpUsageError({ argument: what, why }))
          } else {
            reject(errorOf(exit.cause))
          }
        })
      })

    return {
      run,
      refuses: (signal) => isClosed || signal?.aborted === true,
      iterate: (stream, signal) => ({ [Symbol.asyncIterator]: () => iterator(run, transfers, stream, signal) })
    }
  })

/** The error itself: under a span Effect fails with a proxy of it, which is not `===` to what was thrown. */
export const errorOf = (cause: Cause.Cause<unknown>): unknown => Cause.originalError(Cause.squash(cause))

const DONE = { done: true, value: undefined } as const

const iterator = <A, E>(
  run: Runner["run"],
  parent: Scope.Scope,
  stream: Stream.Stream<A, E>,
  signal: AbortSignal | undefined
): AsyncIterator<A, undefined> => {
  const leaving = new AbortController()
  const inTurn = makeTurns()
  let forget: (() => void) | undefined
  const { pull, release } = openedLate(parent, stream, () => forget?.())
  let ready: ReadonlyArray<A> = []
  let position = 0
  let isOver = false

  const onAbort = () => leaving.abort(signal?.reason)
  /** From the first `next` until the iteration or the runner ends: what was only made keeps nothing of a signal. */
  const listen = () => {
    if (signal?.aborted === true) {
      onAbort()
    } else {
      forget ??= signal && Abort.onAbort(signal, onAbort)
    }
  }

  const end = (): Promise<void> => {
    isOver = true
    forget?.()
    return release()
  }

  const step = async (): Promise<IteratorResult<A, undefined>> => {
    if (!isOver) {
      listen()
    }
    while (!isOver) {
      if (position < ready.length && !leaving.signal.aborted) {
        return { done: false, value: ready[position++] as A }
      }
      try {
        const chunk = await run(pull, leaving.signal)
        if (Option.isNone(chunk)) {
          await end()
        } else {
          ready = Chunk.toReadonlyArray(chunk.value)
          position = 0
        }
      } catch (error) {
        const wasLeft = isOver
        await end()
        if (!wasLeft) {
          throw error
        }
      }
    }
    return DONE
  }

  // A consumer who is busy elsewhere when the signal comes keeps no session until its next call.
  leaving.signal.addEventListener("abort", () => void inTurn(release).catch(() => {}), { once: true })

  return {
    next: () => inTurn(step),
    return: () => {
      isOver = true
      leaving.abort()
      return inTurn(async () => {
        await end()
        return DONE
      })
    }
  }
}

/**
 * Runs calls one after the other: a caller that does not wait for one `next` before the other gets the values in order
 * too.
 */
const makeTurns = () => {
  let last: Promise<unknown> = Promise.resolve()
  return <B>(f: () => Promise<B>): Promise<B> => {
    const turn = last.then(f, f)
    last = turn
    return turn
  }
}

/** A stream that is opened by the first `pull`, within `parent`, whose end it is notified of; `pull` is none at the end. */
const openedLate = <A, E>(parent: Scope.Scope, stream: Stream.Stream<A, E>, onClose: () => void): Transfer<A, E> => {
  let opened: Opened<A, E> | undefined

  const open = Effect.gen(function* () {
    const scope = yield* Scope.fork(parent, ExecutionStrategy.sequential)
    yield* Scope.addFinalizer(scope, Effect.sync(onClose))
    opened = { scope, next: yield* Scope.extend(Stream.toPull(stream), scope) }
    return opened
  })

  return {
    pull: Effect.suspend(() => (opened === undefined ? Effect.uninterruptible(open) : Effect.succeed(opened))).pipe(
      Effect.flatMap(({ next }) => next),
      Effect.asSome,
      Effect.catchAll(Option.match({ onNone: () => Effect.succeedNone, onSome: (error) => Effect.fail(error) }))
    ),
    release: () => (opened === undefined ? Promise.resolve() : Effect.runPromise(Scope.close(opened.scope, Exit.void)))
  }
}

interface Opened<A, E> {
  readonly scope: Scope.CloseableScope
  readonly next: Effect.Effect<Chunk.Chunk<A>, Option.Option<E>>
}

interface Transfer<A, E> {
  readonly pull: Effect.Effect<Option.Option<Chunk.Chunk<A>>, E>
  readonly release: () => Promise<void>
}
