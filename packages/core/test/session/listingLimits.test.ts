/** A listing that is larger than its caller allows ends while it arrives. */
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { services } from "../support/embedded.ts"
import { inTime } from "../support/inTime.ts"
import { begun, ready, session } from "../support/scripted.ts"

const MIB = 1024 * 1024

const CHUNK = "x".repeat(60_000)

/** The last of them exceeds a MiB, and the script has nothing more to send. */
const CHUNKS = Math.ceil(MIB / CHUNK.length)

describe("a listing for which 10 entries are allowed", () => {
  for (const [what, end] of [
    ["lines that can't be read", "\\n"],
    ["a line that does not end", ""]
  ] as const) {
    it.scoped(`is too large after 1 MiB of ${what}`, () =>
      Effect.gen(function* () {
        const { session: made } = yield* session(
          `${ready("MLST type*;")}${begun("MLSD")}${`D: send ${CHUNK}${end}\n`.repeat(CHUNKS)}S: 426 you left`
        )
        expect(yield* inTime(Effect.flip(made.list("", { maxEntries: 10 })))).toMatchObject({
          _tag: "FtpListingError",
          reason: "TooLarge",
          limit: MIB,
          line: ""
        })
        expect(yield* made.reusable).toBe(true)
      }).pipe(Effect.provide(services))
    )
  }
})
