/** The dialogue with the server, as `--verbose` shows it. */
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { jsonLines, run, serve } from "./support/cli.ts"

describe("the dialogue", () => {
  it.scopedLive("of one session is shown without a number", () =>
    Effect.gen(function* () {
      const { url } = yield* serve({ root: { "a/b": "x" } })
      const { code, error } = yield* run(["ls", "-v", `${url}a`])
      expect(code).toBe(0)
      expect(error).toMatch(/^> USER /m)
      expect(error).not.toMatch(/^\[/m)
    })
  )

  it.scopedLive("of two sessions has the number of the session in each line, once there are two", () =>
    Effect.gen(function* () {
      const [first, second] = [yield* serve({ root: { "a/b": "x" } }), yield* serve({ root: { "c/d": "y" } })]
      const { code, error } = yield* run(["mirror", "-v", "-P", "1", `${first.url}a`, `${second.url}c`])
      expect(code).toBe(0)
      const lines = error.split("\n").filter((line) => /^(\[\d+\] )?[<>] /.test(line))
      const two = lines.findIndex((line) => line.startsWith("["))
      expect(lines.slice(0, two).join("\n")).toMatch(/^> USER /m)
      expect(lines.slice(two).filter((line) => !line.startsWith("["))).toEqual([])
      const [number = ""] = /^\[\d+\] /.exec(lines[two] ?? "") ?? []
      const ofSecond = lines.filter((line) => line.startsWith(number))
      expect(ofSecond[0]).toContain("< 220")
      expect(ofSecond.filter((line) => line.includes("> USER "))).toHaveLength(1)
      expect(new Set(lines.slice(two).map((line) => line.slice(0, number.length))).size).toBe(2)
    })
  )

  it.scopedLive("has the number in each line of JSON", () =>
    Effect.gen(function* () {
      const { url } = yield* serve({ root: { "a/b": "x" } })
      const { error } = yield* run(["ls", "-v", "--json", `${url}a`])
      const numbers = jsonLines(error).map((line) => (line.kind === "dialogue" ? line.session : undefined))
      expect(numbers.length).toBeGreaterThan(5)
      expect(new Set(numbers)).toEqual(new Set([expect.any(Number)]))
    })
  )
})
