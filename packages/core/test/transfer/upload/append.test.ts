/** Appends to servers that break them: no byte is sent twice. */
import { assert, describe, it } from "@effect/vitest"
import * as FtpClient from "@ftp-effect/core/FtpClient"
import * as FtpSource from "@ftp-effect/core/FtpSource"
import type * as FtpTransfer from "@ftp-effect/core/FtpTransfer"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { MIB, noise } from "../../support/bytes.ts"
import * as Embedded from "../../support/embedded.ts"
import { inTime } from "../../support/inTime.ts"
import { nothingInUse } from "../../support/pool.ts"
import { commandsLike, withFault } from "../../support/server.ts"

const CONTENT = noise(3 * MIB, 9)

const stage = Embedded.layer({ server: { root: { log: "one\n" } }, pool: { maxPerHost: 1 } })

const append = (from: FtpSource.Uploadable = CONTENT, options?: FtpTransfer.AppendOptions) =>
  Effect.flatMap(FtpClient.FtpClient, (client) => inTime(client.append("log", from, options)))

const appends = Effect.map(commandsLike(/^APPE/), ({ length }) => length)

describe("an append is never sent twice", () => {
  it.effect("one that is interrupted in the middle ends as interrupted, with outcome Unknown", () =>
    Effect.gen(function* () {
      yield* withFault({ _tag: "DropData", verb: "APPE", afterBytes: MIB })
      const error = yield* Effect.flip(append())
      assert.deepInclude(error, {
        _tag: "FtpTransferInterrupted",
        direction: "Upload",
        path: "log",
        outcome: "Unknown"
      })
      assert.strictEqual(yield* appends, 1)
      yield* nothingInUse
    }).pipe(Effect.provide(stage))
  )

  it.effect("one whose session is closed before APPE is sent on another session", () =>
    Effect.gen(function* () {
      yield* withFault({ _tag: "CloseControl", verb: "EPSV" })
      assert.deepStrictEqual(yield* append("two\n"), { bytes: 4, evidence: { _tag: "Size" } })
      assert.strictEqual(yield* appends, 1)
    }).pipe(Effect.provide(stage))
  )

  it.effect("one after which the file has another size than expected is an integrity error", () =>
    Effect.gen(function* () {
      yield* withFault({ _tag: "WrongSize", verb: "SIZE", by: 3 })
      const error = yield* Effect.flip(append("two\n"))
      assert.deepInclude(error, { _tag: "FtpIntegrityError", reason: "Size", expected: "11 bytes", actual: "8 bytes" })
    }).pipe(Effect.provide(stage))
  )

  it.effect("a source that ends early is an integrity error, and no FIN is sent for it", () =>
    Effect.gen(function* () {
      const source = FtpSource.fromStream(Stream.make(new Uint8Array(10)), { size: 20 })
      assert.deepInclude(yield* Effect.flip(append(source)), { _tag: "FtpIntegrityError", reason: "Changed" })
      yield* nothingInUse
    }).pipe(Effect.provide(stage))
  )
})
