/** Which names need no closer look: what they must not be by any rule that looks closer. */
import { describe, expect, it } from "@effect/vitest"
import * as FtpTransfer from "@ftp-effect/core/FtpTransfer"
import * as RemotePath from "@ftp-effect/core/protocol/RemotePath"
import * as FastCheck from "effect/FastCheck"
import * as InUse from "#core/mirror/inUse"
import * as UsualName from "#core/protocol/UsualName"

describe("a usual name", () => {
  it.each(["a", "index.html", "My photo 1.jpg", "a--b..c", "README", "x_1-", "archive.tar.gz", "2026-11-30"])(
    "is one of letters, digits, blanks, dots and hyphens: %s",
    (name) => expect(UsualName.isUsual(name)).toBe(true)
  )

  it.each([
    "",
    ".",
    "..",
    ".htaccess",
    " a",
    "a ",
    "a.",
    "a/b",
    "a\\b",
    "a:b",
    "a\n",
    "a\u0085",
    "é",
    "\ufffd",
    "\udce9",
    "a.ftp-effect.part",
    "A_1a2b3c4d.FTP-EFFECT",
    "www.ftp-effect-next-20261130110000-1a2b3c4d",
    "LIB.@#1a2b3c"
  ])("is none that a rule may be about: %j", (name) => expect(UsualName.isUsual(name)).toBe(false))

  it("means itself on each system with slashes, and is none of our own", () => {
    const characters = FastCheck.constantFrom(..."aZ09_-. ftp-effect.part@#/\\:\0\n\u007f\u0085é\ufffd\udce9")
    const names = FastCheck.string({ unit: characters, maxLength: 24 })
    FastCheck.assert(
      FastCheck.property(names, (name) => {
        if (UsualName.isUsual(name)) {
          expect(RemotePath.isSafeName(name, "Posix")).toBe(true)
          expect(FtpTransfer.isReservedName(name)).toBe(false)
          expect(InUse.isUpload({ path: name, type: "File" })).toBe(false)
          expect(InUse.isTemporaryDirectory({ path: name, type: "Directory" })).toBe(false)
        }
      }),
      { numRuns: 2000 }
    )
  })
})
