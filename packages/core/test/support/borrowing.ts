/** Callers of the pool in the context. */
import * as FtpPool from "@ftp-effect/core/FtpPool"
import * as FtpRetry from "@ftp-effect/core/FtpRetry"
import * as Command from "@ftp-effect/core/protocol/Command"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Schedule from "effect/Schedule"

export const noRetry = FtpRetry.layer({ connect: Schedule.stop, busy: Schedule.stop })

/** Borrows, runs NOOP, gives back. */
export const useOnceOf = (pool: FtpPool.FtpPool) =>
  Effect.scoped(Effect.flatMap(pool.borrow(), (session) => session.run(Command.noop)))

export const useOnce = Effect.flatMap(FtpPool.FtpPool, useOnceOf)

/** Holds a session; succeeds with the effect that returns it. */
export const hold = Effect.gen(function* () {
  const held = yield* Deferred.make<void>()
  const letGo = yield* Deferred.make<void>()
  const pool = yield* FtpPool.FtpPool
  const fiber = yield* Effect.fork(
    Effect.scoped(
      Effect.gen(function* () {
        yield* pool.borrow()
        yield* Deferred.succeed(held, undefined)
        yield* Deferred.await(letGo)
      })
    )
  )
  yield* Deferred.await(held)
  return Effect.zipRight(Deferred.succeed(letGo, undefined), Fiber.join(fiber))
})
