import { describe, expect, it } from "@effect/vitest"
import * as RemotePath from "@ftp-effect/core/protocol/RemotePath"
import * as Reply from "@ftp-effect/core/protocol/Reply"
import * as FtpArbitrary from "@ftp-effect/core/testing/FtpArbitrary"
import * as FastCheck from "effect/FastCheck"
import * as Option from "effect/Option"

describe("RemotePath", () => {
  it.each([
    ["/", "/", "/", ""],
    ["", ".", "..", ""],
    [".", ".", "..", "."],
    ["..", "..", "../..", ".."],
    ["a", "a", ".", "a"],
    ["a/b/", "a/b", "a", "b"],
    ["/a//./b/../c", "/a/c", "/a", "c"],
    ["/../..", "/", "/", ".."],
    ["a/../..", "..", "../..", ".."],
    ["../a", "../a", "..", "a"],
    [" a / b ", " a / b ", " a ", " b "],
    ["/~", "/~", "/", "~"]
  ])("knows of %j: normalised %j, parent %j, base name %j", (path, normalised, parent, baseName) => {
    expect(RemotePath.normalise(path)).toBe(normalised)
    expect(RemotePath.parent(path)).toBe(parent)
    expect(RemotePath.baseName(path)).toBe(baseName)
  })

  it.each([
    ["/", "a", "/a"],
    ["/a", "b", "/a/b"],
    ["/a/", "b", "/a/b"],
    ["a", " b", "a/ b"],
    ["", "a", "a"],
    [".", "a", "a"],
    ["..", "a", "../a"],
    ["/a", "/b", "/a/b"]
  ])("joins %j and %j to %j", (directory, name, path) => {
    expect(RemotePath.join(directory, name)).toBe(path)
  })

  it("takes apart what it joins", () => {
    FastCheck.assert(
      FastCheck.property(FtpArbitrary.path, FtpArbitrary.remoteName, (directory, name) => {
        const path = RemotePath.join(directory, name)
        expect(RemotePath.baseName(path)).toBe(name)
        expect(RemotePath.parent(path)).toBe(RemotePath.normalise(directory))
        expect(RemotePath.isAbsolute(path)).toBe(RemotePath.isAbsolute(directory))
      })
    )
  })

  it("normalises once and for all, whatever the path", () => {
    const nasty = FastCheck.string({ unit: FastCheck.constantFrom("/", ".", "..", "a", " ") })
    FastCheck.assert(
      FastCheck.property(nasty, (path) => {
        const once = RemotePath.normalise(path)
        expect(RemotePath.normalise(once)).toBe(once)
        expect(RemotePath.isAbsolute(once)).toBe(RemotePath.isAbsolute(path))
        expect(once === "/" || !once.endsWith("/")).toBe(true)
      })
    )
  })

  it.each<[line: string, path: string | undefined]>([
    ['"/home/ann" is the current directory', "/home/ann"],
    ['"/"', "/"],
    ['"/qu""x" created', '/qu"x'],
    ['"/""" created', '/"'],
    ['"/qu"x" : is your current location', '/qu"x'],
    ['"/qux"" : is your current location', '/qux"'],
    ['"/a b" is your "current" location', "/a b"],
    ['"/a"\r', "/a"],
    ['" lead" x', " lead"],
    ["\"'HLQ.'\" is the working directory", "'HLQ.'"],
    ['"DEV:[A.B]"', "DEV:[A.B]"],
    ["/QSYS.LIB is current", "/QSYS.LIB"],
    ["  /a", "/a"],
    ['"/unterminated', undefined],
    ['"" is empty', undefined],
    ['"', undefined],
    ["", undefined],
    ['"/a\u0000b"', undefined],
    ['"/a\u001bb"', undefined],
    [`"/${"a".repeat(5000)}"`, undefined]
  ])("finds in the 257 reply %j the path %j (RFC 959 appendix II)", (line, path) => {
    expect(Option.getOrUndefined(RemotePath.fromReply257(Reply.make(257, line)))).toBe(path)
  })

  it("finds the quoted line of a 257 reply of several, and nothing in a refusal", () => {
    expect(RemotePath.fromReply257(Reply.make(257, "Note", '"/a" is current'))).toEqual(Option.some("/a"))
    expect(RemotePath.fromReply257(Reply.make(550, '"/a" denied'))).toEqual(Option.none())
  })

  it("reads any path that a server quotes by the rules", () => {
    FastCheck.assert(
      FastCheck.property(FtpArbitrary.path, FastCheck.string(), (path, comment) => {
        const found = RemotePath.fromReply257(Reply.make(257, `"${path.replaceAll('"', '""')}" ${comment}`))
        expect(Option.isNone(found) ? /[\x00-\x1f\x7f-\x9f]/.test(path) : found.value === path).toBe(true)
      })
    )
  })

  it.each<[name: string, posix: string | undefined, windows: string | undefined]>([
    ["a", undefined, undefined],
    [" a", undefined, undefined],
    ["...a", undefined, undefined],
    ["日本語", undefined, undefined],
    ["console", undefined, undefined],
    ["com", undefined, undefined],
    ["com10", undefined, undefined],
    ["", "is empty", "is empty"],
    [".", "means another directory", "means another directory"],
    ["..", "means another directory", "means another directory"],
    ["/etc", 'holds a "/"', 'holds a "/"'],
    ["a/../../b", 'holds a "/"', 'holds a "/"'],
    ["a\u0000", "holds a control character", "holds a control character"],
    ["a\nb", "holds a control character", "holds a control character"],
    ["\u001b[2J", "holds a control character", "holds a control character"],
    ["..\\..\\b", undefined, 'holds a "\\"'],
    ["C:", undefined, 'holds a ":"'],
    ["a:b", undefined, 'holds a ":"'],
    ["a?", undefined, 'holds a "?"'],
    ["a.", undefined, "ends in a dot or a space"],
    ["...", undefined, "ends in a dot or a space"],
    ["a ", undefined, "ends in a dot or a space"],
    ["con", undefined, "is a Windows device"],
    ["Nul.txt", undefined, "is a Windows device"],
    ["nul .tar.gz", undefined, "is a Windows device"],
    ["LPT\u00b9", undefined, "is a Windows device"],
    ["CONIN$", undefined, "is a Windows device"]
  ])("says of the name %j on POSIX %j, on Windows %j", (name, posix, windows) => {
    expect(Option.getOrUndefined(RemotePath.unsafeNameReason(name, "Posix"))).toBe(posix)
    expect(Option.getOrUndefined(RemotePath.unsafeNameReason(name, "Windows"))).toBe(windows)
    expect(RemotePath.isSafeName(name)).toBe(windows === undefined)
    expect(RemotePath.isSafeName(name, "Posix")).toBe(posix === undefined)
  })

  it("calls no name safe that leads out of its directory", () => {
    FastCheck.assert(
      FastCheck.property(
        FastCheck.string(),
        FastCheck.constantFrom("Posix" as const, "Windows" as const),
        (name, on) => {
          FastCheck.pre(RemotePath.isSafeName(name, on))
          expect(RemotePath.normalise(`/root/${name}`)).toBe(`/root/${name}`)
        }
      )
    )
  })

  it.each([
    ["pub/a1_B.txt", true],
    ["/", true],
    ["-a", false],
    ["a-b", false],
    ["", false],
    ["a b", false],
    ["*", false],
    ["[a]", false],
    ["é", false],
    ["a\n", false]
  ])("sends %j to LIST as it is: %s", (path, literal) => {
    expect(RemotePath.isLiteralListArgument(path)).toBe(literal)
  })
})
