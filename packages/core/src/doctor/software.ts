/** Which server it is, by what it says of itself. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Command from "../protocol/Command.ts"
import * as Features from "../protocol/Features.ts"
import type { Reply } from "../protocol/Reply.ts"
import type { FtpSession } from "../session/FtpSession.ts"
import type { Examination } from "./examination.ts"
import * as Finding from "./Finding.ts"

/** A name, how it is known, and its section of `docs/servers.md`. The first group is the version. */
const KNOWN: ReadonlyArray<readonly [name: string, pattern: RegExp, section: string]> = [
  ["vsftpd", /vsFTPd(?: ([\d.]+))?/i, "vsftpd"],
  ["ProFTPD", /ProFTPD(?: (\d[\w.]*))?/i, "proftpd"],
  ["Pure-FTPd", /Pure-FTPd(?: (\d[\w.]*))?/i, "pure-ftpd"],
  ["FileZilla Server", /FileZilla Server(?: version)?(?: (\d[\w.]*))?/i, "filezilla-server"],
  ["IIS", /Microsoft FTP Service(?: \(Version ([\d.]+)\))?/i, "iis"],
  ["pyftpdlib", /pyftpdlib(?: ([\d.]+))?/i, "pyftpdlib"],
  ["Serv-U", /Serv-U FTP Server(?: v([\d.]+))?/i, "what-was-found-on-each-server"],
  ["inetutils' ftpd", /GNU inetutils(?: ([\d.]+))?/i, "inetutils-ftpd"],
  ["ftp-srv", /\bftp-srv\b/i, "ftp-srv"],
  ["ftp-effect serve", /ftp-effect serve/i, "servers-that-are-not-here"]
]

/** The server that some text is of. */
const recognise = (text: string) => {
  for (const [name, pattern, section] of KNOWN) {
    const match = pattern.exec(text)
    if (match !== null) {
      return { name, version: match[1], section }
    }
  }
  return undefined
}

const textOf = (reply: Reply): string => reply.lines.join("\n")

export const software = (examination: Examination) =>
  Effect.gen(function* () {
    const session = yield* examination.session
    const system = yield* Effect.option(session.run(Command.syst))
    const help = yield* recognise(textOf(session.greeting)) === undefined
      ? Effect.option(session.run(Command.help()))
      : Effect.succeedNone
    const syst = Option.match(system, { onNone: () => "", onSome: textOf })
    const found = recognise(
      [textOf(session.greeting), syst, Option.match(help, { onNone: () => "", onSome: textOf })].join("\n")
    )
    const facts = { name: found?.name ?? null, version: found?.version ?? null, system: syst === "" ? null : syst }
    const shown = syst === "" ? "" : `, SYST: ${syst.split("\n", 1)[0]?.slice(0, MAX_SHOWN)}`
    return found === undefined
      ? Finding.make("Software", "Note", `the server does not say which one it is${shown}`, { facts })
      : Finding.make(
          "Software",
          "Ok",
          `${found.name}${found.version === undefined ? "" : ` ${found.version}`}${shown}`,
          {
            facts,
            section: found.section
          }
        )
  })

const MAX_SHOWN = 60

/** What FEAT lists; the facts of MLST are not repeated. */
export const features = ({ features }: FtpSession): Finding.Finding => {
  const names = [...new Set(features.map(({ name, parameters }) => (name === "AUTH" ? `AUTH ${parameters}` : name)))]
  return names.length === 0
    ? Finding.make("Features", "Note", "FEAT lists nothing: each command is tried", { facts: { names: [] } })
    : Finding.make("Features", "Ok", names.map((name) => name.trim()).join(" "), {
        facts: {
          names,
          mlstFacts: Features.mlstFacts(features).map(({ name }) => name)
        }
      })
}
