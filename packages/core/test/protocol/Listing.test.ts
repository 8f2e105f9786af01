import { describe, expect, it } from "@effect/vitest"
import type { FtpEntry } from "@ftp-effect/core/FtpEntry"
import * as WireText from "@ftp-effect/core/protocol/WireText"
import * as FtpArbitrary from "@ftp-effect/core/testing/FtpArbitrary"
import * as DateTime from "effect/DateTime"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import * as Option from "effect/Option"
import * as Listing from "#core/protocol/Listing"
import * as Dialect from "#core/protocol/listing/Dialect"
import * as Lines from "#core/protocol/listing/Lines"
import * as ListingText from "../support/listingText.ts"

const options = { directory: "/d", now: DateTime.unsafeMake("2023-10-20T12:00:00Z") }
const names = (listed: { readonly entries: ReadonlyArray<FtpEntry> }) => listed.entries.map((entry) => entry.name)
const unixLine = (name: string): string => `-rw-r--r--   1 anna   staff      4711 Mar  9 07:41 ${name}`

/** Reads lines that start with its letter. */
const lettered = <Name extends string>(name: Name): Dialect.Dialect<Name> => ({
  name,
  open: (context) => ({
    line: (line) =>
      line.startsWith(name)
        ? Dialect.named(context, line.slice(1), "File", line)
        : line.startsWith(`(${name}`)
          ? Dialect.held
          : Dialect.unread(`no ${name}`)
  })
})

/** How many lines the text has by its line ends. */
const countLines = (text: string): number => (text === "" ? 0 : text.split("\n").length - (text.endsWith("\n") ? 1 : 0))

describe("Listing", () => {
  it("reads the entries, drops the directory and its parent, and keeps what it can't read", () => {
    const bad = "ls: cannot open directory"
    const text = ["total 48", unixLine("."), unixLine(".."), unixLine("a"), bad, "", unixLine(" b ")].join("\r\n")
    const listed = ListingText.parse(text, options)
    expect(names(listed)).toEqual(["a", " b "])
    expect(listed.entries.map((entry) => entry.path)).toEqual(["/d/a", "/d/ b "])
    expect(listed.unread).toEqual([bad])
    expect(listed.skipped).toBe(4)
    expect(listed.dialect).toEqual(Option.some("Unix"))
  })

  it("keeps a time once for neighbours that share it, and apart if less of it is known", () => {
    const dated = (date: string) => `-rw-r--r--   1 anna   staff      4711 ${date} x`
    const lines = ["Feb  2  2020", "Feb  2  2020", "2020-02-02 00:00", "2020-02-02 00:00:00.000 +0000"]
    const { entries } = ListingText.parse(lines.map(dated).join("\n"), options)
    const times = entries.map(({ modified }) => modified)
    expect(times[1]).toBe(times[0])
    expect(times.map(Option.map(({ precision, zone }) => `${precision} ${zone}`)).map(Option.getOrNull)).toEqual([
      "Day Assumed",
      "Day Assumed",
      "Minute Assumed",
      "Millisecond Utc"
    ])
  })

  it("tries the other dialects no longer after 16,384 lines that none of them can read", () => {
    const read = (junk: number) => {
      const reader = Listing.readerWith([lettered("A"), lettered("B")], options)
      for (let index = 0; index < junk; index++) {
        reader.take("junk")
      }
      reader.take("Bx")
      reader.take("Ay")
      return names(reader.end())
    }
    expect(read(16_383)).toEqual(["x"])
    expect(read(16_384)).toEqual(["y"])
  })

  it.each(["\n", "\r\n"])("takes lines that end in %j, the last one perhaps not", (end) => {
    expect(names(ListingText.parse(`${unixLine("a")}${end}${unixLine("b")}`, options))).toEqual(["a", "b"])
    expect(names(ListingText.parse(`${unixLine("a")}${end}${unixLine("b")}${end}`, options))).toEqual(["a", "b"])
  })

  it("distinguishes an empty listing from an unreadable one", () => {
    const nothing = {
      entries: [],
      count: 0,
      unread: [],
      unreadCount: 0,
      skipped: 0,
      hasDots: false,
      dialect: Option.none(),
      dateOrder: Option.none()
    }
    expect(ListingText.parse("", options)).toEqual(nothing)
    expect(ListingText.parse("total 0\r\n", options)).toEqual({ ...nothing, skipped: 1 })
    expect(ListingText.parse("<html>\r\n", options)).toEqual({ ...nothing, unread: ["<html>"], unreadCount: 1 })
  })

  it("leaves unread what would be a path, not a name", () => {
    const lines = [unixLine("../../etc/passwd"), unixLine("/abs"), unixLine("a")]
    const listed = ListingText.parse(lines.join("\n"), options)
    expect(names(listed)).toEqual(["a"])
    expect(listed.unread).toEqual(lines.slice(0, 2))
    expect(ListingText.parseMlsd("type=file; ../a\ntype=dir; ..\ntype=dir; b", options)).toMatchObject({
      unread: ["type=file; ../a"],
      skipped: 1
    })
  })

  it("leaves unread a line of more than 64 KiB", () => {
    const long = unixLine("x".repeat(65_536))
    expect(ListingText.parse(`${long}\n${unixLine("a")}`, options)).toMatchObject({
      unread: [Listing.excerpt(long)],
      unreadCount: 1
    })
  })

  it("counts the lines that it can't read, and keeps only the beginnings of the first hundred", () => {
    const listed = ListingText.parse(`${" a".repeat(1000)}\n`.repeat(10_000), options)
    expect(listed.unreadCount).toBe(10_000)
    expect(listed.unread).toHaveLength(100)
    expect(Math.max(...listed.unread.map(({ length }) => length))).toBeLessThan(256)
  })

  it("takes no more entries than allowed", () => {
    const reader = Listing.reader({ ...options, maxEntries: 2 })
    expect(["a", "b", "c"].map((name) => reader.take(unixLine(name)))).toEqual([true, true, false])
  })

  it("does not count the directory itself and its parent among the entries that are allowed", () => {
    const reader = Listing.reader({ ...options, maxEntries: 2 })
    expect([".", "..", "a", "b", "c"].map((name) => reader.take(unixLine(name)))).toEqual([
      true,
      true,
      true,
      true,
      false
    ])
  })

  it("reads the same lines from bytes, however they arrive", () => {
    const bytes = FastCheck.array(FastCheck.constantFrom("\n", "\r\n", "\r", "a", "é", "\udcff", "日本")).chain(
      (parts) => FtpArbitrary.byteSplits(Either.getOrThrow(WireText.encode(parts.join(""))))
    )
    const linesOf = (chunks: ReadonlyArray<Uint8Array>) => {
      const found: Array<string> = []
      const lines = Lines.make((line) => found.push(line) > 0)
      for (const chunk of chunks) {
        lines.push(chunk)
      }
      lines.end()
      return found
    }
    FastCheck.assert(
      FastCheck.property(bytes, (chunks) => {
        const found: Array<string> = []
        Lines.split(WireText.decode(Buffer.concat(chunks)), (line) => found.push(line) > 0)
        expect(linesOf(chunks)).toEqual(found)
      })
    )
  })

  it("holds no more of a line that doesn't end than it may have", () => {
    const found: Array<string> = []
    const lines = Lines.make((line) => found.push(line) > 0)
    const chunk = new Uint8Array(65_536).fill(0x61)
    for (let pushed = 0; pushed < 64; pushed++) {
      lines.push(chunk)
    }
    lines.push(Uint8Array.of(0x0a))
    expect(found.map(({ length }) => length > 65_536 && length < 200_000)).toEqual([true])
  })

  it("takes spaces before every name for padding, and before some for names", () => {
    const padded = ListingText.parse([".", "a", " b"].map((name) => unixLine(`  ${name}`)).join("\n"), options)
    expect(names(padded)).toEqual(["a", " b"])
    expect(padded.entries.map((entry) => entry.path)).toEqual(["/d/a", "/d/ b"])
    expect(names(ListingText.parse([".", " a", " b"].map(unixLine).join("\n"), options))).toEqual([" a", " b"])
    expect(names(ListingText.parse(unixLine(" a"), options))).toEqual([" a"])
  })

  it("reads MLSD in UTC, whatever the zone", () => {
    const text = "type=cdir; .\r\ntype=file;size=1;modify=20231014172011; a\r\n"
    const listed = ListingText.parseMlsd(text, { ...options, zone: DateTime.zoneUnsafeMakeNamed("Asia/Tokyo") })
    expect(names(listed)).toEqual(["a"])
    expect(listed.skipped).toBe(1)
    expect(listed.dialect).toEqual(Option.some("Mlsx"))
    expect(listed.entries[0]?.modified.pipe(Option.map(({ at }) => DateTime.formatIso(at)))).toEqual(
      Option.some("2023-10-14T17:20:11.000Z")
    )
  })

  it.each([
    ["A1\nA2", undefined, "A", ["1", "2"], []],
    ["B1\nB2", undefined, "B", ["1", "2"], []],
    ["A1\nB2\nB3", undefined, "B", ["2", "3"], ["A1"]],
    ["A1\nB2", undefined, "A", ["1"], ["B2"]],
    ["A1\nB2", "B", "B", ["2"], ["A1"]],
    ["A1\nA2", "B", "A", ["1", "2"], []],
    ["x\nA1", undefined, "A", ["1"], ["x"]]
  ] as const)("reads %j, if %s is preferred, by dialect %s", (text, preferred, chosen, entries, unread) => {
    const listed = ListingText.parseWith([lettered("A"), lettered("B")], text, { ...options, preferred })
    expect(listed.dialect).toEqual(Option.some(chosen))
    expect(names(listed)).toEqual(entries)
    expect(listed.unread).toEqual(unread)
  })

  it("reads by the named dialect alone, however little it reads", () => {
    const listed = ListingText.parseWith([lettered("A"), lettered("B")], "A1\nA2\nB3", { ...options, dialect: "B" })
    expect(names(listed)).toEqual(["3"])
    expect(listed.unread).toEqual(["A1", "A2"])
  })

  it("chooses the dialect by the first lines of a long listing, and loses none of them", () => {
    const long = ["A0", ...Array.from({ length: 5000 }, (_, index) => `B${index}`), "A1"]
    const listed = ListingText.parseWith([lettered("A"), lettered("B")], long.join("\n"), options)
    expect(listed.dialect).toEqual(Option.some("B"))
    expect(listed.entries).toHaveLength(5000)
    expect(listed.unread).toEqual(["A0", "A1"])
  })

  it("has a long listing read by its dialect alone, once it is chosen", () => {
    const read = { A: 0, B: 0 }
    const counted = (name: "A" | "B"): Dialect.Dialect<"A" | "B"> => ({
      name,
      open: (context) => {
        const scanner = lettered(name).open(context)
        return {
          line: (line) => {
            read[name] += 1
            return scanner.line(line)
          }
        }
      }
    })
    const readBoth = (text: string) => ListingText.parseWith([counted("A"), counted("B")], text, options)
    readBoth("A1\n".repeat(5000))
    expect(read).toEqual({ A: 5000, B: 0 })
    readBoth("B1\n".repeat(5000))
    expect(read.A).toBeLessThan(5300)
    expect(read.B).toBe(5000)
  })

  it.each([
    ["(A\nA1\nA2", ["1", "2"], [], 1],
    ["(A\n(A\nA1", ["1"], ["(A"], 1],
    ["A1\n(A\nx", ["1"], ["(A", "x"], 0],
    ["A1\n(A", ["1"], ["(A"], 0]
  ])("counts the first line of a pair as unread if the second does not complete it: %j", (text, ...expected) => {
    const listed = ListingText.parseWith([lettered("A"), lettered("B")], text, options)
    expect([names(listed), listed.unread, listed.skipped]).toEqual(expected)
  })

  it("never throws, loses no line, and gives no name that leads elsewhere", () => {
    const line = FastCheck.oneof(
      FastCheck.string(),
      FtpArbitrary.mlsxLine.map((made) => made.line),
      FtpArbitrary.path.map(unixLine),
      FtpArbitrary.remoteName.map(unixLine),
      FastCheck.constantFrom(
        "",
        " ",
        "\r",
        "total 3",
        "..",
        unixLine("."),
        unixLine(".."),
        "type=dir; ..",
        "type=file; a/b"
      )
    )
    const text = FastCheck.tuple(FastCheck.array(line), FastCheck.constantFrom("\n", "\r\n")).map(([lines, end]) =>
      lines.join(end)
    )
    FastCheck.assert(
      FastCheck.property(text, (listing) => {
        for (const listed of [ListingText.parse(listing, options), ListingText.parseMlsd(listing, options)]) {
          expect(listed.entries.length + listed.unreadCount + listed.skipped).toBe(countLines(listing))
          for (const name of names(listed)) {
            expect(name === "" || name === "." || name === ".." || name.includes("/")).toBe(false)
          }
        }
      }),
      { numRuns: 300 }
    )
  })

  describe("takes time linear in", () => {
    /** The millis of the processor, in the best of several runs, so that a busy machine doesn't count. */
    const fastest = (text: string): number =>
      Math.min(
        ...[1, 2, 3, 4, 5].map(() => {
          const start = process.cpuUsage()
          ListingText.parse(text, options)
          ListingText.parseMlsd(text, options)
          const { system, user } = process.cpuUsage(start)
          return (user + system) / 1_000
        })
      )
    /** Eight times the work takes eight times as long, sixty-four times if it were quadratic. */
    const GROWTH = 8
    const LIMIT = 40
    /** Real time, as it measures; generous in millis, as other tests run beside it. */
    const TIMEOUT = 60_000

    it.each([
      ["the lines", (size: number) => `${unixLine("report.pdf")}\r\n`.repeat(size), 12_500],
      ["the words of a line", (size: number) => `-rw-r--r-- ${"1 ".repeat(size)}\n`.repeat(20), 3_500],
      [
        "the digits of a line",
        (size: number) => `-rw-r--r-- ${"1".repeat(size)} ${"2".repeat(size)}\n`.repeat(20),
        4_000
      ],
      ["the spaces of a line", (size: number) => `-rw-r--r--${" ".repeat(size)}1 Oct\n`.repeat(20), 8_000],
      ["the facts of a line", (size: number) => `${"a=b;".repeat(size)} x\n`.repeat(20), 2_000],
      ["the semicolons without facts of a line", (size: number) => `${";".repeat(size)}a=b; x\n`.repeat(20), 8_000],
      ["the semicolons of a line", (size: number) => `type=OS.unix=slink:${" ;".repeat(size)}x\n`.repeat(20), 4_000]
    ])(
      "%s (100k lines, or lines of 64 KiB, at the upper end)",
      (_, make, size) => {
        const few = make(size)
        const many = make(size * GROWTH)
        fastest(few)
        expect(fastest(many) / Math.max(fastest(few), 0.5)).toBeLessThan(LIMIT)
      },
      TIMEOUT
    )
  })
})
