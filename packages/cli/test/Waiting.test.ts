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

describe("the notice about a wait", () => {
  it.scoped("the notice about a wait appears after a moment, and goes when the server answers", () => {
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

  it.effect("removes the notice when the wait is interrupted", () => {
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

  it.scoped("the notice about a wait does not appear for a server that answers in time", () => {
    const { layer, lines } = setting()
    return Effect.gen(function* () {
      yield* Waiting.until("ftp.example.com", Effect.succeed(true))
      yield* TestClock.adjust("10 seconds")
      assert.deepStrictEqual(lines, [])
    }).pipe(Effect.provide(layer))
  })

  it.scoped.each([{ errorIsTerminal: false }, { json: true }, { quiet: true }])(
    "the notice about a wait never appears with %o",
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
