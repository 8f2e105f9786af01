/** The server's side of a real server: its disk. */
import * as Fs from "node:fs"
import * as FtpEndpoint from "@ftp-effect/core/FtpEndpoint"
import * as WireText from "@ftp-effect/core/protocol/WireText"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { uid } from "../../../../scripts/servers/account.mjs"
import { ServerSide, type Traits } from "../../../core/test/suites/client/ServerSide.ts"
import { RealServer, type ServerName } from "./RealServer.ts"

const PERMISSION_BITS = 0o7777

/** What they have in common; they run as their user, on a disk. */
const COMMON: Traits = {
  mlsx: true,
  setsTimes: true,
  setsModes: true,
  sizes: true,
  tellsTimes: true,
  showsDotfiles: true,
  listsModes: true,
  checksModes: true,
  anyBytes: true,
  statsLinks: true,
  listsLinks: true,
  saysMissing: ["SIZE", "MDTM"],
  seesDanglingLinks: true,
  unlisted: [],
  unusable: [],
  makesAnyName: true
}

const traits: { readonly [S in ServerName]: Traits } = {
  vsftpd: { ...COMMON, mlsx: false, statsLinks: false },
  proftpd: { ...COMMON, statsLinks: false, seesDanglingLinks: false, makesAnyName: false },
  "pure-ftpd": {
    ...COMMON,
    unlisted: ["tab\tin it"],
    unusable: ["tab\tin it", " ", "trailing ", "back\\slash", "\\", "ends\\"]
  },
  pyftpdlib: {
    ...COMMON,
    statsLinks: false,
    listsLinks: false,
    saysMissing: [],
    seesDanglingLinks: false,
    anyBytes: false
  },
  inetutils: {
    ...COMMON,
    mlsx: false,
    setsTimes: false,
    statsLinks: false,
    saysMissing: ["MDTM"]
  }
}

export const layer: Layer.Layer<ServerSide, never, RealServer> = Layer.effect(
  ServerSide,
  Effect.map(RealServer, (server) => {
    // A name is bytes on the disk and on the wire; here it is text that stands for them.
    const local = (path: string) => Buffer.concat([Buffer.from(server.home), Either.getOrThrow(WireText.encode(path))])
    const own = (path: string) => Fs.lchownSync(local(path), uid, uid)
    return ServerSide.of({
      endpoint: FtpEndpoint.make(server),
      traits: traits[server.name],
      write: (path, content) =>
        Effect.sync(() => {
          Fs.writeFileSync(local(path), content)
          own(path)
        }),
      read: (path) => Effect.sync(() => Fs.readFileSync(local(path))),
      makeDirectory: (path) =>
        Effect.sync(() => {
          Fs.mkdirSync(local(path))
          own(path)
        }),
      link: (path, target) =>
        Effect.sync(() => {
          Fs.symlinkSync(target, local(path))
          own(path)
        }),
      look: (path) =>
        Effect.sync(() => {
          const stats = Fs.lstatSync(local(path), { throwIfNoEntry: false })
          return Option.map(Option.fromNullable(stats), (stats) => ({
            type: stats.isDirectory() ? "Directory" : stats.isSymbolicLink() ? "SymbolicLink" : "File",
            size: stats.size,
            modified: Math.floor(stats.mtimeMs),
            mode: stats.mode & PERMISSION_BITS
          }))
        }),
      names: (path) =>
        Effect.sync(() =>
          Fs.readdirSync(local(path), { encoding: "buffer" })
            .map((name) => WireText.decode(name))
            .sort()
        ),
      setModified: (path, millis) => Effect.sync(() => Fs.utimesSync(local(path), millis / 1000, millis / 1000)),
      setMode: (path, mode) => Effect.sync(() => Fs.chmodSync(local(path), mode)),
      sessions: server.sessionCount,
      breakSessions: server.killSessions
    })
  })
)
