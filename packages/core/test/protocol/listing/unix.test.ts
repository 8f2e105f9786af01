import { describe, expect, it } from "@effect/vitest"
import * as FtpArbitrary from "@ftp-effect/core/testing/FtpArbitrary"
import * as DateTime from "effect/DateTime"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import * as Option from "effect/Option"
import { unix } from "#core/protocol/listing/unix"
import { NOW } from "../../support/entryText.ts"

const UTC = DateTime.zoneMakeOffset(0)

const parse = (line: string) => unix.open({ directory: "/d", now: NOW, zone: UTC, zoneFrom: "Assumed" }).line(line)

/** name | type | mode | owner | group | size | time | target, `-` for what is not known. */
const read = (line: string): string =>
  Either.match(parse(line), {
    onLeft: (reason) => `unread: ${reason}`,
    onRight: Option.match({
      onNone: () => "skipped",
      onSome: (entry) =>
        [
          entry.name,
          entry.type,
          Option.match(entry.mode, { onNone: () => "-", onSome: (mode) => mode.toString(8) }),
          Option.getOrElse(entry.owner, () => "-"),
          Option.getOrElse(entry.group, () => "-"),
          Option.getOrElse(entry.size, () => "-"),
          Option.match(entry.modified, {
            onNone: () => "-",
            onSome: ({ at, precision, zone }) =>
              `${DateTime.formatIso(at).slice(0, precision === "Day" ? 10 : precision === "Minute" ? 16 : 23)} ${zone}`
          }),
          ...Option.toArray(entry.linkTarget)
        ].join("|")
    })
  })

describe("unix", () => {
  it.each([
    [
      "A1",
      "-rw-r--r--   1 anna   staff      4711 Mar  9 07:41 report.pdf",
      "report.pdf|File|644|anna|staff|4711|2023-03-09T07:41 Assumed"
    ],
    [
      "A2",
      "drwxrwsr-t   7 anna   staff      4096 Nov 30  2019 old files",
      "old files|Directory|3775|anna|staff|4096|2019-11-30 Assumed"
    ],
    [
      "A3",
      "lrwxrwxrwx   1 anna   staff        19 Jan  2 11:05 cur -> builds/2024 -> x",
      "cur|SymbolicLink|777|anna|staff|19|2023-01-02T11:05 Assumed|builds/2024 -> x"
    ],
    [
      "A4",
      "-rw-rw----+  1 1004   100           0 Feb 29 23:59 acl.txt",
      "acl.txt|File|660|1004|100|0|2020-02-29T23:59 Assumed"
    ],
    [
      "A5",
      "-rw-r-----.  1 svc                88  Apr  1 00:00 nogroup.txt",
      "nogroup.txt|File|640|svc|-|88|2023-04-01T00:00 Assumed"
    ],
    [
      "A6",
      "crw-rw----   1 root   tty      5,  64 May  5 05:05 ttyS0",
      "ttyS0|Other|660|root|tty|-|2023-05-05T05:05 Assumed"
    ],
    [
      "A6 without a space",
      "brw-rw----   1 root   tty      5,64 May  5 05:05 sda",
      "sda|Other|660|root|tty|-|2023-05-05T05:05 Assumed"
    ],
    [
      "A7",
      "-rw-r--r--   1 DOM\\Jo Smith  Dom Users  12 Jun  6 06:06 win owner.txt",
      "win owner.txt|File|644|DOM\\Jo Smith|Dom Users|12|2023-06-06T06:06 Assumed"
    ],
    [
      "A7 with gaps of one",
      "-rw-r--r--   1 Jo Smith Dom Users 12 Jun  6 06:06 a",
      "a|File|644|-|-|12|2023-06-06T06:06 Assumed"
    ],
    [
      "A8",
      "-rw-r--r--   1 ftp    ftp12345678901 Jul  7 07:07 glued.bin",
      "glued.bin|File|644|ftp|ftp|12345678901|2023-07-07T07:07 Assumed"
    ],
    [
      "no size",
      "-rw-r--r--   1 ftp    ftp123 Jul  7 07:07 short",
      "short|File|644|ftp|ftp123|-|2023-07-07T07:07 Assumed"
    ],
    ["A9", "total 48", "skipped"],
    ["A9 in German", "insgesamt 48", "skipped"],
    ["A9 in Russian", "итого 48", "skipped"],
    ["A9 by -h", "total 1.2M", "skipped"],
    ["a total of files", "total of 12 files", "skipped"],
    ["a total of one file", "Total of 1 file", "skipped"],
    ["a total with a unit", "total 48 blocks", "skipped"],
    ["a total of something else", "total of 12 errors", "unread: no permissions at the start"],
    ["no total of files", "total of files", "unread: no permissions at the start"],
    [
      "ls -i",
      "1837465 -rw-r--r--   1 u g 10 Oct 14 17:20 inode.txt",
      "inode.txt|File|644|u|g|10|2023-10-14T17:20 Assumed"
    ],
    [
      "ls -is",
      "  1837465    8 drwxr-xr-x   2 u g 4096 Oct 14  2022 1 -rw-r--r-- 2",
      "1 -rw-r--r-- 2|Directory|755|u|g|4096|2022-10-14 Assumed"
    ],
    [
      "ls -i of a link",
      "7 lrwxrwxrwx   1 u g 4 Oct 14 17:20 a -> b",
      "a|SymbolicLink|777|u|g|4|2023-10-14T17:20 Assumed|b"
    ],
    ["three numbers", "1 2 3 -rw-r--r--   1 u g 10 Oct 14 17:20 a", "unread: no permissions at the start"],
    ["a word that is no total", "foo 48", "unread: no permissions at the start"],
    ["A10", "-rw-r--r--   1 u g 10 2023-10-14 17:20 iso.txt", "iso.txt|File|644|u|g|10|2023-10-14T17:20 Assumed"],
    ["A11", "-rw-r--r--   1 u g 10 14 okt 17:20 swapped.txt", "swapped.txt|File|644|u|g|10|2023-10-14T17:20 Assumed"],
    ["A12", "-rw-r--r--   1 u g 10 Oct 14  2023   lead.txt", "  lead.txt|File|644|u|g|10|2023-10-14 Assumed"],
    [
      "A15",
      "drwxr-xr-x               folder        5 Feb 17  2022 Drafts",
      "Drafts|Directory|755|-|-|-|2022-02-17 Assumed"
    ],
    [
      "A17",
      "-rw------- 1 a b 9 Sep 9 09:09 bad\u001b[2Jname",
      "bad\u001b[2Jname|File|600|a|b|9|2023-09-09T09:09 Assumed"
    ],
    [
      "J1",
      "drwxrwxrwx   1 owner    group               0 Jul  4 12:30 upload",
      "upload|Directory|777|owner|group|0|2023-07-04T12:30 Assumed"
    ],
    [
      "a name that looks like a date",
      "-rw-r--r-- 1 u g 10 Oct 14 17:20 5 Jan  1 00:00 y",
      "5 Jan  1 00:00 y|File|644|u|g|10|2023-10-14T17:20 Assumed"
    ],
    [
      "a size that looks like a day",
      "-rw-r--r-- 1 7 8 12 Jun  6 06:06 a",
      "a|File|644|7|8|12|2023-06-06T06:06 Assumed"
    ],
    ["spaces at the end", "-rw-r--r-- 1 u g 10 Oct 14 17:20 a  ", "a  |File|644|u|g|10|2023-10-14T17:20 Assumed"],
    [
      "an arrow in a file's name",
      "-rw-r--r-- 1 u g 10 Oct 14 17:20 a -> b",
      "a -> b|File|644|u|g|10|2023-10-14T17:20 Assumed"
    ],
    [
      "a link without a target",
      "lrwxrwxrwx 1 u g 10 Oct 14 17:20 a",
      "a|SymbolicLink|777|u|g|10|2023-10-14T17:20 Assumed"
    ],
    ["xattr", "-rwsr-SrwT@ 1 u g 10 Oct 14 17:20 a", "a|File|7746|u|g|10|2023-10-14T17:20 Assumed"],
    [
      "a size above 2^53",
      "-rw-r--r-- 1 u g 99999999999999999 Oct 14 17:20 a",
      "a|File|644|u|g|-|2023-10-14T17:20 Assumed"
    ],
    ["no name", "-rw-r--r-- 1 u g 10 Oct 14 17:20", "unread: no name"],
    ["no date", "-rw-r--r-- 1 u g 10 a", "a|File|644|u|g|10|-"],
    ["no date, and what may be one in an unknown form", "-rw-r--r-- 1 u g 10 14th a", "unread: no size and date"],
    [
      "a link count that touches the mode",
      "drwxr-xr-x1732 anna   staff      4096 Nov 30  2019 old",
      "old|Directory|755|anna|staff|4096|2019-11-30 Assumed"
    ],
    [
      "permissions of seven letters",
      "drwxrwx   1 u g 10 Oct 14 17:20 a",
      "a|Directory|-|u|g|10|2023-10-14T17:20 Assumed"
    ],
    ["permissions of nine letters", "-rw-r--r-  1 u g 10 Oct 14 17:20 a", "a|File|-|u|g|10|2023-10-14T17:20 Assumed"],
    ["no letter of type", "rw-r--r-- 1 u g 10 Oct 14 17:20 a", "a|Other|-|u|g|10|2023-10-14T17:20 Assumed"],
    ["an unusual type letter", "wrw-r--r-- 1 u g 10 Oct 14 17:20 a", "a|Other|644|u|g|10|2023-10-14T17:20 Assumed"],
    ["a regular file by f", "frw-r--r-- 1 u g 10 Oct 14 17:20 a", "a|File|644|u|g|10|2023-10-14T17:20 Assumed"],
    ["spaces before the mode", "  -rw-r--r-- 1 u g 10 Oct 14 17:20  a", " a|File|644|u|g|10|2023-10-14T17:20 Assumed"],
    ["tabs", "-rw-r--r--\t1\tu\tg\t10\tOct\t14\t17:20\ta b", "a b|File|644|u|g|10|2023-10-14T17:20 Assumed"],
    ["a size in letters", "-rw-r--r-- 1 u g 4.0K Oct 14 17:20 a", "a|File|644|u|g|-|2023-10-14T17:20 Assumed"],
    [
      "a size in letters and no group",
      "-rw-r--r-- 1 u 12MiB Oct 14 17:20 a",
      "a|File|644|u|-|-|2023-10-14T17:20 Assumed"
    ],
    [
      "a size with commas",
      "-rw-r--r-- 1 u g 2,048,000 Oct 14 17:20 a",
      "a|File|644|u|g|2048000|2023-10-14T17:20 Assumed"
    ],
    ["no link count", "-rw-r--r-- anna staff 10 Oct 14 17:20 a", "a|File|644|anna|staff|10|2023-10-14T17:20 Assumed"],
    ["only a size", "-rw-r--r-- 10 Oct 14 17:20 a", "a|File|644|-|-|10|2023-10-14T17:20 Assumed"],
    [
      "A16: resource fork, data fork and total of Peter's server",
      "-rw-r--r--          210    70321    70531 Aug  8  2021 cover.sit",
      "cover.sit|File|644|-|-|70531|2021-08-08 Assumed"
    ],
    ["NetWare", "d [RWC--FM-] sales.acme            512 Mar  3 08:12 ledgers", "unread: no permissions at the start"],
    ["an error", "ls: cannot open directory", "unread: no permissions at the start"]
  ])("reads %s: %j", (_, line, expected) => {
    expect(read(line)).toBe(expected)
  })

  it("reads what ls prints", () => {
    const months = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ")
    const bits = (mode: number): string => {
      const letters = [8, 7, 6, 5, 4, 3, 2, 1, 0].map((bit) => (mode & (1 << bit) ? "rwx"[(8 - bit) % 3] : "-"))
      for (const [place, bit, letter] of [
        [2, 0o4000, "s"],
        [5, 0o2000, "s"],
        [8, 0o1000, "t"]
      ] as const) {
        if (mode & bit) {
          letters[place] = letters[place] === "x" ? letter : letter.toUpperCase()
        }
      }
      return letters.join("")
    }
    const printed = FastCheck.record({
      name: FtpArbitrary.remoteName,
      type: FastCheck.constantFrom(["-", "File"] as const, ["d", "Directory"] as const, ["p", "Other"] as const),
      mode: FastCheck.nat(0o7777),
      links: FastCheck.nat(70_000),
      owner: FastCheck.stringMatching(/^[a-z][a-z0-9_-]{0,7}$/),
      group: FastCheck.stringMatching(/^[0-9]{1,5}$|^[a-z]{1,8}$/),
      size: FastCheck.maxSafeNat(),
      minutesAgo: FastCheck.nat(60 * 24 * 365 * 50)
    })
    FastCheck.assert(
      FastCheck.property(printed, ({ name, type, mode, links, owner, group, size, minutesAgo }) => {
        const date = new Date(NOW.epochMillis - minutesAgo * 60_000)
        const recent = minutesAgo < 60 * 24 * 180
        const iso = date.toISOString()
        const when = recent ? iso.slice(11, 16) : ` ${iso.slice(0, 4)}`
        const day = String(date.getUTCDate()).padStart(2)
        const columns = `${String(links).padStart(3)} ${owner.padEnd(8)} ${group.padEnd(8)} ${String(size).padStart(8)}`
        const line = `${type[0]}${bits(mode)} ${columns} ${months[date.getUTCMonth()]} ${day} ${when} ${name}`
        expect(read(line)).toBe(
          [name, type[1], mode.toString(8), owner, group, size, `${iso.slice(0, recent ? 16 : 10)} Assumed`].join("|")
        )
      }),
      { numRuns: 500 }
    )
  })

  it("never throws", () => {
    const nasty = FastCheck.array(
      FastCheck.oneof(
        FastCheck.constantFrom(
          "-rw-r--r--",
          "lrwxrwxrwx",
          "1",
          "Oct",
          "14",
          "17:20",
          "2023",
          "2023-10-14",
          "5,",
          " -> "
        ),
        FastCheck.string()
      )
    ).map((words) => words.join(" "))
    FastCheck.assert(
      FastCheck.property(nasty, FastCheck.boolean(), (words, mode) => {
        parse(mode ? `-rw-r--r-- ${words}` : words)
      })
    )
  })
})
