import { describe, expect, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import * as Option from "effect/Option"
import * as NativeName from "#core/protocol/NativeName"
import * as NativePath from "#core/protocol/NativePath"

const file = (name: string, raw = name) => ({ name, raw, type: "File" }) as const
const directory = (name: string, raw = name) => ({ name, raw, type: "Directory" }) as const

/** Rows of z/OS: a data set ends with its name, a member begins with it. */
const DATA_SET = (name: string) => `WORK01 3390   2023/10/14  1   15  FB      80 27920  PS  ${name}`
const MEMBER = (name: string) => `${name}   01.03 2023/10/14 2023/10/15 09:30    12    10     2 ANNA`

describe("a path without slashes", () => {
  it.each([
    ["DISK:[ANNA]", "Vms"],
    ["NODE::DISK$USER:[ANNA.SUB]", "Vms"],
    ["[ANNA]", "Vms"],
    ["'ANNA.'", "Mvs"],
    ["'ANNA.LIB.CNTL'", "Mvs"],
    ["/home/ann", "Slashes"],
    ["/QSYS.LIB/ANNA.LIB", "Slashes"],
    ["QGPL", "Slashes"],
    ["/DISK:[ANNA]", "Slashes"],
    ["/'quoted'", "Slashes"]
  ] as const)("%s is of %s", (workingDirectory, syntax) => {
    expect(NativePath.syntaxOf(workingDirectory)).toBe(syntax)
  })

  it.each([
    ["Vms", "", file("A.TXT;4"), "A.TXT;4"],
    ["Vms", "", directory("SUB"), "[.SUB]"],
    ["Vms", "[.SUB]", file("A.TXT;4"), "[.SUB]A.TXT;4"],
    ["Vms", "[.SUB]", directory("DEEP"), "[.SUB.DEEP]"],
    ["Vms", "DISK:[ANNA]", file("A.TXT;4"), "DISK:[ANNA]A.TXT;4"],
    ["Vms", "DISK:[ANNA]", directory("SUB"), "DISK:[ANNA.SUB]"],
    ["Vms", "DISK:[000000]", directory("ANNA"), "DISK:[ANNA]"],
    ["Vms", "/DISK/ANNA", file("A.TXT;4"), "/DISK/ANNA/A.TXT;4"],
    ["Vms", "SYS$LOGIN:", file("A.TXT;4"), "SYS$LOGIN:A.TXT;4"],
    ["Vms", "SYS$LOGIN:", directory("SUB"), "SYS$LOGIN:[.SUB]"],
    ["Vms", "NODE::SYS$LOGIN:[.SUB]", directory("DEEP"), "NODE::SYS$LOGIN:[.SUB.DEEP]"],
    ["Mvs", "", file("LIB.DATA", DATA_SET("LIB.DATA")), "LIB.DATA"],
    ["Mvs", "", file("MEMBER1", MEMBER("MEMBER1")), "MEMBER1"],
    ["Mvs", "'ANNA.'", directory("LIB.CNTL", DATA_SET("LIB.CNTL")), "'ANNA.LIB.CNTL'"],
    ["Mvs", "'ANNA'", file("LIB.DATA", DATA_SET("LIB.DATA")), "'ANNA.LIB.DATA'"],
    ["Mvs", "'ANNA.LIB.CNTL'", file("MEMBER1", MEMBER("MEMBER1")), "'ANNA.LIB.CNTL(MEMBER1)'"],
    ["Mvs", "LIB.CNTL", file("MEMBER1", MEMBER("MEMBER1")), "LIB.CNTL(MEMBER1)"],
    ["Mvs", "LIB.CNTL", file("MEMBER2", " MEMBER2"), "LIB.CNTL(MEMBER2)"],
    ["Mvs", "'ANNA.'", file("'OTHER.DATA'", DATA_SET("'OTHER.DATA'")), "'OTHER.DATA'"],
    ["Slashes", "/QSYS.LIB/X.LIB", directory("SRC.FILE"), "/QSYS.LIB/X.LIB/SRC.FILE"],
    ["Slashes", "[br]", file("x"), "[br]/x"]
  ] as const)("%s: %j and %o are joined", (syntax, at, entry, expected) => {
    expect(NativePath.join(syntax, at, entry)).toBe(expected)
  })

  it.each([
    ["Vms", "DISK:[ANNA]A.TXT;4", "DISK:[ANNA]", "A.TXT;4"],
    ["Vms", "DISK:[ANNA.SUB]", "DISK:[ANNA]", "SUB"],
    ["Vms", "DISK:[ANNA]", "DISK:[000000]", "ANNA"],
    ["Vms", "[.SUB]", "", "SUB"],
    ["Vms", "[.SUB.DEEP]", "[.SUB]", "DEEP"],
    ["Vms", "SYS$LOGIN:A.TXT", "SYS$LOGIN:", "A.TXT"],
    ["Vms", "SYS$LOGIN:[.SUB]", "SYS$LOGIN:", "SUB"],
    ["Vms", "SYS$LOGIN:", "SYS$LOGIN:", ""],
    ["Vms", "A.TXT", "", "A.TXT"],
    ["Vms", "sub/a.txt", "sub", "a.txt"],
    ["Mvs", "'ANNA.LIB.CNTL(MEMBER1)'", "'ANNA.LIB.CNTL'", "MEMBER1"],
    ["Mvs", "LIB.CNTL(MEMBER1)", "LIB.CNTL", "MEMBER1"],
    ["Mvs", "'ANNA.LIB.CNTL'", "'ANNA.LIB.'", "CNTL"],
    ["Mvs", "MEMBER1", "", "MEMBER1"],
    ["Mvs", "'ANNA'", "", ""],
    ["Slashes", "/a/b", "/a", "b"]
  ] as const)("%s: %s is in %j as %s", (syntax, path, at, name) => {
    expect(NativePath.split(syntax, path)).toEqual({ directory: at, name })
  })

  it("is named on VMS without its version too", () => {
    expect(NativePath.isNamed("Vms", "A.TXT;4", "A.TXT")).toBe(true)
    expect(NativePath.isNamed("Vms", "A.TXT;4", "A.TXT;3")).toBe(false)
    expect(NativePath.isNamed("Slashes", "A.TXT;4", "A.TXT")).toBe(false)
  })
})

describe("a path with slashes", () => {
  it.each([
    ["Vms", "DISK:[ANNA]", "Directory", "DISK:[ANNA]"],
    ["Vms", "DISK:[ANNA]A.TXT;4", "File", "DISK:[ANNA]A.TXT;4"],
    ["Vms", "DISK:[ANNA]/SUB/A.TXT", "File", "DISK:[ANNA.SUB]A.TXT"],
    ["Vms", "DISK:[ANNA]/SUB/A.TXT;2", "File", "DISK:[ANNA.SUB]A.TXT;2"],
    ["Vms", "DISK:[ANNA]/SUB/", "Directory", "DISK:[ANNA.SUB]"],
    ["Vms", "DISK:[ANNA]SUB", "Directory", "DISK:[ANNA.SUB]"],
    ["Vms", "DISK:[ANNA]/SUB.DIR;1", "Directory", "DISK:[ANNA.SUB]"],
    ["Vms", "DISK:[000000]/ANNA", "Directory", "DISK:[ANNA]"],
    ["Vms", "DISK:[ANNA.SUB]/../X", "Directory", "DISK:[ANNA.X]"],
    ["Vms", "DISK:[ANNA]/../X", "Directory", "DISK:[X]"],
    ["Vms", "SUB/A.TXT", "File", "[.SUB]A.TXT"],
    ["Vms", "../A.TXT", "File", "[-]A.TXT"],
    ["Vms", "../../X/A.TXT", "File", "[-.-.X]A.TXT"],
    ["Vms", "SUB", "Directory", "[.SUB]"],
    ["Vms", ".", "Directory", "[]"],
    ["Vms", "..", "Directory", "[-]"],
    ["Vms", "[.SUB]/DEEP", "Directory", "[.SUB.DEEP]"],
    ["Vms", "A^.B/C.TXT", "File", "[.A^.B]C.TXT"],
    ["Vms", "A.TXT", "File", "A.TXT"],
    ["Vms", "/u/anna/a.txt", "File", "/u/anna/a.txt"],
    ["Vms", "DISK:A.TXT", "File", "DISK:A.TXT"],
    ["Vms", "SYS$LOGIN:", "Directory", "SYS$LOGIN:"],
    ["Vms", "SYS$LOGIN:/A.TXT", "File", "SYS$LOGIN:A.TXT"],
    ["Vms", "SYS$LOGIN:/SUB/A.TXT;2", "File", "SYS$LOGIN:[.SUB]A.TXT;2"],
    ["Vms", "SYS$LOGIN:/SUB/DEEP", "Directory", "SYS$LOGIN:[.SUB.DEEP]"],
    ["Vms", "SYS$LOGIN:SUB", "Directory", "SYS$LOGIN:[.SUB]"],
    ["Vms", "NODE::DISK$USER:/SUB/..", "Directory", "NODE::DISK$USER:"],
    ["Vms", "SYS$LOGIN:/..", "Directory", "SYS$LOGIN:[-]"],
    ["Vms", "SUB/.a.txt.1a2b3c4d.ftp-effect", "File", "[.SUB]A_TXT_1A2B3C4D.FTP-EFFECT"],
    ["Vms", "SUB/.a.old.1a2b3c4d.ftp-effect", "File", "[.SUB]A_OLD_1A2B3C4D.FTP-EFFECT"],
    ["Mvs", "'ANNA.'/LIB.CNTL", "Directory", "'ANNA.LIB.CNTL'"],
    ["Mvs", "'ANNA.'/LIB.CNTL/MEMBER", "File", "'ANNA.LIB.CNTL(MEMBER)'"],
    ["Mvs", "'ANNA'/LIB.CNTL", "File", "'ANNA.LIB.CNTL'"],
    ["Mvs", "'ANNA.LIB.CNTL'/MEMBER", "File", "'ANNA.LIB.CNTL(MEMBER)'"],
    ["Mvs", "'ANNA.LIB.CNTL'/../X", "File", "'ANNA.LIB.X'"],
    ["Mvs", "LIB.CNTL/MEMBER", "File", "LIB.CNTL(MEMBER)"],
    ["Mvs", "LIB/MEMBER", "File", "LIB(MEMBER)"],
    ["Mvs", "'ANNA.LIB.CNTL(MEMBER)'", "File", "'ANNA.LIB.CNTL(MEMBER)'"],
    ["Mvs", "/u/anna/a.txt", "File", "/u/anna/a.txt"],
    ["Mvs", "'ANNA.'/.LIB.DATA.1a2b3c4d.ftp-effect", "File", "'ANNA.@#2B3C4D'"],
    ["Slashes", "[br]/x", "File", "[br]/x"]
  ] as const)("%s: %s of a %s is %s", (syntax, path, kind, expected) => {
    expect(NativePath.toNative(syntax, path, kind)).toEqual(Either.right(expected))
  })

  it.each([
    ["Vms", "DISK:[ANNA]/a b.txt", "File", "Name", "holds a blank, which OpenVMS has in no name"],
    ["Vms", "DISK:[ANNA]/*.*", "File", "Name", 'holds a "*", which OpenVMS has in no name'],
    ["Vms", "SUB/...", "Directory", "Name", "begins with a dot, which OpenVMS has before the type of a file only"],
    ["Vms", "SUB/-", "Directory", "Name", "is hyphens alone, which lead up from a directory of OpenVMS"],
    ["Vms", "SUB/--/A.TXT", "File", "Name", "is hyphens alone, which lead up from a directory of OpenVMS"],
    ["Vms", "DISK:[A]/-.DIR/A.TXT", "File", "Name", "is hyphens alone, which lead up from a directory of OpenVMS"],
    ["Vms", "SUB/A^", "Directory", "Name", 'ends in a "^", which OpenVMS takes for part of what is after it'],
    ["Vms", "SUB/A^.DIR/B", "File", "Name", 'ends in a "^", which OpenVMS takes for part of what is after it'],
    ["Vms", "SUB/A^", "File", "Name", 'ends in a "^", which OpenVMS takes for part of what is after it'],
    ["Vms", "v1.2/a.txt", "File", "Name", "holds a dot, which OpenVMS has in no name of a directory"],
    ["Vms", "DISK:[000000]/../X", "Directory", "AboveRoot", "it leads above the root of its device"],
    ["Mvs", "'ANNA.LIB.CNTL'/SUB", "Directory", "MemberAsDirectory", "z/OS has no directory in a partitioned data set"],
    [
      "Mvs",
      "'ANNA.LIB.CNTL'/SUB/X",
      "File",
      "BelowMember",
      "z/OS has nothing below a member of a partitioned data set"
    ],
    [
      "Mvs",
      "LIB.CNTL/..",
      "File",
      "WorkingDirectory",
      "it is the working directory itself, which has no relative name on z/OS"
    ],
    [
      "Mvs",
      "./",
      "Directory",
      "WorkingDirectory",
      "it is the working directory itself, which has no relative name on z/OS"
    ],
    ["Mvs", "../X", "File", "AboveRoot", "it leads above its first qualifier"]
  ] as const)("%s: %s of a %s can't be: %s, %s", (syntax, path, kind, reason, why) => {
    expect(NativePath.toNative(syntax, path, kind)).toEqual(Either.left({ reason, why }))
  })

  const text = FastCheck.string({
    unit: FastCheck.constantFrom(..."AB.;[]-/:'()*^ _1$"),
    maxLength: 30
  })

  it("becomes one without slashes, which stays as it is, or none at all", () => {
    FastCheck.assert(
      FastCheck.property(
        FastCheck.constantFrom("Vms" as const, "Mvs" as const),
        FastCheck.constantFrom("File" as const, "Directory" as const),
        FastCheck.constantFrom("DISK:[A]/", "SYS$LOGIN:/", "'A.'/", "A/"),
        text,
        (syntax, kind, root, rest) => {
          const native = NativePath.toNative(syntax, root + rest, kind)
          const isOf = { "DISK:[A]/": "Vms", "SYS$LOGIN:/": "Vms", "'A.'/": "Mvs", "A/": syntax }[root]
          if (Either.isRight(native) && isOf === syntax) {
            expect(native.right).not.toContain("/")
            expect(NativePath.toNative(syntax, native.right, kind)).toEqual(native)
          }
        }
      ),
      { numRuns: 3000 }
    )
  })
})

it.each([
  ["'ANNA.'", true],
  ["'ANNA'", true],
  ["'ANNA.LIB.CNTL'/..", true],
  ["'ANNA.'/LIB.CNTL/..", true],
  ["'ANNA.LIB.CNTL'", false],
  ["'ANNA.'/LIB.CNTL", false],
  ["LIB", false],
  ["/u/anna", false],
  ["'ANNA.'/..", false]
] as const)("z/OS: %s is a prefix, which nobody makes: %s", (path, expected) => {
  expect(NativePath.isAlwaysThere("Mvs", path)).toBe(expected)
  expect(NativePath.isAlwaysThere("Slashes", path)).toBe(false)
})

describe("the temporary name of an upload", () => {
  it("is recognised in a listing in the form that it has there", () => {
    for (const name of ["A_TXT_1A2B3C4D.FTP-EFFECT;1", "a_txt_old_1a2b3c4d.ftp-effect", "@#2B3C4D", "LIB.@#2B3C4D"]) {
      expect(NativeName.isUpload(name)).toBe(true)
    }
    for (const name of ["A.TXT;1", "FTP-EFFECT.TXT", "X@#2B3C4D", "@#2B3C4DE", "A_1A2B.FTP-EFFECT"]) {
      expect(NativeName.isUpload(name)).toBe(false)
    }
    expect(NativeName.backupOf("A_TXT_OLD_1A2B3C4D.FTP-EFFECT;1")).toEqual(Option.some("A_TXT"))
  })

  it("is at most as long as ODS-2 allows", () => {
    const [name = ""] = NativeName.inVms(`.${"long".repeat(30)}.old.1a2b3c4d.ftp-effect`).split(".")
    expect(name.length).toBeLessThanOrEqual(39)
  })
})

describe("a pattern below such a path", () => {
  it.each([
    ["Vms", "DISK:[ANNA]*.TXT", "DISK:[ANNA]", "*.TXT"],
    ["Vms", "[.SUB]/*/A.TXT", "[.SUB]", "*/A.TXT"],
    ["Vms", "SYS$LOGIN:*.TXT", "SYS$LOGIN:", "*.TXT"],
    ["Vms", "SYS$LOGIN:[.SUB]*.TXT", "SYS$LOGIN:[.SUB]", "*.TXT"],
    ["Mvs", "'ANNA.LIB.*'", "'ANNA.LIB.'", "*"],
    ["Mvs", "'ANNA.L*.CNTL'", "'ANNA.'", "L*.CNTL"],
    ["Mvs", "'ANNA.LIB.CNTL(M*)'", "'ANNA.LIB.CNTL'", "M*"]
  ] as const)("%s: %s is in %s as %s", (syntax, whole, directory, pattern) => {
    expect(NativePath.splitPattern(syntax, whole)).toEqual({ directory, pattern })
  })
})

describe("a directory without slashes", () => {
  it.each([
    ["DISK:[A]", "DISK:[A]", true],
    ["DISK:[a]", "disk:[A]", true],
    ["DISK:[A.B]", "DISK:[A]", true],
    ["DISK:[a.b.c]", "DISK:[A.B]", true],
    ["DISK:[A]/b", "DISK:[A]", true],
    ["DISK:[A]/", "DISK:[A]", true],
    ["DISK:[A]", "DISK:[000000]", true],
    ["DISK:[000000.A.B]", "DISK:[A]", true],
    ["DISK:[AB]", "DISK:[A]", false],
    ["DISK:[A]", "DISK:[A.B]", false],
    ["OTHER:[A]", "DISK:[000000]", false],
    ["OTHER:[A.B]", "DISK:[A]", false],
    ["'A.'", "'A.'", true],
    ["'A'", "'a.'", true],
    ["'a.LIB'", "'A.'", true],
    ["'a.LIB'", "'A'", true],
    ["'A.LIB(M)'", "'A.LIB'", true],
    ["'A.LIB.X'", "'A.LIB'", false],
    ["'A.LIBX'", "'A.LIB'", false],
    ["'AB.LIB'", "'A.'", false],
    ["/a/b", "/a", true],
    ["/a", "/", true],
    ["/ab", "/a", false],
    ["/A", "/a", false],
    ["/a", "DISK:[A]", false]
  ] as const)("%s is inside %s: %s", (path, directory, expected) => {
    expect(NativePath.isInside(path, directory)).toBe(expected)
  })

  it.each([
    ["DISK:[FTP]", "[]", "DISK:[FTP]"],
    ["DISK:[FTP]", "[.SUB.-]", "DISK:[FTP]"],
    ["DISK:[FTP.SUB]", "[-]", "DISK:[FTP]"],
    ["DISK:[FTP.SUB]", "[--]", "DISK:[000000]"],
    ["DISK:[FTP]", "DISK:[FTP]/SUB/..", "DISK:[FTP]"],
    ["DISK:[FTP]", "DISK:[FTP.SUB.-]", "DISK:[FTP]"],
    ["DISK:[FTP]", "DISK:[FTP.A.B.--]", "DISK:[FTP]"],
    ["DISK:[FTP]", "[FTP]", "DISK:[FTP]"],
    ["DISK:[FTP]", "[000000.FTP]", "DISK:[FTP]"],
    ["DISK:[FTP]", "DISK:[A^.B.C]", "DISK:[A^.B.C]"],
    ["DISK:[FTP]", "DISK:[000000]FTP.DIR;1", "DISK:[FTP]"],
    ["'FTP.'", "LIB.CNTL", "'FTP.LIB.CNTL'"],
    ["/home/ann", "../ann", "/home/ann"]
  ])("seen from %s, %s is %s", (home, path, expected) => {
    expect(NativePath.resolve(home, path)).toBe(expected)
  })

  it("is a root of a device", () => {
    expect(["DISK:[000000]", "disk:[000000]", "/", "//"].filter((path) => !NativePath.isRoot(path))).toEqual([])
    expect(["DISK:[A]", "DISK:[A.000000]", "'A.'", "/a", ""].filter(NativePath.isRoot)).toEqual([])
  })

  it("is not the same as one that is written with a way up: a listing may have such a name", () => {
    expect(NativePath.isSameDirectory("DISK:[000000]", "DISK:[A.-]")).toBe(false)
    expect(NativePath.isSameDirectory("DISK:[A]", "disk:[000000.a]")).toBe(true)
    expect(NativePath.isSameDirectory("'A.'", "'a'")).toBe(true)
    expect(NativePath.isSameDirectory("/a", "/a")).toBe(false)
  })
})
