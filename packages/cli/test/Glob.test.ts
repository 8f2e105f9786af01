import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FastCheck from "effect/FastCheck"
import * as Glob from "../src/arguments/Glob.ts"

describe("Glob", () => {
  it.each([
    ["*.txt", "a.txt", true],
    ["*.txt", "a.txt.gz", false],
    ["*", "anything", true],
    ["*", "", true],
    ["*", ".hidden", false],
    [".*", ".hidden", true],
    ["?[a-c]*", ".b", false],
    ["a?c", "abc", true],
    ["a?c", "ac", false],
    ["a?c", "a😀c", true],
    ["[a-c]x", "bx", true],
    ["[!a-c]x", "bx", false],
    ["[^a-c]x", "dx", true],
    ["[]]", "]", true],
    ["[!]]", "]", false],
    ["[a-]", "-", true],
    ["[a", "[a", true],
    ["a[1].txt", "a1.txt", true],
    ["a\\[1\\].txt", "a[1].txt", true],
    ["a\\*b", "a*b", true],
    ["a\\*b", "axb", false],
    ["*a*b*c", "xxaxxbxxc", true],
    ["*a*b*c", "xxaxxbxx", false],
    ["**", "ab", true]
  ])("%s against %s", (pattern, name, expected) => {
    expect(Glob.matches(pattern, name)).toBe(expected)
  })

  it("Glob.matches agrees with a regular expression on any pattern of stars and letters", () => {
    const letters = FastCheck.stringOf(FastCheck.constantFrom("a", "b", "*", "?"), { maxLength: 8 })
    const names = FastCheck.stringOf(FastCheck.constantFrom("a", "b"), { maxLength: 8 })
    FastCheck.assert(
      FastCheck.property(letters, names, (pattern, name) => {
        const expression = new RegExp(`^${pattern.replaceAll("?", ".").replaceAll("*", ".*")}$`)
        expect(Glob.matches(pattern, name)).toBe(expression.test(name))
      })
    )
  })

  it("Glob.matches is fast for patterns made to be slow", () => {
    expect(Glob.matches(`${"*a".repeat(200)}*b`, "a".repeat(2000))).toBe(false)
  })

  const tree: Record<string, ReadonlyArray<string>> = {
    "": ["b", "a", "x.txt"],
    a: ["1.txt", "2.log"],
    b: ["1.txt"],
    "/": ["etc"]
  }
  const list = (directory: string) =>
    Effect.succeed(
      (tree[directory] ?? []).map((name) => ({
        name,
        path: directory === "" ? name : `${directory}/${name}`,
        mayHold: !name.includes("."),
        isDirectory: Effect.succeed(!name.includes("."))
      }))
    )
  const join = (directory: string, name: string) => (directory === "" ? name : `${directory}/${name}`)

  it.effect.each([
    ["*", "a b x.txt"],
    ["*/1.txt", "a/1.txt b/1.txt"],
    ["*/2.log", "a/2.log"],
    ["a/*", "a/1.txt a/2.log"],
    ["?/*.txt", "a/1.txt b/1.txt"],
    ["none*/x", ""],
    ["*/", "a b"],
    ["a/*/", ""],
    ["/*", "//etc"]
  ] as const)("%s expands to %s", ([pattern, expected]) =>
    Effect.gen(function* () {
      const found = yield* Glob.expand(pattern, list, join)
      expect(found.map(({ path }) => path).join(" ")).toBe(expected)
    })
  )
})
