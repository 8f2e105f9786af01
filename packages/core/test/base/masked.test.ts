import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as FiberId from "effect/FiberId"
import * as Masked from "#core/base/masked"

describe("a mask that is handed down", () => {
  it.effect("lets a loop end the piece that it is at when it is interrupted, and begin no other", () =>
    Effect.gen(function* () {
      const begun: Array<number> = []
      const ended: Array<number> = []
      const worker = Masked.run((masked) =>
        Effect.whileLoop({
          while: () => begun.length < 5 && !Masked.isInterrupted(masked),
          body: () => {
            const piece = begun.length
            begun.push(piece)
            if (piece === 2) {
              masked.fiber.unsafeInterruptAsFork(FiberId.none)
            }
            return Effect.map(Effect.yieldNow(), () => void ended.push(piece))
          },
          step: () => {}
        })
      )
      const fiber = yield* Effect.fork(worker)
      expect(Exit.isInterrupted(yield* fiber.await)).toBe(true)
      expect({ begun, ended }).toEqual({ begun: [0, 1, 2], ended: [0, 1, 2] })
    })
  )

  it.effect("can be interrupted where its wait is restored", () =>
    Effect.gen(function* () {
      const worker = Masked.run(({ fiber, restore }) => {
        fiber.unsafeInterruptAsFork(FiberId.none)
        return Effect.zipRight(Effect.yieldNow(), restore(Effect.never))
      })
      const fiber = yield* Effect.fork(worker)
      expect(Exit.isInterrupted(yield* fiber.await)).toBe(true)
    })
  )
})
