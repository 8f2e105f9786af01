import { describe, expect, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as Network from "../src/connection/Network.ts"

describe("Network.readPorts", () => {
  it.each([
    ["50000-50100", [50_000, 50_100]],
    ["2121", [2121, 2121]],
    ["1-65535", [1, 65_535]]
  ] as const)("%s", (text, expected) => {
    expect(Either.getOrThrow(Network.readPorts(text))).toEqual(expected)
  })

  it.each(["", "0-1", "2-1", "1-65536", "a-b", "1-", "-1", "1,2", "1-2-3"])('"%s" is no range', (text) => {
    expect(Either.isLeft(Network.readPorts(text))).toBe(true)
  })
})

describe("Network.readAddress", () => {
  it.each(["203.0.113.7", "2001:db8::7", "::ffff:203.0.113.7"])("%s", (text) => {
    expect(Either.getOrThrow(Network.readAddress(text))).toBe(text)
  })

  it.each(["", "files.example", "203.0.113", "203.0.113.256", "[2001:db8::7]", "203.0.113.7:50000", "0.0.0.0", "::"])(
    '"%s" is none that a server could connect to',
    (text) => {
      expect(Either.getOrThrow(Either.flip(Network.readAddress(text)))).toContain("203.0.113.7")
    }
  )
})
