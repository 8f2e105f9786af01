import { describe, expect, it } from "@effect/vitest"
import * as Equal from "effect/Equal"
import * as Hash from "effect/Hash"
import * as Option from "effect/Option"
import { present } from "#core/protocol/present"

describe("present", () => {
  it("is what Option.some makes, to all that looks at it", () => {
    for (const value of [0, "", undefined, { a: 1 }, Option.none()]) {
      const made = present(value)
      const usual = Option.some(value)
      expect(made).toStrictEqual(usual)
      expect(Equal.equals(made, usual)).toBe(true)
      expect(Equal.equals(usual, made)).toBe(true)
      expect(Hash.hash(made)).toBe(Hash.hash(usual))
      expect(Option.isOption(made) && Option.isSome(made)).toBe(true)
      expect(Option.getOrThrow(made)).toBe(value)
      expect(JSON.stringify(made)).toBe(JSON.stringify(usual))
      expect(String(made)).toBe(String(usual))
      expect(Object.keys(made)).toEqual(Object.keys(usual))
    }
  })
})
