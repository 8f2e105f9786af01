/**
 * vsftpd, ProFTPD, Pure-FTPd and pyftpdlib behind the relays: each started when it is first needed, one of each kind
 * for the campaign.
 *
 *     client ──► relays (weather) ──► a real server ──► its disk, where a scene has a folder of its own
 */
import * as Fs from "node:fs"
import { join } from "node:path"
import * as FtpEndpoint from "@ftp-effect/core/FtpEndpoint"
import * as NodeFtpTransport from "@ftp-effect/node/NodeFtpTransport"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Scope from "effect/Scope"
import { uid } from "../../../../scripts/servers/account.mjs"
import * as Certificates from "../support/Certificates.ts"
import * as RealServer from "../support/RealServer.ts"
import type { Scene } from "./plan.ts"
import type { Stage } from "./stage.ts"
import * as Weather from "./weather.ts"

export interface Real {
  readonly open: (scene: Scene) => Effect.Effect<Stage, never, Scope.Scope>
}

/** Four, plain and over TLS, each without a limit and with three of them. */
const MOST_SERVERS = 32

/** The servers end with the scope. */
export const make: Effect.Effect<Real, never, Scope.Scope> = Effect.gen(function* () {
  const around = yield* Effect.scope
  // Each ends with this process, and listens for its end.
  const before = process.getMaxListeners()
  process.setMaxListeners(MOST_SERVERS + before)
  yield* Effect.addFinalizer(() => Effect.sync(() => process.setMaxListeners(before)))
  const running = new Map<string, RealServer.Shape>()
  const { authority, server: identity } = yield* Certificates.make

  const serverOf = ({ limit, security, stage }: Scene) =>
    Effect.gen(function* () {
      const name = RealServer.serverNames.find((name) => name === stage)
      if (name === undefined) {
        return yield* Effect.dieMessage(`${stage} is no real server`)
      }
      const key = `${name} ${security} ${limit?.connections}`
      const found = running.get(key)
      if (found !== undefined) {
        return found
      }
      const started = yield* RealServer.make(name, {
        maxPerClient: limit?.connections,
        tls:
          security === "Plain"
            ? undefined
            : {
                mode: "Explicit",
                certificate: identity.certificate,
                key: Redacted.value(identity.key),
                requireReuse: name === "vsftpd" || name === "proftpd"
              }
      }).pipe(Scope.extend(around), Effect.orDie)
      running.set(key, started)
      return started
    })

  const open = (scene: Scene) =>
    Effect.gen(function* () {
      const server = yield* serverOf(scene)
      const weather = yield* Weather.overTcp(scene, NodeFtpTransport.make())
      const folder = join(server.home, `scene-${scene.index}`)
      yield* Effect.acquireRelease(
        Effect.sync(() => {
          Fs.mkdirSync(folder)
          Fs.lchownSync(folder, uid, uid)
        }),
        () => Effect.sync(() => Fs.rmSync(folder, { recursive: true, force: true }))
      )
      const local = (path: string) => join(server.home, path)
      const write = (path: string, bytes: Uint8Array) =>
        Effect.sync(() => {
          Fs.writeFileSync(local(path), bytes)
          Fs.lchownSync(local(path), uid, uid)
        })
      return {
        endpoint: FtpEndpoint.make(server),
        transport: weather.transport,
        authority,
        twin: undefined,
        root: `/scene-${scene.index}`,
        folder,
        write,
        replace: (path, bytes) =>
          Effect.zipRight(
            write(`${path}.new`, bytes),
            Effect.sync(() => Fs.renameSync(local(`${path}.new`), local(path)))
          ),
        setModified: (path, at) => Effect.sync(() => Fs.utimesSync(local(path), at, at)),
        read: (path) =>
          Effect.sync(() =>
            Fs.existsSync(local(path)) ? Option.some<Uint8Array>(Fs.readFileSync(local(path))) : Option.none()
          ),
        names: Effect.sync(() => Fs.readdirSync(folder)),
        restart: server.killSessions,
        calm: weather.calm,
        open: weather.open,
        end: Effect.succeed([])
      } satisfies Stage
    })
  return { open }
})
