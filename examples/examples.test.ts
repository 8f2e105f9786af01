import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { folder, run, server, text } from "./support/run.ts"

const REPORT = "day,files\n1,200\n"

const files = server({ root: { "pub/report.csv": REPORT, "pub/old/": {}, "inbox/": {} } })

describe("the README's examples run", () => {
  it.scopedLive("layers", () =>
    Effect.gen(function* () {
      const { read } = yield* folder
      yield* run("layers")
      assert.strictEqual(yield* read("report.csv"), REPORT)
    }).pipe(Effect.provide(files))
  )

  it.scopedLive("layers, by hand", () =>
    Effect.gen(function* () {
      yield* run("byHand")
      assert.strictEqual(yield* text("inbox/today/hello.txt"), "hello\n")
    }).pipe(Effect.provide(files))
  )

  it.scopedLive("promises", () =>
    Effect.gen(function* () {
      const { read } = yield* folder
      yield* run("promises")
      assert.strictEqual(yield* read("report.csv"), REPORT)
      assert.strictEqual(yield* text("inbox/hello.txt"), "hello\n")
    }).pipe(Effect.provide(files))
  )
})
