import { describe, expect, it } from "@effect/vitest"
import * as Reply from "@ftp-effect/core/protocol/Reply"
import * as FastCheck from "effect/FastCheck"
import * as Option from "effect/Option"
import * as HostPort from "#core/protocol/HostPort"

const byte = FastCheck.integer({ min: 0, max: 255 })
const port = FastCheck.integer({ min: 1, max: 65_535 })
const host = FastCheck.tuple(byte, byte, byte, byte).map((bytes) => bytes.join("."))

describe("HostPort.fromPasv, RFC 1123 §4.1.2.6", () => {
  it.each([
    ["Entering Passive Mode (192,0,2,7,195,80).", "192.0.2.7:50000"],
    ["Entering Passive Mode 192,0,2,7,195,80", "192.0.2.7:50000"],
    ["=192,0,2,7,195,80", "192.0.2.7:50000"],
    ["192, 0, 2, 7, 195, 80", "192.0.2.7:50000"],
    ["(000,000,000,000,000,021)", "0.0.0.0:21"],
    ["mode 1,2 (300,0,2,7,195,80) or (192,0,2,7,0,1)", "192.0.2.7:1"],
    ["(192,0,2,7,0,0)", undefined],
    ["(192,0,2,256,195,80)", undefined],
    ["(192,0,2,7,195,256)", undefined],
    ["(192,0,2,7,195)", undefined],
    ["(192,0,2,7,195,80,1)", undefined],
    ["(1192,0,2,7,195,80)", undefined],
    ["(192,0,2,7,195,8000)", undefined],
    ["(192,0,-2,7,195,80)", undefined],
    ["", undefined]
  ])("reads %j as %s", (text, expected) => {
    expect(HostPort.fromPasv(Reply.make(227, text))).toStrictEqual(
      Option.fromNullable(expected).pipe(
        Option.map((address) => {
          const [host = "", port] = address.split(":")
          return { host, port: Number(port) }
        })
      )
    )
  })

  it("reads 227 only", () => {
    expect(HostPort.fromPasv(Reply.make(200, "(192,0,2,7,195,80)"))).toStrictEqual(Option.none())
  })

  it.prop(
    "reads what toPort writes, with any text around it",
    [host, port, FastCheck.string()],
    ([host, port, text]) => {
      const written = Option.getOrThrow(HostPort.toPort(host, port))
      const around = text.replace(/[\d,.]/g, "")
      expect(HostPort.fromPasv(Reply.make(227, `${around}(${written})${around}`))).toStrictEqual(
        Option.some({ host, port })
      )
    }
  )
})

describe("HostPort.fromEpsv, RFC 2428 §3", () => {
  it.each([
    ["Entering Extended Passive Mode (|||50000|)", 50_000],
    ["Entering Extended Passive Mode (|||50000|).", 50_000],
    ["(!!!50000!)", 50_000],
    ["(|1|192.0.2.7|50000|)", 50_000],
    ["(|2|2001:db8::7|50000|)", 50_000],
    ["mode (extended) (|||1|)", 1],
    ["(|||0|)", undefined],
    ["(|||65536|)", undefined],
    ["(|||99999|) (|||7|)", 7],
    ["(|||500000|)", undefined],
    ["(||50000|)", undefined],
    ["(|||50000!)", undefined],
    ["(|||-1|)", undefined],
    ["(||||)", undefined],
    ["|||50000|", undefined]
  ])("reads %j as %s", (text, expected) => {
    expect(HostPort.fromEpsv(Reply.make(229, text))).toStrictEqual(Option.fromNullable(expected))
  })

  it("reads 229 only", () => {
    expect(HostPort.fromEpsv(Reply.make(227, "(|||50000|)"))).toStrictEqual(Option.none())
  })

  it.prop("reads any delimiter of 33 to 126", [FastCheck.integer({ min: 33, max: 126 }), port], ([code, port]) => {
    const d = String.fromCharCode(code)
    expect(HostPort.fromEpsv(Reply.make(229, `Mode (${d}${d}${d}${port}${d})`))).toStrictEqual(Option.some(port))
  })
})

describe("HostPort", () => {
  it.prop("is total and linear on any text", [FastCheck.string(), FastCheck.constantFrom(227, 229)], ([text, code]) => {
    for (const filler of [text, "(|", "((", "1,", "(||a", "|||1|", "(1"]) {
      const reply = Reply.make(code, text + filler.repeat(1000))
      for (const found of Option.toArray(HostPort.fromPasv(reply))) expect(found.port).toBeGreaterThan(0)
      for (const found of Option.toArray(HostPort.fromEpsv(reply))) expect(found).toBeGreaterThan(0)
    }
  })

  it.each([
    ["192.0.2.7", 50_000, "192,0,2,7,195,80"],
    ["192.0.2.7", 1, "192,0,2,7,0,1"],
    ["192.0.2.7", 65_535, "192,0,2,7,255,255"],
    ["192.0.2.7", 0, undefined],
    ["192.0.2.7", 65_536, undefined],
    ["192.0.2.7", 1.5, undefined],
    ["192.0.2.7", Number.NaN, undefined],
    ["192.0.2", 1, undefined],
    ["192.0.2.256", 1, undefined],
    ["192.0.2.7.1", 1, undefined],
    ["192.0.2.", 1, undefined],
    ["192.0.2.7\r\nQUIT", 1, undefined],
    ["localhost", 1, undefined],
    ["2001:db8::7", 1, undefined]
  ])("toPort(%j, %d) is %s", (host, port, expected) => {
    expect(HostPort.toPort(host, port)).toStrictEqual(Option.fromNullable(expected))
  })

  it.each([
    ["192.0.2.7", "IPv4", "|1|192.0.2.7|50000|"],
    ["2001:db8::7", "IPv6", "|2|2001:db8::7|50000|"],
    ["fe80::1%eth0", "IPv6", "|2|fe80::1|50000|"]
  ] as const)("toEprt(%j, %s) is %s", (host, family, expected) => {
    expect(HostPort.toEprt(host, family, 50_000)).toBe(expected)
  })
})
