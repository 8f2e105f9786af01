import { describe, expect, it } from "@effect/vitest"
import * as Option from "effect/Option"
import * as Measure from "../src/output/Measure.ts"

describe("Measure.readBytes", () => {
  it.each([
    ["800", 800],
    ["500k", 512_000],
    ["500K", 512_000],
    ["1.5M", 1_572_864],
    ["2G", 2_147_483_648]
  ])("%s is %i", (text, expected) => {
    expect(Option.getOrThrow(Measure.readBytes(text))).toBe(expected)
  })

  it.each(["", "0", "0.2", "k", "-1", "1e9", "2T", "5 k", "1.M", "NaN"])('"%s" is none', (text) => {
    expect(Option.isNone(Measure.readBytes(text))).toBe(true)
  })
})
