import { describe, expect, it } from "@effect/vitest"
import * as Option from "effect/Option"
import * as NativePlace from "#core/protocol/NativePlace"

describe("a name from elsewhere", () => {
  for (const root of ["", ".", "SUB", "DISK:[FTP]", "DISK:[FTP]/", "[.SUB]"]) {
    it.each([
      ["[FTP.SUB]B.TXT", "File"],
      ["DISK:[FTP.SUB]B.TXT", "File"],
      ["SYS$LOGIN:B.TXT", "File"],
      ["NODE::B.TXT", "File"],
      ["[FTP.SUB]/B.TXT", "File"],
      ["[.SUB]", "Directory"],
      ["-", "Directory"],
      ["-/B.TXT", "File"],
      ["--/B.TXT", "File"],
      ["A^/B.TXT", "File"],
      ["A/[X]Y/B.TXT", "File"],
      ["S.DIR", "File"],
      ["s.dir;1", "File"],
      ["*.TXT", "File"]
    ] as const)(`below ${JSON.stringify(root)} of OpenVMS is refused if it is %s of a %s`, (path, kind) => {
      expect(Option.isSome(NativePlace.unsafeReason("Vms", root, path, kind))).toBe(true)
    })

    it.each([
      ["B.TXT", "File"],
      ["-", "File"],
      ["A-B/C.TXT", "File"],
      ["S.DIR", "Directory"],
      ["s.dir/B.TXT", "File"]
    ] as const)(`below ${JSON.stringify(root)} of OpenVMS may be %s of a %s`, (path, kind) => {
      expect(NativePlace.unsafeReason("Vms", root, path, kind)).toEqual(Option.none())
    })
  }

  for (const root of ["", ".", "'FTP.'", "'FTP'"]) {
    it.each([
      ["'FTP.LIB.CNTL(MEMBER)'", "File"],
      ["LIB.CNTL(MEMBER)", "File"],
      ["'FTP.X'", "Directory"],
      ["9.DATA", "File"],
      ["LIB.CNTL/'X'", "File"]
    ] as const)(`below ${JSON.stringify(root)} of z/OS is refused if it is %s of a %s`, (path, kind) => {
      expect(Option.isSome(NativePlace.unsafeReason("Mvs", root, path, kind))).toBe(true)
    })

    it.each([
      ["LIB.DATA", "File"],
      ["LIB.CNTL", "Directory"],
      ["LIB.CNTL/MEMBER", "File"]
    ] as const)(`below ${JSON.stringify(root)} of z/OS may be %s of a %s`, (path, kind) => {
      expect(NativePlace.unsafeReason("Mvs", root, path, kind)).toEqual(Option.none())
    })
  }

  it("is plain if it can't be a path on any system", () => {
    const names = ["[A]B", "A:B", "A(B)", "'A'", "-", "--", "A^", "<A>B", "*.*", "s.dir", "A;1"]
    expect(names.filter(NativePlace.isPlain)).toEqual([])
    expect(["a b.txt", ".htaccess", "-a", "ü", "a_b-c.d", "dir"].every(NativePlace.isPlain)).toBe(true)
  })

  it("may be anything on a server with slashes", () => {
    expect(NativePlace.unsafeReason("Slashes", "", "[FTP.SUB]B.TXT", "File")).toEqual(Option.none())
  })

  it.each([
    ["Mvs", "'FTP.NEW.LIB'", "none"],
    ["Mvs", "NEW.LIB", "none"],
    ["Mvs", "NEW", "none"],
    ["Mvs", "'FTP.LIB'/SUB", "none"],
    ["Mvs", "/u/ann/sub", "none"],
    ["Mvs", "'FTP.LIB(A)'", "is that of a member: z/OS has no directory in a partitioned data set"],
    ["Mvs", "'FTP.'", "is a prefix, which is there as soon as a data set begins with it"],
    [
      "Mvs",
      "NEW.9LIB",
      "is none of a data set: that has 1 to 8 letters and digits between its dots, and a letter first"
    ],
    ["Mvs", `'${"ABCDEFG.".repeat(6)}A'`, "is too long: a data set has 44 characters with its prefix"],
    ["Vms", "SUB", "none"],
    ["Vms", "[.SUB.DEEP]", "none"],
    ["Vms", "A.B", "holds a dot, which OpenVMS has in no name of a directory"],
    ["Slashes", "A.9'(", "none"]
  ] as const)("on %s says why %s is no directory's: %s", (syntax, path, reason) => {
    expect(Option.getOrElse(NativePlace.noDirectoryReason(syntax, path), () => "none")).toBe(reason)
  })
})
