import { inspect } from "node:util"
import { describe, expect, it } from "@effect/vitest"
import * as Command from "@ftp-effect/core/protocol/Command"
import * as WireText from "@ftp-effect/core/protocol/WireText"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import * as Redacted from "effect/Redacted"

const SECRET = "hunter2"

/** The bytes as text, one character a byte. */
const wire = (command: Command.Command): string =>
  Either.match(Command.encode(command), {
    onLeft: (error) => `refused: ${error.message}`,
    onRight: (bytes) => String.fromCharCode(...bytes)
  })

/** Each constructor with an argument, given one text. */
const withText: ReadonlyArray<readonly [string, (text: string) => Command.Command]> = [
  ["USER", Command.user],
  ["PASS", (text) => Command.pass(Redacted.make(text))],
  ["ACCT", (text) => Command.acct(Redacted.make(text))],
  ["HOST", Command.host],
  ["AUTH", Command.auth],
  ["PROT", Command.prot],
  ["OPTS", Command.opts],
  ["CLNT", Command.clnt],
  ["LANG", Command.lang],
  ["HELP", Command.help],
  ["TYPE", Command.type],
  ["MODE", Command.mode],
  ["STRU", Command.stru],
  ["PORT", Command.port],
  ["EPRT", Command.eprt],
  ["RETR", Command.retr],
  ["STOR", Command.stor],
  ["APPE", Command.appe],
  ["SIZE", Command.size],
  ["MDTM", Command.mdtm],
  ["MFMT", (text) => Command.mfmt("20260102030405", text)],
  ["MFMT", (text) => Command.mfmt(text, "a")],
  ["MFF", (text) => Command.mff("UNIX.mode=0644;", text)],
  ["MFF", (text) => Command.mffMode(0o644, text)],
  ["MFF", (text) => Command.mff(text, "a")],
  ["MLST", Command.mlst],
  ["MLSD", Command.mlsd],
  ["LIST", Command.list],
  ["NLST", Command.nlst],
  ["STAT", Command.stat],
  ["CWD", Command.cwd],
  ["MKD", Command.mkd],
  ["RMD", Command.rmd],
  ["DELE", Command.dele],
  ["RNFR", Command.rnfr],
  ["RNTO", Command.rnto],
  ["AVBL", Command.avbl],
  ["HASH", Command.hash],
  ["XCRC", Command.xCrc],
  ["XMD5", Command.xMd5],
  ["XSHA1", Command.xSha1],
  ["XSHA256", Command.xSha256],
  ["XSHA512", Command.xSha512],
  ["MD5", Command.md5],
  ["SITE", Command.site],
  ["SITE", (text) => Command.siteChmod(0o644, text)],
  ["NOOP", (text) => Command.raw(`NOOP ${text}`)],
  ["PASS", (text) => Command.raw(`PASS ${text}`)]
]

describe("Command.encode", () => {
  it.each([
    [Command.quit, "QUIT\r\n"],
    [Command.noop, "NOOP\r\n"],
    [Command.abor, "ABOR\r\n"],
    [Command.feat, "FEAT\r\n"],
    [Command.syst, "SYST\r\n"],
    [Command.pasv, "PASV\r\n"],
    [Command.epsv, "EPSV\r\n"],
    [Command.stou, "STOU\r\n"],
    [Command.cdup, "CDUP\r\n"],
    [Command.pwd, "PWD\r\n"],
    [Command.mlst(), "MLST\r\n"],
    [Command.list(), "LIST\r\n"],
    [Command.user("ann"), "USER ann\r\n"],
    [Command.pass(Redacted.make("")), "PASS \r\n"],
    [Command.cwd(" a b "), "CWD  a b \r\n"],
    [Command.cwd("é"), "CWD \u00c3\u00a9\r\n"],
    [Command.cwd("\udce9\udcff"), "CWD \u00e9\u00ff\u00ff\r\n"],
    [Command.rest(9_007_199_254_740_991), "REST 9007199254740991\r\n"],
    [Command.rang(1, 0), "RANG 1 0\r\n"],
    [Command.allo(12), "ALLO 12\r\n"],
    [Command.pbsz(0), "PBSZ 0\r\n"],
    [Command.mfmt("20260102030405", "a b"), "MFMT 20260102030405 a b\r\n"],
    [Command.mff("UNIX.mode=0644;", " a"), "MFF UNIX.mode=0644;  a\r\n"],
    [Command.siteChmod(0o4, "a"), "SITE CHMOD 004 a\r\n"],
    [Command.siteChmod(0o100644, "a"), "SITE CHMOD 644 a\r\n"],
    [Command.siteChmod(0o1777, "a"), "SITE CHMOD 1777 a\r\n"]
  ])("writes %o", (command, expected) => {
    expect(wire(command)).toBe(expected)
  })

  it.each(withText)("puts the argument of %s behind one SP, untouched", (verb, make) => {
    expect(wire(make(" x  y "))).toMatch(new RegExp(`^${verb} [^\\r\\n\\0]*(?<= ) ?x  y `))
    expect(Command.isSecret(make("a"))).toBe(verb === "PASS" || verb === "ACCT")
  })

  it.prop(
    "refuses CR, LF, NUL and lone surrogates in every argument of every constructor",
    [
      FastCheck.string({ unit: "binary" }),
      FastCheck.constantFrom("\r", "\n", "\0", "\r\n", "\udc0a", "\udc00", "\ud800"),
      FastCheck.string({ unit: "grapheme" })
    ],
    ([before, bad, after]) => {
      for (const [, make] of withText) {
        const encoded = Command.encode(make(before + bad + after))
        expect(Either.isLeft(encoded)).toBe(true)
      }
    }
  )

  it.prop("writes one line and gives each byte back", [FastCheck.uint8Array()], ([given]) => {
    const argument = given.filter((byte) => byte !== 0x00 && byte !== 0x0a && byte !== 0x0d)
    const line = wire(Command.retr(WireText.decode(argument)))
    expect(line).toMatch(/^RETR [^\r\n\0]*\r\n$/)
    expect(line.slice("RETR ".length, -2).replaceAll("\u00ff\u00ff", "\u00ff")).toBe(
      [...argument].map((byte) => String.fromCharCode(byte)).join("")
    )
  })

  it.each(["", "noop", "NO OP", "NOOP\r\nQUIT", "\u212aELVIN", "NOOP\t", "A".repeat(17)])(
    "refuses the verb %j",
    (verb) => {
      expect(wire({ verb, argument: undefined })).toBe("refused: a verb is 1 to 16 of A-Z and 0-9")
    }
  )

  it("refuses a secret that was wiped", () => {
    const password = Redacted.make(SECRET)
    Redacted.unsafeWipe(password)
    expect(wire(Command.pass(password))).toBe("refused: PASS: its secret was wiped")
  })

  it.each([
    Command.pass(Redacted.make(`${SECRET}\r\n`)),
    Command.raw(`PASS ${SECRET}\0`),
    Command.raw(`pass\t${SECRET}`),
    Command.raw(` PASS ${SECRET}`)
  ])("keeps the secret out of the refusal, case %#", (command) => {
    const encoded = Command.encode(command)
    expect(Either.isLeft(encoded)).toBe(true)
    expect(JSON.stringify(encoded)).not.toMatch(/hunter2/i)
    if (Either.isLeft(encoded)) expect(String(encoded.left) + encoded.left.message).not.toMatch(/hunter2/i)
  })
})

describe("Command.raw", () => {
  it.each([
    ["noop", "NOOP\r\n"],
    ["cwd  a ", "CWD  a \r\n"],
    ["Pass ", "PASS \r\n"],
    ["site umask", "SITE umask\r\n"],
    ["\u0131dle x", "refused: a verb is 1 to 16 of A-Z and 0-9"],
    ["", "refused: a verb is 1 to 16 of A-Z and 0-9"]
  ])("turns %j into %j", (line, expected) => {
    expect(wire(Command.raw(line))).toBe(expected)
  })
})

describe("Command.toLog", () => {
  it.each([
    [Command.pwd, "PWD"],
    [Command.cwd("a\u001b[2J\n\udce9"), "CWD a\\x1b[2J\\n\\xe9"],
    [Command.pass(Redacted.make(SECRET)), "PASS ****"],
    [Command.acct(Redacted.make(SECRET)), "ACCT ****"],
    [Command.raw(`pAsS ${SECRET}`), "PASS ****"],
    [Command.raw(`pass\t${SECRET}`), "****"],
    [Command.raw(` PASS ${SECRET}`), "****"],
    [{ verb: "PASS", argument: SECRET }, "PASS ****"],
    [{ verb: "SITE", argument: Redacted.make(SECRET) }, "SITE ****"],
    [Command.raw(`ADAT ${SECRET}`), "ADAT ****"],
    [Command.raw(`xaut 2 ${SECRET}`), "XAUT ****"],
    [Command.raw(`ENC ${SECRET}`), "ENC ****"],
    [Command.raw(`quote PASS ${SECRET}`), "QUOTE ****"],
    [Command.site(`PSWD old ${SECRET}`), "SITE ****"],
    [Command.site(`  pswd old ${SECRET}`), "SITE ****"],
    [Command.site(`CPWD ${SECRET}`), "SITE ****"],
    [Command.site(`PASSWD ${SECRET}`), "SITE ****"],
    [Command.site(`chpass ann ${SECRET}`), "SITE ****"],
    [Command.site(`GPASS ${SECRET}`), "SITE ****"],
    [Command.site(`PASSWORD=${SECRET}`), "SITE ****"],
    [Command.site(`ADDUSER bob ${SECRET}`), "SITE ****"],
    [Command.site(`EXEC mysql -p${SECRET}`), "SITE ****"],
    [Command.raw(`site PSWD old ${SECRET}`), "SITE ****"],
    [Command.raw(`SITE\tPSWD ${SECRET}`), "****"],
    [Command.siteChmod(0o644, "a"), "SITE CHMOD 644 a"],
    [Command.site("UTIME 20260102030405 password.txt"), "SITE UTIME 20260102030405 password.txt"],
    [Command.site("LRECL=80 RECFM=FB"), "SITE LRECL=80 RECFM=FB"],
    [Command.site("HELP PSWD"), "SITE HELP PSWD"]
  ])("shows %o as one line", (command, shown) => {
    expect(Command.toLog(command)).toBe(shown)
  })

  it.each(["PASS", "ACCT", "ADAT", "SITE PSWD old", "SITE EXEC"])("a raw %s command prints no secret", (start) => {
    const command = Command.raw(`${start} ${SECRET}`)
    expect(JSON.stringify(command) + inspect(command)).not.toContain(SECRET)
    expect(Command.isSecret(command)).toBe(true)
    expect(wire(command)).toBe(`${start} ${SECRET}\r\n`)
  })

  it.prop("never shows a password", [FastCheck.string({ unit: "binary" })], ([rest]) => {
    for (const command of [Command.pass(Redacted.make(SECRET + rest)), Command.raw(`PASS ${SECRET}${rest}`)]) {
      expect(Command.toLog(command)).toBe("PASS ****")
      expect(JSON.stringify(command)).not.toContain(SECRET)
    }
  })
})
