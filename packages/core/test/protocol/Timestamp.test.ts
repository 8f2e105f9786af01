import { describe, expect, it } from "@effect/vitest"
import * as Reply from "@ftp-effect/core/protocol/Reply"
import * as FtpArbitrary from "@ftp-effect/core/testing/FtpArbitrary"
import * as DateTime from "effect/DateTime"
import * as FastCheck from "effect/FastCheck"
import * as Option from "effect/Option"
import * as Timestamp from "#core/protocol/Timestamp"

const read = (text: string): string =>
  Option.match(Timestamp.parse(text), {
    onNone: () => "none",
    onSome: ({ at, precision, zone }) => `${DateTime.formatIso(at)} ${precision} ${zone}`
  })

describe("Timestamp", () => {
  it.each([
    ["20231014172011", "2023-10-14T17:20:11.000Z Second Utc"],
    ["20231014172011.250", "2023-10-14T17:20:11.250Z Millisecond Utc"],
    ["20231014172011.5", "2023-10-14T17:20:11.500Z Millisecond Utc"],
    ["20231014172011.1239999", "2023-10-14T17:20:11.123Z Millisecond Utc"],
    ["20240229000000", "2024-02-29T00:00:00.000Z Second Utc"],
    ["20161231235960", "2016-12-31T23:59:59.000Z Second Utc"],
    ["191001014172011", "2000-10-14T17:20:11.000Z Second Utc"],
    ["191231014172011", "2023-10-14T17:20:11.000Z Second Utc"],
    ["00010101000000", "none"],
    ["16010101000000", "none"],
    ["99991231235959", "none"],
    ["20230229000000", "none"],
    ["19000229000000", "none"],
    ["20231301000000", "none"],
    ["20230001000000", "none"],
    ["20230100000000", "none"],
    ["20230431000000", "none"],
    ["20230101240000", "none"],
    ["20230101006000", "none"],
    ["20230101000061", "none"],
    ["2023010100000", "none"],
    ["202301010000000", "none"],
    ["20231014172011.", "none"],
    ["20231014172011Z", "none"],
    ["20231014172011.2x", "none"],
    [" 20231014172011", "none"],
    ["-0231014172011", "none"],
    ["", "none"]
  ])("reads %j as %s", (text, expected) => {
    expect(read(text)).toBe(expected)
  })

  it("takes the first word of a 213 reply (RFC 3659 §3.1)", () => {
    expect(Timestamp.fromReply213(Reply.make(213, "20231014172011"))).toEqual(Timestamp.parse("20231014172011"))
    expect(Timestamp.fromReply213(Reply.make(213, " 20231014172011 report.pdf"))).toEqual(
      Timestamp.parse("20231014172011")
    )
    expect(Timestamp.fromReply213(Reply.make(550, "20231014172011"))).toEqual(Option.none())
  })

  it("prints whole seconds cut, not rounded", () => {
    const at = DateTime.unsafeMake("2023-10-14T17:20:11.999Z")
    expect(Timestamp.format(at)).toBe("20231014172011")
    expect(Timestamp.formatMillis(at)).toBe("20231014172011.999")
  })

  it("prints the nearest year that four digits can say", () => {
    expect(Timestamp.format(DateTime.unsafeMake(8.64e15))).toBe("99991231235959")
    expect(Timestamp.format(DateTime.unsafeMake(-8.64e15))).toBe("00000101000000")
  })

  it("reads what it prints", () => {
    FastCheck.assert(
      FastCheck.property(FtpArbitrary.time, (time) => {
        const text = time.precision === "Second" ? Timestamp.format(time.at) : Timestamp.formatMillis(time.at)
        expect(Timestamp.parse(text)).toEqual(Option.some(time))
      })
    )
  })

  it("never throws, and gives no time that Date would not", () => {
    const digits = FastCheck.string({ unit: FastCheck.constantFrom(..."0123456789."), minLength: 13, maxLength: 19 })
    FastCheck.assert(
      FastCheck.property(FastCheck.oneof(FastCheck.string(), digits), (text) => {
        const time = Timestamp.parse(text)
        return Option.isNone(time) || Number.isSafeInteger(time.value.at.epochMillis)
      })
    )
  })

  it("makes moments that nothing tells from those of DateTime", () => {
    const at = Timestamp.utc(1_697_304_011_000)
    const other = DateTime.unsafeMake(1_697_304_011_000)
    const isSame = () => {
      expect(Object.getPrototypeOf(at)).toBe(Object.getPrototypeOf(other))
      expect(Object.getOwnPropertyDescriptors(at)).toEqual(Object.getOwnPropertyDescriptors(other))
    }
    isSame()
    expect(DateTime.toPartsUtc(at)).toEqual(DateTime.toPartsUtc(other))
    isSame()
  })
})
