/** Progress and notices on a terminal: what is painted, and what is erased. */
import { PassThrough } from "node:stream"
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Screen from "../src/output/Screen.ts"

/** A terminal of a size that can change. */
const terminal = (columns: number, env: Record<string, string> = {}) => {
  const stderr = Object.assign(new PassThrough(), { isTTY: true, columns, rows: 24 })
  const writes: Array<string> = []
  stderr.write = (text: string) => writes.push(text) > 0
  const stdin = new PassThrough()
  const streams = { stdin: stdin as unknown as typeof process.stdin, stdout: process.stdout, stderr }
  const screen = Screen.make(streams, { env, platform: "linux" })
  return {
    screen,
    type: (line: string) => stdin.write(`${line}\n`),
    /** What was written since the last time. */
    written: () => writes.splice(0).join(""),
    /** The same, each write on its own. */
    writes: () => writes.splice(0),
    resize: (columns: number) => Object.assign(stderr, { columns })
  }
}

/** Each row by itself, from the last one up: tmux keeps in its history what is erased of a whole screen at once. */
const erased = (rows: number) => `${"\x1b[2K\x1b[1A".repeat(rows - 1)}\r\x1b[2K\x1b[J`

describe("progress on a terminal", () => {
  it.effect("replaces the lines that it painted", () =>
    Effect.gen(function* () {
      const { screen, written } = terminal(80)
      yield* screen.progress(["1 of 2 files", "  a.raw"])
      expect(written()).toBe("1 of 2 files\n  a.raw")
      yield* screen.progress(["2 of 2 files"])
      expect(written()).toBe(`${erased(2)}2 of 2 files`)
      yield* screen.progress([])
      expect(written()).toBe(erased(1))
    })
  )

  it.effect("is replaced row by row, in one write, so that it never flickers", () =>
    Effect.gen(function* () {
      const { screen, writes } = terminal(80)
      yield* screen.progress(["1 of 2 files"])
      yield* screen.progress(["1 of 2 files", "  a.raw"])
      yield* screen.progress(["2 of 2 files", "  b.raw"])
      yield* screen.line("done")
      expect(writes()).toEqual([
        "1 of 2 files",
        "\r\x1b[2K1 of 2 files\n\x1b[2K  a.raw",
        "\x1b[1A\r\x1b[2K2 of 2 files\n\x1b[2K  b.raw",
        `${erased(2)}done\n`
      ])
    })
  )

  it.effect("takes away all rows that its lines have wrapped into when the terminal became narrower", () =>
    Effect.gen(function* () {
      const { resize, screen, written } = terminal(80)
      yield* screen.progress(["x".repeat(70), "y".repeat(30), ""])
      written()
      resize(30)
      yield* screen.progress(["short"])
      // Three rows, one, and an empty one: the cursor is in the last.
      expect(written()).toBe(`${erased(5)}short`)
      yield* screen.notice("")
      yield* screen.line("done")
      expect(written()).toBe(`${erased(1)}done\n`)
    })
  )

  it.effect("is not shown where nothing can be replaced, but lines are", () =>
    Effect.gen(function* () {
      const { screen, written } = terminal(80, { TERM: "dumb" })
      yield* screen.progress(["1 of 2 files"])
      yield* screen.notice("waiting")
      yield* screen.line("done")
      yield* screen.progress([])
      expect(written()).toBe("done\n")
    })
  )

  it.effect("takes away a notice that has wrapped", () =>
    Effect.gen(function* () {
      const { resize, screen, written } = terminal(80)
      yield* screen.notice("z".repeat(50))
      written()
      resize(20)
      yield* screen.notice("")
      expect(written()).toBe(erased(3))
    })
  )
})

describe("a question on a terminal", () => {
  it.effect("takes away what is painted, and has its line to itself until it is answered", () =>
    Effect.gen(function* () {
      const { screen, type, written } = terminal(80)
      yield* screen.notice("waiting for ftp.example.com ...")
      written()
      const fiber = yield* Effect.fork(screen.ask("delete it? [y/N] "))
      yield* Effect.yieldNow()
      expect(written()).toBe(`${erased(1)}delete it? [y/N] `)
      yield* screen.notice("waiting for ftp.example.com ...")
      yield* screen.progress(["1 of 2 files"])
      expect(written()).toBe("")
      type("y")
      expect(yield* Fiber.join(fiber)).toBe("y")
      yield* screen.notice("waiting")
      expect(written()).toBe("waiting")
    })
  )
})
