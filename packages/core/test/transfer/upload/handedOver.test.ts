/** A small file whose upload begins in one step, which another way has to go on with. */
import { describe, expect, it } from "@effect/vitest"
import * as FtpPool from "@ftp-effect/core/FtpPool"
import type { FtpSession } from "@ftp-effect/core/FtpSession"
import * as FtpTransfer from "@ftp-effect/core/FtpTransfer"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as FiberId from "effect/FiberId"
import { stage } from "../../support/atomic.ts"
import { inTime } from "../../support/inTime.ts"
import * as MemoryFiles from "../../support/memoryFiles.ts"
import { commandsLike } from "../../support/server.ts"

/** The transport in memory does nothing in one step: this one has sent its bytes, and what it learned is not enough. */
const unclear = (session: FtpSession): FtpSession => ({
  ...session,
  storeSmall: ({ onCommand }) =>
    Effect.sync(() => {
      onCommand?.("Sent")
      return "Long" as const
    })
})

describe("an atomic upload of a small file", () => {
  it.effect("removes its temporary file if it is interrupted before the long way has begun", () =>
    Effect.gen(function* () {
      const { files } = yield* MemoryFiles.MemoryFiles
      files.set("/small", Buffer.from("new"))
      const pool = yield* FtpPool.FtpPool
      const interrupting: FtpPool.FtpPool = {
        ...pool,
        lendMasked: (masked, use, then) =>
          pool.lendMasked(
            masked,
            (session, isFree) => use(unclear(session), isFree),
            (stored) => {
              masked.fiber.unsafeInterruptAsFork(FiberId.none)
              return Effect.zipRight(Effect.yieldNow(), then(stored))
            }
          )
      }
      const sent = FtpTransfer.fromFile("/small", "pub/b.txt", { atomic: true }).pipe(
        Effect.provideService(FtpPool.FtpPool, interrupting)
      )
      const exit = yield* inTime(Effect.flatMap(Effect.fork(sent), (fiber) => fiber.await))
      expect(Exit.isInterrupted(exit)).toBe(true)
      expect(yield* commandsLike(/^(STOR|DELE)/)).toEqual([
        expect.stringMatching(/^DELE pub\/\.b\.txt\.[0-9a-f]{8}\.ftp-effect$/)
      ])
    }).pipe(Effect.provide(stage()))
  )
})
