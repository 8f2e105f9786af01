import { describe, expect, it } from "@effect/vitest"
import * as PathSyntax from "#core/control/pathSyntax"
import * as Command from "#core/protocol/Command"

const translated = (system: "Vms" | "Mvs" | "Slashes", command: Command.Command) =>
  PathSyntax.translate({ paths: { home: system, system } }, command)

describe("a path among the words of a command", () => {
  it.each([
    ["Vms", Command.mfmt("20231014172000", "SUB/A.TXT"), "20231014172000 [.SUB]A.TXT"],
    ["Vms", Command.mffMode(0o644, "SUB/A.TXT"), "UNIX.mode=0644; [.SUB]A.TXT"],
    ["Vms", Command.mdtm("20231014172000 SUB/A.TXT"), "20231014172000 [.SUB]A.TXT"],
    ["Vms", Command.mdtm("SUB/A.TXT"), "[.SUB]A.TXT"],
    ["Vms", Command.siteChmod(0o644, "DISK:[A]/SUB/A.TXT"), "CHMOD 644 DISK:[A.SUB]A.TXT"],
    ["Vms", Command.site("UTIME 20231014172000 SUB/A.TXT"), "UTIME 20231014172000 [.SUB]A.TXT"],
    [
      "Vms",
      Command.site("UTIME SUB/A.TXT 20231014172000 20231014172000 20231014172000 UTC"),
      "UTIME [.SUB]A.TXT 20231014172000 20231014172000 20231014172000 UTC"
    ],
    ["Mvs", Command.siteChmod(0o644, "LIB.CNTL/A"), "CHMOD 644 LIB.CNTL(A)"],
    ["Mvs", Command.mdtm("20231014172000 'A.'/LIB.CNTL/A"), "20231014172000 'A.LIB.CNTL(A)'"],
    ["Mvs", Command.site("FILETYPE=JES"), "FILETYPE=JES"],
    ["Slashes", Command.siteChmod(0o644, "SUB/A.TXT"), "CHMOD 644 SUB/A.TXT"]
  ] as const)("is written as %s does: %o", (system, command, expected) => {
    expect(translated(system, command)).toEqual({ verb: command.verb, argument: expected })
  })

  it("is refused if the system has none", () => {
    expect(translated("Vms", Command.siteChmod(0o644, "v1.2/a.txt"))).toMatchObject({
      _tag: "FtpUsageError",
      why: "the name holds a dot, which OpenVMS has in no name of a directory"
    })
    expect(translated("Mvs", Command.dele("LIB.CNTL/.."))).toMatchObject({ _tag: "FtpUsageError" })
  })
})
