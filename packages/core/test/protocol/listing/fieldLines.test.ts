/** Lines that servers of the field have printed, each a listing of its own, without a hint at its dialect. */
import { describe, expect, it } from "@effect/vitest"
import type { FtpEntry } from "@ftp-effect/core/FtpEntry"
import * as DateTime from "effect/DateTime"
import * as Option from "effect/Option"
import * as Listing from "#core/protocol/Listing"
import { fieldLines } from "../../support/fieldLines.ts"
import { fieldListings } from "../../support/fieldListings.ts"

const MLSD: ReadonlyArray<readonly [line: string, expected: string]> = [
  [
    "modify=20150813224845;perm=fle;type=cdir;unique=119FBB87U4;UNIX.group=0;UNIX.mode=0755;UNIX.owner=0; .",
    "no entry"
  ],
  [
    "modify=20150813224845;perm=fle;type=pdir;unique=119FBB87U4;UNIX.group=0;UNIX.mode=0755;UNIX.owner=0; ..",
    "no entry"
  ],
  [
    "modify=20150806235817;perm=fle;type=dir;unique=1B20F360U4;UNIX.group=0;UNIX.mode=0755;UNIX.owner=0; movies",
    "Mlsx: Directory|movies|-|2015-08-06T23:58:17|755|0|0"
  ],
  [
    "modify=20150814172949;perm=flcdmpe;type=dir;unique=85A0C168U4;UNIX.group=0;UNIX.mode=0777;UNIX.owner=0; _upload",
    "Mlsx: Directory|_upload|-|2015-08-14T17:29:49|777|0|0"
  ],
  [
    "modify=20150813175250;perm=adfr;size=951;type=file;unique=119FBB87UE;UNIX.group=0;UNIX.mode=0644;UNIX.owner=0; welcome.msg",
    "Mlsx: File|welcome.msg|951|2015-08-13T17:52:50|644|0|0"
  ],
  ["type=OS.unix=slink:/foobar;perm=;unique=keVO1+4G4; link", "Mlsx: SymbolicLink|link|-|-|-|-|-|/foobar"],
  ["Type=file;Size=1024990;Perm=r; /tmp/cap60.pl198.tar.gz", "unread"],
  ["size=4096;type=dir; a; b", "Mlsx: Directory|a; b|4096|-|-|-|-"]
]

/** Type, name, size, time, mode, owner, group, target. */
const textOf = (entry: FtpEntry): string => {
  const known = (fact: Option.Option<string | number>) => String(Option.getOrElse(fact, () => "-"))
  const time = Option.map(entry.modified, ({ at, precision }) =>
    DateTime.formatIso(at).slice(0, precision === "Day" ? DAY : precision === "Minute" ? MINUTE : SECOND)
  )
  const mode = Option.map(entry.mode, (bits) => bits.toString(8))
  return [entry.type, entry.name, known(entry.size), known(time), known(mode), known(entry.owner), known(entry.group)]
    .concat(Option.toArray(entry.linkTarget))
    .join("|")
}

const [DAY, MINUTE, SECOND] = [10, 16, 19]
const OPTIONS = { directory: "/d", now: DateTime.unsafeMake(Date.UTC(2023, 5, 1)) }

const read = (reader: Listing.Reader<string>, lines: ReadonlyArray<string>) => {
  for (const line of lines) {
    reader.take(line)
  }
  return reader.end()
}

const meaningOf = (listed: Listing.Listed<string>): string => {
  const [entry] = listed.entries
  return entry !== undefined
    ? `${Option.getOrElse(listed.dialect, () => "-")}: ${textOf(entry)}`
    : listed.unreadCount > 0
      ? "unread"
      : "no entry"
}

describe("lines from the field", () => {
  it.each(fieldLines)("%s", (line, expected) => {
    expect(meaningOf(read(Listing.reader(OPTIONS), [line]))).toBe(expected)
  })

  it.each(MLSD)("MLSD: %s", (line, expected) => {
    expect(meaningOf(read(Listing.mlsdReader(OPTIONS), [line]))).toBe(expected)
  })

  it.each(fieldListings)("$what", ({ lines, meaning }) => {
    const { entries, unread } = read(Listing.reader(OPTIONS), lines)
    expect(entries.map(textOf)).toEqual(meaning)
    expect(unread).toEqual([])
  })

  it("are all there", () => {
    expect(fieldLines.length).toBe(94)
    expect(fieldListings).toHaveLength(11)
  })
})
