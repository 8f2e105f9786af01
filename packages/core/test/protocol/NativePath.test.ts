import { describe, expect, it } from "@effect/vitest"
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
