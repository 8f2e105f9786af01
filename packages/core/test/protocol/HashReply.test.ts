import { describe, expect, it } from "@effect/vitest"
import * as Command from "@ftp-effect/core/protocol/Command"
import * as Features from "@ftp-effect/core/protocol/Features"
import * as HashReply from "@ftp-effect/core/protocol/HashReply"
import * as Reply from "@ftp-effect/core/protocol/Reply"
import * as Option from "effect/Option"
import { hashOf } from "../support/hasher.ts"

const SHA256 = hashOf("SHA-256", "hello")
const OTHER = hashOf("SHA-256", "other")
const SHA1 = hashOf("SHA-1", "hello")
const MD5 = hashOf("MD5", "hello")

const features = (...lines: ReadonlyArray<string>) =>
  Features.parse(Reply.make(211, "Features:", ...lines.map((line) => ` ${line}`), "End"))

const PROFTPD = features("HASH CRC32;MD5;SHA-1*;SHA-256;SHA-512;", "MD5", "XCRC", "XMD5", "XSHA", "XSHA1", "XSHA256")

describe("the hash in an answer", () => {
  const answers: ReadonlyArray<
    readonly [what: string, lines: readonly [string, ...Array<string>], path: string, HashReply.Algorithm, string]
  > = [
    ["HASH, ProFTPD", ["Computing SHA-1 digest", `SHA-1 0-5 ${SHA1} a.txt`], "a.txt", "SHA-1", SHA1],
    ["HASH of a name with spaces", [`SHA-256 0-5 ${SHA256} n 1 2`], "n 1 2", "SHA-256", SHA256],
    ["HASH without the name, FileZilla Server", [`SHA-256 0-5 ${SHA256}`], "a.txt", "SHA-256", SHA256],
    ["HASH of a file that is named like a hash", [`SHA-256 0-5 ${SHA256} ${OTHER}`], OTHER, "SHA-256", SHA256],
    ["a name of the algorithm without its dash", [`SHA256 0-5 ${SHA256} a`], "a", "SHA-256", SHA256],
    ["XSHA256 in capitals", ["Computing SHA256 digest", SHA256.toUpperCase()], "a.txt", "SHA-256", SHA256],
    ["an X verb with the name behind", [`${MD5} a.txt`], "a.txt", "MD5", MD5],
    ["an X verb with a name like a hash behind", [`${SHA256} ${OTHER}`], OTHER, "SHA-256", SHA256],
    ["MD5 with the name in front", [`a b.txt ${MD5.toUpperCase()}`], "a b.txt", "MD5", MD5],
    ["MD5 with a name like a hash in front", [`${hashOf("MD5", "x")} ${MD5}`], hashOf("MD5", "x"), "MD5", MD5],
    ["only the last part of the name", [`${SHA256} ${OTHER}`], `/pub/${OTHER}`, "SHA-256", SHA256],
    ["XCRC without its leading zeros", ["BEEF"], "a.txt", "CRC32", "0000beef"]
  ]
  for (const [what, lines, path, algorithm, value] of answers) {
    it(`is read: ${what}`, () => {
      expect(HashReply.parse(Reply.make(250, ...lines), path, algorithm)).toEqual(Option.some({ algorithm, value }))
    })
  }

  it("is none if the answer is a refusal, is about another algorithm, or can be read in two ways", () => {
    expect(HashReply.parse(Reply.make(550, SHA256), "a", "SHA-256")).toEqual(Option.none())
    expect(HashReply.parse(Reply.make(213, `SHA-1 0-5 ${SHA1} a`), "a", "SHA-256")).toEqual(Option.none())
    expect(HashReply.parse(Reply.make(250, `${SHA256} ${OTHER}`), "a", "SHA-256")).toEqual(Option.none())
    expect(HashReply.parse(Reply.make(250, "Done"), "a", "SHA-256")).toEqual(Option.none())
  })
})

describe("the questions", () => {
  const asked = (list: Features.Features, path: string, algorithm: HashReply.Algorithm) =>
    HashReply.questions(list, path, algorithm).map(
      ({ command, select }) => `${Command.toLog(command)}${select ? " after OPTS" : ""}`
    )

  it("prefer what needs no OPTS", () => {
    expect(asked(PROFTPD, "a", "SHA-256")).toEqual(["XSHA256 a", "HASH a after OPTS"])
    expect(asked(PROFTPD, "a", "SHA-1")).toEqual(["HASH a", "XSHA1 a", "XSHA a"])
    expect(asked(PROFTPD, "a", "SHA-512")).toEqual(["HASH a after OPTS"])
  })

  it("leave a name with a space to HASH, and quote it for the others", () => {
    expect(asked(PROFTPD, "a b", "SHA-256")).toEqual(["HASH a b after OPTS", 'XSHA256 "a b"'])
    expect(asked(features("XMD5", "MD5"), "a b", "MD5")).toEqual(['XMD5 "a b"', "MD5 a b"])
  })

  it("quote every name if FEAT says so, unless it holds a quote", () => {
    const list = features('XCRC "filename" SP EP')
    expect(asked(list, "a", "CRC32")).toEqual(['XCRC "a"'])
    expect(asked(list, 'a"b', "CRC32")).toEqual(['XCRC a"b'])
  })

  it("are HASH if nothing is listed", () => {
    expect(asked(Features.empty, "a", "SHA-256")).toEqual(["HASH a after OPTS"])
  })

  it("know the listed algorithms by their strength, and the one in force", () => {
    expect(HashReply.listed(PROFTPD)).toEqual(["SHA-256", "SHA-512", "SHA-1", "MD5", "CRC32"])
    expect(HashReply.inForce(PROFTPD)).toEqual(Option.some("SHA-1"))
    expect(HashReply.listed(features("XCRC"))).toEqual(["CRC32"])
    expect(HashReply.inForce(features("HASH SHA-256;SHA-1"))).toEqual(Option.none())
  })
})
