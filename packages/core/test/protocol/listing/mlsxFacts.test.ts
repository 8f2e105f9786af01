/** Where the name begins in lines of MLSD whose facts hold spaces, or have some around them. */
import { describe, expect, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Option from "effect/Option"
import { parseMlsd } from "../../support/listingText.ts"

const LISTED = ["type", "size", "modify", "unix.groupname", "unix.mode", "unix.ownername", "x.note"]

/** Names, types and sizes of a listing. */
const read = (lines: ReadonlyArray<string>, facts: ReadonlyArray<string> = LISTED) => {
  const options = { directory: "", now: DateTime.unsafeMake(0), facts: new Set(facts) }
  return parseMlsd(lines.join("\r\n"), options).entries.map(
    ({ name, size, type }) => `${type} ${Option.getOrElse(size, () => "-")} ${name}`
  )
}

describe("the facts of MLSD", () => {
  it.each<[what: string, line: string, expected: string]>([
    [
      "hold spaces in the name of a group, with facts after it",
      "size=6;type=file;UNIX.groupname=domain users;UNIX.mode=02770;UNIX.ownername=svc-ftp; a.txt",
      "File 6 a.txt"
    ],
    [
      "hold spaces in the name of a group, with nothing after it",
      "type=file;size=6;UNIX.groupname=domain users; a b; c",
      "File 6 a b; c"
    ],
    ["hold spaces in two names", "type=file;UNIX.ownername=J S;UNIX.groupname=domain users; a; b", "File - a; b"],
    ["hold spaces in a fact that only FEAT names", "type=file;x.note=not ours;size=6; a; b", "File 6 a; b"],
    ["are followed by a tab", "type=file;size=6;\ta\t b", "File 6 a\t b"],
    ["begin after a space, as in MLST", " type=file;size=6; a; b", "File 6 a; b"],
    ["have spaces between them", "type=file; size=6; a; b", "File 6 a; b"],
    [
      "end at the first space if the last value is a number",
      "type=file;size=6 a;UNIX.mode=1; b",
      "File 6 a;UNIX.mode=1; b"
    ],
    ["are there once: what repeats one is the name", "type=file;size=6; size=7; b", "File 6 size=7; b"]
  ])("%s", (_, line, expected) => {
    expect(read([line])).toEqual([expected])
  })

  it("without a list of facts in FEAT, extend beyond a space in an owner or a group, to known facts only", () => {
    expect(read(["type=file;UNIX.groupname=domain users;size=6; a"], [])).toEqual(["File 6 a"])
    expect(read(["type=file;UNIX.groupname=domain users;x.note=6; a"], [])).toEqual(["File - users;x.note=6; a"])
    expect(read(["type=file;UNIX.groupname=domain users;UNIX.owner=a; b"], [])).toEqual(["File - b"])
    expect(read([" type=file; a"], [])).toEqual(["Other - type=file; a"])
    expect(read(["type=file; size=6; a"], [])).toEqual(["File - size=6; a"])
  })

  it("with spaces between them, are read so in every line, and an empty one leaves its space before the name", () => {
    expect(read(["type=cdir; size=1; .", "type=dir;  sub", "size=6; type=cdir; .", "type=file; size=6; a"])).toEqual([
      "Directory - sub",
      "File 6 a"
    ])
  })

  it("have no spaces between them if a line of the listing shows it: then a name that looks like a fact is one", () => {
    expect(read(["type=dir; size=6; a", "type=file;size=1; a", "type=dir;  b"])).toEqual([
      "Directory - size=6; a",
      "File 1 a",
      "Directory -  b"
    ])
    expect(read(["type=dir;  b"])).toEqual(["Directory -  b"])
  })
})
