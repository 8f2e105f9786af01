/** The server's side of the embedded server. It needs a transport, of whatever kind. */
import * as FtpEndpoint from "@ftp-effect/core/FtpEndpoint"
import * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { ServerSide, type Traits } from "./ServerSide.ts"

const FULL: Traits = {
  mlsx: true,
  setsTimes: true,
  setsModes: true,
  sizes: true,
  tellsTimes: true,
  showsDotfiles: true,
  listsModes: true,
  checksModes: false,
  anyBytes: true,
  statsLinks: true,
  listsLinks: true,
  saysMissing: ["SIZE", "MDTM"],
  seesDanglingLinks: true,
  unlisted: [],
  unusable: [],
  makesAnyName: true
}

const PASSWORD = "correct horse"

export interface EmbeddedOptions {
  readonly server?: FtpTestServer.Options | undefined
  readonly traits?: Partial<Traits> | undefined
}

export const layer = (options: EmbeddedOptions = {}) =>
  Layer.scoped(
    ServerSide,
    Effect.gen(function* () {
      const server = yield* FtpTestServer.make({ users: { ann: PASSWORD }, ...options.server })
      const { store } = server
      return ServerSide.of({
        endpoint: FtpEndpoint.make({
          host: server.address.host,
          port: server.address.port,
          user: "ann",
          password: PASSWORD
        }),
        traits: { ...FULL, ...options.traits },
        write: (path, content) => Effect.orDie(server.write(path, content)),
        read: (path) => Effect.orDie(server.read(path)),
        makeDirectory: (path) => Effect.orDie(store.makeDirectory(path)),
        link: (path, target) => Effect.orDie(store.makeLink(path, target)),
        look: (path) =>
          Effect.option(Effect.map(store.lstat(path), (info) => ({ ...info, modified: info.modified ?? Number.NaN }))),
        names: (path) => Effect.orDie(Effect.map(store.list(path), (found) => found.map(({ name }) => name).sort())),
        setModified: (path, millis) => Effect.orDie(store.setModified(path, millis)),
        setMode: (path, mode) => Effect.orDie(store.setMode(path, mode)),
        sessions: Effect.map(server.connections, ({ current }) => current),
        breakSessions: server.resetConnections
      })
    })
  )
