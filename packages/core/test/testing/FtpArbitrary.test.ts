import { describe, expect, it } from "@effect/vitest"
import * as FtpArbitrary from "@ftp-effect/core/testing/FtpArbitrary"
import * as FastCheck from "effect/FastCheck"

describe("FtpArbitrary", () => {
  it("splits bytes into chunks that together are the bytes, none of them empty", () => {
    const split = FastCheck.uint8Array().chain((bytes) =>
      FtpArbitrary.byteSplits(bytes).map((chunks) => ({ bytes, chunks }))
    )
    FastCheck.assert(
      FastCheck.property(split, ({ bytes, chunks }) => {
        expect(chunks.flatMap((chunk) => [...chunk])).toEqual([...bytes])
        expect(chunks.every((chunk) => chunk.length > 0)).toBe(true)
      })
    )
  })

  it("makes names of one component that a command can carry", () => {
    FastCheck.assert(
      FastCheck.property(FtpArbitrary.remoteName, (name) => {
        expect(name).not.toMatch(/^$|^\.\.?$|[/\0\r\n]/)
      })
    )
  })

  it("makes replies that end where they end: only the last line has the code and a space", () => {
    FastCheck.assert(
      FastCheck.property(FtpArbitrary.replyBytes, ({ reply, bytes }) => {
        const wire = new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes).split("\r\n")
        expect(wire.pop()).toBe("")
        expect(wire.length).toBe(reply.lines.length)
        expect(wire.findIndex((line) => line.startsWith(`${reply.code} `))).toBe(wire.length - 1)
      })
    )
  })
})
