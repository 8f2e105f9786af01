import { describe, expect, it } from "@effect/vitest"
import * as Reply from "#core/protocol/Reply"

describe("a reply as one line", () => {
  it("marks that more lines follow", () => {
    expect(Reply.toLine(Reply.make(220, "hello", "there"))).toBe("220 hello [...]")
  })

  it("is cut after 500 characters, whatever a server sends", () => {
    expect(Reply.toLine(Reply.make(213, "9".repeat(65_000)))).toBe(`213 ${"9".repeat(500)}...`)
    expect(Reply.toLine(Reply.make(213, "9".repeat(500)))).toBe(`213 ${"9".repeat(500)}`)
  })
})
