/**
 * A real FTP server for one scope or one suite: vsftpd, ProFTPD, Pure-FTPd or pyftpdlib on a free loopback port, with
 * an account and folders of its own. How each is configured and started is in `scripts/servers`.
 *
 *     make ──► running ──killSessions──► running
 *                └─the scope closes ──► sessions ended, server ended, folder removed
 */
import * as fs from "node:fs/promises"
import * as os from "node:os"
import * as path from "node:path"
import * as Context from "effect/Context"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import { uid } from "../../../../scripts/servers/account.mjs"
import {
  configurableNames,
  type ServerName,
  serverNames,
  startServer,
  type Tls,
  titleOf,
  type Variant
} from "../../../../scripts/servers/start.mjs"

export type { ServerName, Tls, Variant }
export { configurableNames, serverNames, titleOf }

/**
 * Whether somebody who has no real servers asked to go without: `describe.skipIf(isSkipped)`. Without it a missing
 * server is a failure.
 */
export const isSkipped = process.env.FTP_EFFECT_SKIP_SERVERS === "1"

/** The server is not installed, or did not start; `message` says what to do or what it printed. */
export class RealServerError extends Data.TaggedError("RealServerError")<{ readonly message: string }> {}

export interface Shape {
  readonly name: ServerName
  /** Numeric, without brackets. */
  readonly host: string
  readonly port: number
  readonly user: string
  readonly password: string
  /** The user's `/`, on this disk. Tests may read and write below it; `write` and `own` keep it the user's. */
  readonly home: string
  /** Process ids of the sessions that are open now. vsftpd has two for a session, and three over TLS. */
  readonly sessions: Effect.Effect<ReadonlyArray<number>>
  readonly sessionCount: Effect.Effect<number>
  /** Ends every open session by SIGKILL, as a crash of the server's process would: both its connections break. */
  readonly killSessions: Effect.Effect<void>
  /** Ends the server before its scope does. */
  readonly stop: Effect.Effect<void>
  /** Writes a file of the user's below `home`, folders included. */
  readonly write: (name: string, bytes: Uint8Array | string) => Effect.Effect<void>
  readonly read: (name: string) => Effect.Effect<Uint8Array>
  /** Gives all that is below `home` to the user. */
  readonly own: Effect.Effect<void>
  /** Takes away all that is below `home`. */
  readonly clear: Effect.Effect<void>
}

/** A running server, shared by a suite through `layer`. */
export class RealServer extends Context.Tag("@ftp-effect/node/test/RealServer")<RealServer, Shape>() {}

/** Starts a server; it ends with the scope. */
export const make = (name: ServerName, variant: Variant = {}): Effect.Effect<Shape, RealServerError, Scope.Scope> =>
  Effect.gen(function* () {
    const root = yield* temporaryFolder
    const server = yield* Effect.acquireRelease(
      Effect.tryPromise({
        try: () => startServer(name, { ...variant, root }),
        catch: (error) => new RealServerError({ message: error instanceof Error ? error.message : String(error) })
      }),
      (running) => Effect.promise(() => running.stop())
    )
    const below = (file: string) => path.join(server.home, file)
    return {
      name,
      host: server.host,
      port: server.port,
      user: server.user,
      password: server.password,
      home: server.home,
      sessions: Effect.sync(() => server.sessions().map((session) => session.pid)),
      sessionCount: Effect.sync(() => server.sessionCount()),
      killSessions: Effect.sync(() => server.killSessions()),
      stop: Effect.promise(() => server.stop()),
      write: (file, bytes) =>
        Effect.promise(async () => {
          const first = await fs.mkdir(path.dirname(below(file)), { recursive: true })
          await fs.writeFile(below(file), bytes)
          await ownAll(first ?? below(file))
        }),
      read: (file) => Effect.promise(() => fs.readFile(below(file))),
      own: Effect.promise(() => ownAll(server.home)),
      clear: Effect.promise(async () => {
        for (const entry of await fs.readdir(server.home)) {
          await fs.rm(below(entry), { recursive: true, force: true })
        }
      })
    }
  })

/** The server of a suite: `layer(RealServer.layer("vsftpd"))("…", (it) => …)`. */
export const layer = (name: ServerName, variant?: Variant): Layer.Layer<RealServer, RealServerError> =>
  Layer.scoped(RealServer, make(name, variant))

const temporaryFolder = Effect.acquireRelease(
  Effect.promise(() => fs.mkdtemp(path.join(os.tmpdir(), "ftp-effect-"))),
  (folder) => Effect.promise(() => fs.rm(folder, { recursive: true, force: true, maxRetries: 3 }))
)

const ownAll = async (top: string): Promise<void> => {
  await fs.lchown(top, uid, uid)
  if ((await fs.lstat(top)).isDirectory()) {
    for (const entry of await fs.readdir(top)) await ownAll(path.join(top, entry))
  }
}
