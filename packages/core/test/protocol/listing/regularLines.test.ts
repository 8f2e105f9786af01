/** Lines of the regular form have a reader of their own, which must agree with the general one. */
import { describe, expect, it } from "@effect/vitest"
import * as FtpArbitrary from "@ftp-effect/core/testing/FtpArbitrary"
import * as DateTime from "effect/DateTime"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import * as Option from "effect/Option"
import type * as Dialect from "#core/protocol/listing/Dialect"
import * as mlsx from "#core/protocol/listing/mlsx"
import { unix } from "#core/protocol/listing/unix"
import * as ListingText from "../../support/listingText.ts"

const context = {
  directory: "/d",
  now: DateTime.unsafeMake("2023-10-14T00:00:00Z"),
  zone: DateTime.zoneMakeOffset(0),
  zoneFrom: "Assumed" as const
}

const entryOf = (line: Dialect.Line) => Option.getOrUndefined(Option.flatten(Either.getRight(line)))

const unixLine = FastCheck.record({
  permissions: FastCheck.constantFrom("-rw-r--r--", "drwxr-xr-x", "lrwxrwxrwx", "-rw-r--r--+", "crw-rw-rw-", "-rw-rw"),
  links: FastCheck.constantFrom("1", "12", "may"),
  owner: FastCheck.constantFrom("anna", "2121", "maria", "may", "12", "14-10-23", "zoé", "u5"),
  group: FastCheck.constantFrom("staff", "2121", "may", "12", "10/12", "domain users", "5"),
  size: FastCheck.constantFrom("0", "4711", "2023", "12", "900719925474099", "90071992547409931", "4.0K", "-1"),
  date: FastCheck.constantFrom(
    ...["Oct 13 17:20", "Mar  9  2019", "Feb 30 12:00", "Feb 29 24:00", "Dec 31  7:05", "Oct 13 17:2", "Okt 13 17:20"],
    ...["Oct 32 17:20", "Oct 13 17:20:11", "Oct 13 17:20:11 2023", "Oct  1, 2020", "2023-10-14 17:20"]
  ),
  name: FastCheck.constantFrom("report.pdf", " b", "a -> b", "09:47 plan.txt", "9", "Oct 12 10:00 x", "", "é")
})

const COLUMNS = ["permissions", "links", "owner", "group", "size", "date", "name"] as const

type Columns = Readonly<Record<(typeof COLUMNS)[number], string>>

const USUAL: Columns = {
  permissions: "-rw-r--r--",
  links: "1",
  owner: "anna",
  group: "staff",
  size: "4711",
  date: "Oct 13 17:20",
  name: "report.pdf"
}

describe("lines of the regular form", () => {
  it("of LIST are read as the general reader of ls -l reads them", () => {
    const quick = unix.open(context)
    const general = unix.open(context)
    const seen = new Set<boolean>()
    FastCheck.assert(
      FastCheck.property(unixLine, ({ date, group, links, name, owner, permissions, size }) => {
        const rest = `${links} ${owner}   ${group}  ${size} ${date} ${name}`
        const read = entryOf(quick.line(`${permissions} ${rest}`))
        // The reader of the regular form takes no tabs.
        const expected = entryOf(general.line(`${permissions}\t${rest}`))
        seen.add(expected !== undefined)
        expect(read && { ...read, raw: "" }).toEqual(expected && { ...expected, raw: "" })
      }),
      { numRuns: 2000 }
    )
    expect(seen).toEqual(new Set([true, false]))
  })

  it("of LIST are read as one line alone, whatever the line before it was", () => {
    const line = FastCheck.tuple(unixLine, FastCheck.boolean())
      .map(([{ date, group, links, name, owner, permissions, size }, hasGroup]) =>
        [permissions, links, owner, ...(hasGroup ? [group] : []), size, date, name].join(" ")
      )
      // A date of numbers says how others are read.
      .filter((line) => !/\d[-/]\d/.test(line))
    const cut = FastCheck.nat(70)
    const change = FastCheck.constantFrom("", " ", "  ", "5", "d", ":", "\t", "-")
    const seen = new Set<boolean>()
    FastCheck.assert(
      FastCheck.property(line, cut, cut, change, (before, from, length, change) => {
        const next = before.slice(0, from) + change + before.slice(from + (length % 4 === 3 ? length : length % 4))
        const { line } = unix.open(context)
        line(before)
        const read = line(next)
        seen.add(entryOf(read) !== undefined)
        expect(read).toEqual(unix.open(context).line(next))
        expect(line(before)).toEqual(unix.open(context).line(before))
      }),
      { numRuns: 3000 }
    )
    expect(seen).toEqual(new Set([true, false]))
  })

  it("of LIST are read as the general reader reads each alone, in listings of neighbours that differ a little", () => {
    const change = FastCheck.record({ other: unixLine, column: FastCheck.nat(9), at: FastCheck.nat(70) })
    const listing = FastCheck.array(change, { minLength: 2, maxLength: 8 }).map((changes) => {
      let columns: Columns = USUAL
      return changes.map(({ at, column, other }) => {
        const name = COLUMNS[column]
        columns = name === undefined ? USUAL : { ...columns, [name]: other[name] }
        const { date, group, links, name: of, owner, permissions, size } = columns
        const line = [permissions, links, owner, group, size, date, of].join(" ")
        return column === COLUMNS.length ? `${line.slice(0, at)} ${line.slice(at)}` : line
      })
    })
    let shared = 0
    FastCheck.assert(
      FastCheck.property(listing, (lines) => {
        const { usual } = unix.open(context)
        for (const line of lines) {
          const read = usual?.(line)
          if (read !== undefined) {
            // The reader of the regular form takes no tabs.
            const general = entryOf(unix.open(context).line(line.replace(" ", "\t")))
            expect({ ...read, raw: "" }).toEqual(general && { ...general, raw: "" })
            shared++
          }
        }
      }),
      { numRuns: 2000 }
    )
    expect(shared).toBeGreaterThan(500)
  })

  it("of MLSD are read as one line alone, whatever the line before it was", () => {
    const odd = FastCheck.constantFrom(
      ...[
        "type=file;size=1; a",
        "type=file;size=1;\tb",
        "size=2;type=dir; c",
        "type=cdir; /d",
        "type=file;size=2 d; e"
      ],
      ...["sizd=3;size=4; f", "size=5;sizd=6; g", "UNIX.owner=1;UNIX.ownername=; h", "type=OS.unix=slink:/x;; i"],
      ...["type=OS.unix=slink:/x; j", "=1;type=file; k", "type=file; ", "type=file;UNIX.group=a b; l", " m", "type=; n"]
    )
    const line = FastCheck.oneof(
      odd,
      FtpArbitrary.mlsxLine.map(({ line }) => line)
    )
    FastCheck.assert(
      FastCheck.property(FastCheck.array(line, { maxLength: 8 }), (lines) => {
        const { line } = mlsx.mlsx().open(context)
        expect(lines.map(line)).toEqual(lines.map((text) => mlsx.parseLine(text, context.directory)))
      })
    )
  })

  it("share what they have in common, so that a long listing takes less memory", () => {
    const dated = (time: string, name: string) => `-rw-r--r-- 1 anna staff 4711 Oct 13 ${time} ${name}`
    const list = ["10:00 a", "11:00 b", "10:00 c"].map((text) => dated(text.slice(0, 5), text.slice(6))).join("\n")
    const [first, , third] = ListingText.parse(list, context).entries
    expect(third?.modified).toBe(first?.modified)
    expect(third?.size).toBe(first?.size)

    const facts = "type=file;size=6;modify=20231013100000;UNIX.mode=0644;UNIX.owner=anna;"
    const [one, other] = ListingText.parseMlsd(`${facts} a\n${facts} b`, context).entries
    expect(other?.modified).toBe(one?.modified)
    expect(other?.mode).toBe(one?.mode)
    expect(other?.owner).toBe(one?.owner)

    const timed = (time: string, name: string) => `type=file;modify=${time}; ${name}`
    const times = [timed("20231013100000", "a"), timed("20231013110001", "b"), timed("20231013100000", "c")].join("\n")
    const [earliest, between, last] = ListingText.parseMlsd(times, context).entries
    expect(last?.modified).toBe(earliest?.modified)
    expect(between?.modified).not.toEqual(earliest?.modified)
  })
})
