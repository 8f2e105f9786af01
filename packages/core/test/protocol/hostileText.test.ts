/**
 * Text of the longest that a line, or a reply, can be, made to be slow or wrong to read. On real time, as it measures:
 * what is linear takes a millisecond or a few, and the limit is far above that, as other tests run beside it.
 */
import { describe, expect, it } from "@effect/vitest"
import * as HashReply from "@ftp-effect/core/protocol/HashReply"
import * as RemotePath from "@ftp-effect/core/protocol/RemotePath"
import * as Reply from "@ftp-effect/core/protocol/Reply"
import * as WireText from "@ftp-effect/core/protocol/WireText"
import * as DateTime from "effect/DateTime"
import * as Option from "effect/Option"
import * as Features from "#core/protocol/Features"
import * as HostPort from "#core/protocol/HostPort"
import * as Mlsx from "#core/protocol/listing/mlsx"
import * as ReplyMeaning from "#core/protocol/ReplyMeaning"
import * as Timestamp from "#core/protocol/Timestamp"
import { sizeOf } from "#core/session/file"
import * as ListingText from "../support/listingText.ts"

const LENGTH = 65_536
const LIMIT_MILLIS = 500
const MICROS_PER_MILLI = 1000

/** A piece, repeated up to the length of the longest line, between a head and a tail. */
const long = (piece: string, head = "", tail = ""): string =>
  head + piece.repeat(Math.ceil(LENGTH / piece.length)).slice(0, LENGTH - head.length - tail.length) + tail

const options = { directory: "/", now: DateTime.unsafeMake("2023-10-20T12:00:00Z") }
const sha256 = "a".repeat(64)

const lines: ReadonlyArray<readonly [what: string, line: string]> = [
  ["digits and a letter", long("1", "", "x")],
  ["digits and spaces", `${long("1 ")}x`],
  ["spaces", long(" ", "", "x")],
  ["spaces after a digit", long(" ", "1", "x")],
  ["tabs", long("\t", "", "x")],
  ["quotes", long('"')],
  ["doubled quotes without an end", long('""', '"')],
  ["opening brackets", long("(")],
  ["brackets and bars", long("(|||1")],
  ["bars", long("|", "(")],
  ["addresses without a port", long("(!1111111111111111111111111111111111111111111!")],
  ["commas", long("1,")],
  ["numbers with commas", long("1,2,3,4,5,300,")],
  ["semicolons", long(";", "", "a=b; x")],
  ["semicolons of a fact", long(" ;", "type=OS.unix=slink:")],
  ["facts", long("a=b;", "", " x")],
  ["equals signs", long("=", "type=OS.unix", " x")],
  ["links of MLSx", long("type=OS.unix=slink:/a ", "", "; x")],
  ["a fraction", long("0", "20231014172011.", "x")],
  ["a size of many digits", long("9", "type=file;size=", "; x")],
  ["a mode of many digits", long("7", "UNIX.mode=", "; x")],
  ["a date of many digits", long("1", "-rw-r--r-- 1 a b 5 ", " x")],
  ["a size of many digits in LIST", long("1", "-rw-r--r-- 1 a b ", " Oct 14 17:20 x")],
  ["words of a line of LIST", long("1 ", "-rw-r--r-- ")],
  ["arrows of a link", long(" -> ", "lrwxrwxrwx 1 a b 5 Oct 14 17:20")],
  ["a hash and spaces", long(" ", "SHA-256 0-5", "x")],
  ["a range of many digits", long("1", "SHA-256 0-", ` ${sha256}`)],
  ["hexadecimal digits", long("a", "SHA-256 ", "x")],
  ["dashes", long("-")],
  ["bytes that are no UTF-8", long("\udcff")]
]

const readers: ReadonlyArray<readonly [what: string, read: (line: string) => unknown]> = [
  ["SIZE", (line) => [213, 550].map((code) => sizeOf(Reply.make(code, line)))],
  ["MDTM", (line) => Timestamp.fromReply213(Reply.make(213, line))],
  ["PASV", (line) => HostPort.fromPasv(Reply.make(227, line))],
  ["EPSV", (line) => HostPort.fromEpsv(Reply.make(229, line))],
  ["PWD", (line) => RemotePath.fromReply257(Reply.make(257, line))],
  ["FEAT", (line) => HashReply.listed(Features.parse(Reply.make(211, "Features", line, "End")))],
  ["the facts in FEAT", (line) => Features.mlstFacts([{ name: "MLST", parameters: line }])],
  ["HASH", (line) => HashReply.parse(Reply.make(213, line), "a", "SHA-256")],
  ["MLST", (line) => Mlsx.parseMlst(Reply.make(250, "Start", line, "End"), "a")],
  ["MLSD", (line) => ListingText.parseMlsd(line, options)],
  ["LIST", (line) => ListingText.parse(line, options)],
  ["a refusal", (line) => ReplyMeaning.reasonOf("RETR", Reply.make(550, line))],
  ["text to show", (line) => WireText.toDisplay(line)],
  ["bytes", (line) => WireText.encode(line)]
]

describe("a hostile line of 64 KiB is read in time linear in its length", () => {
  for (const [reader, read] of readers) {
    it.each(lines)(`as ${reader}: %s`, (_, line) => {
      // Processor time: other programs make a test wait.
      const start = process.cpuUsage()
      read(line)
      const { system, user } = process.cpuUsage(start)
      expect((user + system) / MICROS_PER_MILLI).toBeLessThan(LIMIT_MILLIS)
    })
  }
})

it("a text of 4 MiB that is not UTF-8 takes memory in proportion to its length", () => {
  const bytes = new Uint8Array(4 * 1024 * 1024).fill(0xff)
  const before = process.memoryUsage().heapUsed
  const text = WireText.decode(bytes)
  // Two bytes for each: a string of its own for each byte takes over 120 MiB.
  expect(process.memoryUsage().heapUsed - before).toBeLessThan(80 * 1024 * 1024)
  expect(text).toHaveLength(bytes.length)
})

describe("numbers in replies are whole, bounded and without a sign", () => {
  it.each([
    ["4711", 4711],
    [" 4711 ", 4711],
    ["a.txt 4711", 4711],
    ["0", 0],
    ["00000000000000004711", 4711],
    ["9007199254740991", Number.MAX_SAFE_INTEGER],
    ["9007199254740992", undefined],
    ["-5", undefined],
    ["+5", undefined],
    ["5.0", undefined],
    ["5,000", undefined],
    ["1e3", undefined],
    ["0x10", undefined],
    ["a5", undefined],
    ["5 bytes", undefined],
    ["", undefined],
    ["0".repeat(100), undefined],
    ["\u0665", undefined]
  ])("SIZE answered %j is %j", (line, size) => {
    expect(sizeOf(Reply.make(213, line))).toEqual(size === undefined ? Option.none() : Option.some(size))
  })

  it.each([
    "Entering Passive Mode (-1,0,2,7,195,80)",
    "Entering Passive Mode (1,0,2,7,195,80.5)",
    "Entering Passive Mode (1,0,2,7,195,-80)"
  ])("PASV answered %j is no address", (line) => {
    expect(HostPort.fromPasv(Reply.make(227, line))).toEqual(Option.none())
  })

  it.each(["(|||-5|)", "(|||5.0|)", "(|||65536|)", "(|||0|)"])("EPSV answered %j is no port", (line) => {
    expect(HostPort.fromEpsv(Reply.make(229, line))).toEqual(Option.none())
  })

  it("MDTM with a fraction of a thousand digits is no time", () => {
    expect(Timestamp.fromReply213(Reply.make(213, `20231014172011.${"0".repeat(1000)}`))).toEqual(Option.none())
  })

  it.each(["-5", "5.0", "+5", "1e3", "9007199254740992", `${"0".repeat(100)}5`])(
    "a size fact of %j is unknown",
    (size) => {
      expect(ListingText.parseMlsd(`type=file;size=${size}; x`, options).entries[0]?.size).toEqual(Option.none())
    }
  )

  it.each(["-1234567890", "5.0", "1.1234567890", "9007199254740992", `${"0".repeat(100)}5`])(
    "a size of %j in LIST is unknown",
    (size) => {
      expect(ListingText.parse(`-rw-r--r-- 1 anna staff ${size} Oct 14 17:20 x`, options).entries[0]?.size).toEqual(
        Option.none()
      )
    }
  )

  it("a hash of a part of the file is not the file's", () => {
    expect(HashReply.parse(Reply.make(213, `SHA-256 5-9 ${sha256} a`), "a", "SHA-256")).toEqual(Option.none())
  })
})
