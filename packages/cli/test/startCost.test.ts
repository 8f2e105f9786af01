/**
 * What a short command costs besides loading it, in steps of Effect: each takes some 6 µs, as V8 has compiled none of it.
 * Some 500 of them are those of the layers that these tests provide.
 */
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { counted } from "../../node/test/support/cost.ts"
import { run, serve } from "./support/cli.ts"
import { TIMEOUT } from "./support/process.ts"

describe("the steps of a short command", () => {
  it.scopedLive(
    "that lists a directory are below their budget",
    () =>
      Effect.gen(function* () {
        const { urlOf } = yield* serve({ users: { ann: "secret" }, root: { "pub/a.txt": "a" } })
        const words = ["ls", "--no-profile", `${urlOf("ann")}pub`]
        const list = run(words, { environment: { FTP_PASSWORD: "secret" } })
        yield* list
        const { fibers, steps } = yield* counted((costOf) => costOf(list))
        expect(steps).toBeLessThan(4600)
        expect(fibers).toBeLessThan(29)
      }),
    TIMEOUT
  )

  it.scopedLive(
    "that prints help are below their budget",
    () =>
      Effect.gen(function* () {
        const { steps } = yield* counted((costOf) => costOf(run(["--help"])))
        expect(steps).toBeLessThan(800)
      }),
    TIMEOUT
  )
})
