import { describe, expect, it } from "@effect/vitest"
import * as Features from "@ftp-effect/core/protocol/Features"
import * as Reply from "@ftp-effect/core/protocol/Reply"
import * as FastCheck from "effect/FastCheck"

const proFtpd = Features.parse(
  Reply.make(
    211,
    "Features:",
    " MDTM",
    " AUTH TLS",
    " AUTH SSL",
    " mlst modify*;perm*;size*;type*;unique*;UNIX.group;UNIX.mode;",
    ' XCRC "filename" SP EP',
    " REST STREAM",
    "End"
  )
)

describe("Features.parse, RFC 2389 §3.2", () => {
  it("keeps names, parameters and order", () => {
    expect(proFtpd).toStrictEqual([
      { name: "MDTM", parameters: "" },
      { name: "AUTH", parameters: "TLS" },
      { name: "AUTH", parameters: "SSL" },
      { name: "MLST", parameters: "modify*;perm*;size*;type*;unique*;UNIX.group;UNIX.mode;" },
      { name: "XCRC", parameters: '"filename" SP EP' },
      { name: "REST", parameters: "STREAM" }
    ])
  })

  it.each([
    ["no feature", Reply.make(211, "Features:", "End")],
    ["one line", Reply.make(211, "No features")],
    ["a refusal", Reply.make(530, "Please", " SIZE", "log in")],
    ["blank lines", Reply.make(211, "a", "", "  ", "\t", "End")]
  ])("finds nothing in %s", (_, reply) => {
    expect(Features.parse(reply)).toStrictEqual(Features.empty)
  })

  it.each([
    ["no leading space (z/OS)", "SIZE"],
    ["two leading spaces", "  SIZE"],
    ["a trailing space", " SIZE "],
    ["lower case", " size"]
  ])("reads a line with %s", (_, line) => {
    expect(Features.parse(Reply.make(211, "a", line, "End"))).toStrictEqual([{ name: "SIZE", parameters: "" }])
  })

  it.prop(
    "is total, and has what it lists",
    [FastCheck.array(FastCheck.string()), FastCheck.nat(599)],
    ([lines, code]) => {
      const features = Features.parse(Reply.make(code, "a", ...lines))
      for (const { name, parameters } of features) {
        expect(name).not.toMatch(/ |^$/)
        expect(Features.has(features, name.toLowerCase()) || name.toLowerCase().toUpperCase() !== name).toBe(true)
        expect(Features.parameters(features, name)).toContain(parameters)
      }
      for (const fact of Features.mlstFacts(features)) expect(fact.name).not.toMatch(/;|^$/)
    }
  )

  it.prop(
    "reads the names that were written",
    [FastCheck.array(FastCheck.stringMatching(/^[A-Z][A-Z0-9]{2,6}$/))],
    ([names]) => {
      const features = Features.parse(Reply.make(211, "a", ...names.map((name) => ` ${name}`), "End"))
      expect(features.map((feature) => feature.name)).toStrictEqual(names)
    }
  )
})

describe("Features", () => {
  it.each([
    ["SIZE", false],
    ["mdtm", true],
    ["MDT", false],
    ["AUTH TLS", false],
    ["", false]
  ])("has %j: %s", (name, expected) => {
    expect(Features.has(proFtpd, name)).toBe(expected)
    expect(Features.has(Features.empty, name)).toBe(false)
  })

  it("gives the parameters of each line of a name", () => {
    expect(Features.parameters(proFtpd, "auth")).toStrictEqual(["TLS", "SSL"])
    expect(Features.parameters(proFtpd, "MDTM")).toStrictEqual([""])
    expect(Features.parameters(proFtpd, "SIZE")).toStrictEqual([])
  })

  it("has the facts of MLST and which are on", () => {
    expect(Features.mlstFacts(proFtpd)).toStrictEqual([
      { name: "modify", isDefault: true },
      { name: "perm", isDefault: true },
      { name: "size", isDefault: true },
      { name: "type", isDefault: true },
      { name: "unique", isDefault: true },
      { name: "UNIX.group", isDefault: false },
      { name: "UNIX.mode", isDefault: false }
    ])
    expect(Features.mlstFacts(Features.parse(Reply.make(211, "a", " MLST *; ; Size* ;type ", "b")))).toStrictEqual([
      { name: "Size", isDefault: true },
      { name: "type", isDefault: false }
    ])
    expect(Features.mlstFacts(Features.empty)).toStrictEqual([])
  })
})
