import { describe, expect, it } from "@effect/vitest"
import type { FtpEntry } from "@ftp-effect/core/FtpEntry"
import * as Reply from "@ftp-effect/core/protocol/Reply"
import * as FtpArbitrary from "@ftp-effect/core/testing/FtpArbitrary"
import * as DateTime from "effect/DateTime"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import * as Option from "effect/Option"
import * as mlsx from "#core/protocol/listing/mlsx"

/** What the line says, absent parts left out. */
const summary = (entry: FtpEntry) => ({
  name: entry.name,
  type: entry.type,
  ...Option.match(entry.size, { onNone: () => ({}), onSome: (size) => ({ size }) }),
  ...Option.match(entry.modified, {
    onNone: () => ({}),
    onSome: ({ at, precision, zone }) => ({ modified: `${DateTime.formatIso(at)} ${precision} ${zone}` })
  }),
  ...Option.match(entry.mode, { onNone: () => ({}), onSome: (mode) => ({ mode: mode.toString(8) }) }),
  ...Option.match(entry.owner, { onNone: () => ({}), onSome: (owner) => ({ owner }) }),
  ...Option.match(entry.group, { onNone: () => ({}), onSome: (group) => ({ group }) }),
  ...Option.match(entry.linkTarget, { onNone: () => ({}), onSome: (target) => ({ target }) }),
  ...Option.match(entry.unique, { onNone: () => ({}), onSome: (unique) => ({ unique }) })
})

const read = (line: string) =>
  Either.match(mlsx.parseLine(line, "/pub"), {
    onLeft: (reason) => `unread: ${reason}`,
    onRight: Option.match({ onNone: () => "skipped", onSome: summary })
  })

describe("mlsx", () => {
  it.each([
    [
      "type=file;size=4711;modify=20231014172011.250;perm=r;unique=1U2;UNIX.mode=0644; report.pdf",
      {
        name: "report.pdf",
        type: "File",
        size: 4711,
        modified: "2023-10-14T17:20:11.250Z Millisecond Utc",
        mode: "644",
        unique: "1U2"
      }
    ],
    [
      "Type=DIR;Modify=20231014172011;UNIX.MODE=100755;unix.Owner=0;Unix.OwnerName=root;UNIX.group=0; old files",
      {
        name: "old files",
        type: "Directory",
        modified: "2023-10-14T17:20:11.000Z Second Utc",
        mode: "755",
        owner: "root",
        group: "0"
      }
    ],
    [
      "type=dir;sizd=4096;UNIX.uid=5;UNIX.gid=6; d",
      { name: "d", type: "Directory", size: 4096, owner: "5", group: "6" }
    ],
    ["type=dir;size=0;sizd=4096; d", { name: "d", type: "Directory", size: 0 }],
    ["type=file;  a;b=c -> d", { name: " a;b=c -> d", type: "File" }],
    ["type=file; a; b", { name: "a; b", type: "File" }],
    ["type=file;size=3 NcFTPd; no last semicolon", { name: "NcFTPd; no last semicolon", type: "File", size: 3 }],
    ["type=OS.unix=symlink; l", { name: "l", type: "SymbolicLink" }],
    ["type=OS.unix=slink:/a/B;size=9; l", { name: "l", type: "SymbolicLink", size: 9, target: "/a/B" }],
    ["type=os.UNIX=Slink:../x=y; l", { name: "l", type: "SymbolicLink", target: "../x=y" }],
    ["type=OS.unix=slink:/a b c;size=9; l m", { name: "l m", type: "SymbolicLink", size: 9, target: "/a b c" }],
    ["size=9;type=OS.unix=slink:a b; l", { name: "l", type: "SymbolicLink", size: 9, target: "a b" }],
    ["type=OS.unix=slink:; l", { name: "l", type: "SymbolicLink" }],
    ["type=OS.unix=chr-1/3; null", { name: "null", type: "Other" }],
    ["type=file;size=3;unix.mode=0o640; py", { name: "py", type: "File", size: 3, mode: "640" }],
    ["type=file;unix.mode=0o; odd", { name: "odd", type: "File" }],
    ["size=1; no type", { name: "no type", type: "Other", size: 1 }],
    [" no facts", { name: "no facts", type: "Other" }],
    ["type=file;size=9007199254740993; huge", { name: "huge", type: "File" }],
    ["type=file;size=-1;modify=0;UNIX.mode=rw;unique=;media-type=a/b;X.y=;; odd", { name: "odd", type: "File" }],
    ["type=file;junk;size=1; odd", { name: "odd", type: "File", size: 1 }],
    ["type=cdir;modify=20231014172011; /pub", "skipped"],
    ["type=PDIR; ..", "skipped"],
    ["type=file;", "unread: no space before the name"],
    ["type=file; ", "unread: no name"],
    ["ls: cannot open", "unread: no facts before the name"],
    ["226 done", "unread: no facts before the name"],
    ["", "unread: no space before the name"]
  ])("reads %j (RFC 3659 §7)", (line, expected) => {
    expect(read(line)).toEqual(expected)
  })

  it("keeps the line and joins the path", () => {
    const line = "type=file; a"
    expect(Either.getOrThrow(mlsx.parseLine(line, "/pub"))).toMatchObject({ value: { raw: line, path: "/pub/a" } })
  })

  it("reads what the rules print", () => {
    FastCheck.assert(
      FastCheck.property(FtpArbitrary.mlsxLine, ({ line, entry }) => {
        expect(mlsx.parseLine(line, "/")).toEqual(Either.right(Option.some(entry)))
      })
    )
  })

  it("never throws", () => {
    const nasty = FastCheck.string({ unit: FastCheck.constantFrom(..."type=OS.unix=slink:; \0\r/é") })
    FastCheck.assert(
      FastCheck.property(FastCheck.oneof(FastCheck.string(), nasty), (line) => {
        mlsx.parseLine(line, "/")
        mlsx.parseMlst(Reply.make(250, line, line, line), "/")
      })
    )
  })

  describe("parseMlst", () => {
    it.each([
      [" type=file;size=1; /pub/a"],
      ["type=file;size=1; a"],
      ["   type=file;size=1; x y"],
      ["type=file;size=1;"],
      ["type=file;size=1"]
    ])("finds the facts in the entry line %j and names the entry as it was asked for", (line) => {
      const found = mlsx.parseMlst(Reply.make(250, "Start of facts: a=b; c", line, "End"), "/pub/a")
      expect(Option.map(found, summary)).toEqual(Option.some({ name: "a", type: "File", size: 1 }))
      expect(Option.map(found, ({ path, raw }) => ({ path, raw }))).toEqual(Option.some({ path: "/pub/a", raw: line }))
    })

    it("takes cdir for a directory, as ProFTPD up to 1.3.5a says it of any", () => {
      const found = mlsx.parseMlst(Reply.make(250, "Start", " type=cdir; /pub", "End"), "/pub")
      expect(Option.map(found, summary)).toEqual(Option.some({ name: "pub", type: "Directory" }))
    })

    it("finds facts in a reply of one line, and none where there are none", () => {
      expect(Option.isSome(mlsx.parseMlst(Reply.make(250, "type=file; a"), "a"))).toBe(true)
      expect(mlsx.parseMlst(Reply.make(250, "Start", " nothing here", "End"), "a")).toEqual(Option.none())
      expect(mlsx.parseMlst(Reply.make(250, "OK"), "a")).toEqual(Option.none())
    })
  })
})
