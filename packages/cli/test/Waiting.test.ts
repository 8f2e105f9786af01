import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as TestClock from "effect/TestClock"
import * as Waiting from "../src/connection/Waiting.ts"
import * as Output from "../src/output/Output.ts"
import * as FakeScreen from "./support/screen.ts"

const LINE = "waiting for ftp.example.com ..."

const setting = ({ errorIsTerminal = true, json = false, quiet = false } = {}) => {
  const lines: Array<string> = []
  const screen = FakeScreen.layer({ errorIsTerminal, notice: (line) => Effect.sync(() => void lines.push(line)) })
  const output = Layer.effect(Output.Output, Output.make({ json, quiet, verbose: false }))
  return { lines, layer: Layer.provideMerge(output, screen) }
}

describe("who waits for a server", () => {
  it.scoped("is told after a moment, and no more once it is there", () => {
    const { layer, lines } = setting()
    return Effect.gen(function* () {
      let isThere = false
      yield* Waiting.until(
        "ftp.example.com",
        Effect.sync(() => isThere)
      )
      yield* TestClock.adjust("900 millis")
      assert.deepStrictEqual(lines, [])
      yield* TestClock.adjust("10 seconds")
      assert.deepStrictEqual(lines, [LINE])
      isThere = true
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(lines, [LINE, ""])
    }).pipe(Effect.provide(layer))
  })

  it.effect("is told no more when the wait ends otherwise", () => {
    const { layer, lines } = setting()
    const waited = Effect.zipRight(
      Waiting.until("ftp.example.com", Effect.succeed(false)),
      TestClock.adjust("2 seconds")
    )
    return Effect.scoped(waited).pipe(
      Effect.andThen(() => assert.deepStrictEqual(lines, [LINE, ""])),
      Effect.provide(layer)
    )
  })

  it.scoped("is not told of one that is there in time", () => {
    const { layer, lines } = setting()
    return Effect.gen(function* () {
      yield* Waiting.until("ftp.example.com", Effect.succeed(true))
      yield* TestClock.adjust("10 seconds")
      assert.deepStrictEqual(lines, [])
    }).pipe(Effect.provide(layer))
  })

  it.scoped.each([{ errorIsTerminal: false }, { json: true }, { quiet: true }])(
    "is not told at all with %o",
    (where) => {
      const { layer, lines } = setting(where)
      return Effect.gen(function* () {
        yield* Waiting.until("ftp.example.com", Effect.succeed(false))
        yield* TestClock.adjust("10 seconds")
        assert.deepStrictEqual(lines, [])
      }).pipe(Effect.provide(layer))
    }
  )
})
