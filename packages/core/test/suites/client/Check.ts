/**
 * How a case of the client suite runs: a fresh directory on the server, a fresh pool, and at the end the proof that
 * nothing is lent out, and after the pool's scope that the server has no session.
 *
 * Servers answer in real time, so all of it runs on the live clock.
 */
import * as Crypto from "node:crypto"
import * as Fs from "node:fs"
import * as Os from "node:os"
import * as Path from "node:path"
import { assert, type Vitest } from "@effect/vitest"
import * as FtpClient from "@ftp-effect/core/FtpClient"
import type { FtpDataChannel } from "@ftp-effect/core/FtpDataChannel"
import type { FtpLocalFile } from "@ftp-effect/core/FtpLocalFile"
import * as FtpPool from "@ftp-effect/core/FtpPool"
import type { FtpSecurity } from "@ftp-effect/core/FtpSecurity"
import type { FtpTransport } from "@ftp-effect/core/FtpTransport"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { MIB, noise } from "../../support/bytes.ts"
import { ServerSide } from "./ServerSide.ts"

/** What a case works with. */
export interface On {
  readonly client: FtpClient.FtpClient
  readonly pool: FtpPool.FtpPool
  readonly server: ServerSide["Type"]
  /** The case's own directory on the server, empty at first. */
  readonly root: string
  /** A path below `root`. */
  readonly at: (name: string) => string
  /** A path in a local folder, empty at first. */
  readonly local: (name: string) => string
  readonly localNames: () => ReadonlyArray<string>
}

export type Check = (
  name: string,
  body: (on: On) => Effect.Effect<unknown, unknown, FtpPool.FtpPool | FtpLocalFile | Scope.Scope>,
  /** `millis` is the time that a longer case may take. */
  options?: { readonly sessions?: number | undefined; readonly millis?: number | undefined }
) => void

/** What every server's layer provides. */
export type Services = ServerSide | FtpTransport | FtpSecurity | FtpDataChannel | FtpLocalFile

/** Real servers on two busy cores: far more than any case takes, far less than a hang. */
const CASE_MILLIS = 30_000
const SESSIONS = 4

export const makeCheck = (it: Vitest.MethodsNonLive<Services, true>): Check => {
  let count = 0
  return (name, body, options = {}) =>
    it.effect(
      name,
      () =>
        Effect.gen(function* () {
          const server = yield* ServerSide
          count++
          const root = `/case${count}`
          yield* server.makeDirectory(root)
          yield* Effect.scoped(
            Effect.gen(function* () {
              const context = yield* Layer.build(
                FtpClient.layerPooled({ endpoints: [server.endpoint], maxPerHost: options.sessions ?? SESSIONS })
              )
              const pool = Context.get(context, FtpPool.FtpPool)
              const folder = yield* localFolder
              yield* body({
                client: Context.get(context, FtpClient.FtpClient),
                pool,
                server,
                root,
                at: (name) => `${root}/${name}`,
                local: (name) => Path.join(folder, name),
                localNames: () => Fs.readdirSync(folder)
              }).pipe(Effect.scoped, Effect.provide(context))
              yield* nothingLent(pool)
              const [status] = yield* pool.status
              yield* eventually("the server has the pool's sessions only", server.sessions, status?.live ?? 0)
            })
          )
          yield* eventually("the server has no session when the pool is closed", server.sessions, 0)
        }).pipe(Logger.withMinimumLogLevel(LogLevel.None)),
      options.millis ?? CASE_MILLIS
    )
}

export const nothingLent = (pool: FtpPool.FtpPool): Effect.Effect<void> =>
  Effect.map(pool.status, (hosts) =>
    assert.deepStrictEqual(
      hosts.map(({ inUse }) => inUse),
      hosts.map(() => 0),
      "no session is lent out"
    )
  )

const localFolder = Effect.acquireRelease(
  Effect.sync(() => Fs.mkdtempSync(Path.join(Os.tmpdir(), "ftp-effect-client-"))),
  (path) => Effect.sync(() => Fs.rmSync(path, { recursive: true }))
)

const POLL_MILLIS = 10
const POLLS = 500

/** A server ends a session, or finishes a file, in its own time. */
export const eventually = <A>(what: string, actual: Effect.Effect<A>, expected: A): Effect.Effect<void> =>
  Effect.gen(function* () {
    for (let poll = 1; poll < POLLS; poll++) {
      const value = yield* actual
      if (JSON.stringify(value) === JSON.stringify(expected)) {
        return
      }
      yield* Effect.sleep(POLL_MILLIS)
    }
    assert.deepStrictEqual(yield* actual, expected, what)
  })

/** The failure of an effect that must fail. */
export const failureOf = <A, E, R>(self: Effect.Effect<A, E, R>): Effect.Effect<E, never, R> =>
  Effect.matchEffect(self, {
    onFailure: Effect.succeed,
    onSuccess: (value) => Effect.dieMessage(`should have failed, but was ${JSON.stringify(value)}`)
  })

/** The server must refuse it, and the client must know why. */
export const refuses = <A, E extends { readonly _tag: string; readonly message: string }, R>(
  self: Effect.Effect<A, E, R>,
  ...reasons: ReadonlyArray<string>
): Effect.Effect<void, never, R> =>
  Effect.map(failureOf(self), (error) => {
    assert.strictEqual(error._tag, "FtpRejected", error.message)
    assert.include(reasons, "reason" in error ? error.reason : undefined, error.message)
  })

/**
 * More than every buffer between the server's disk and us holds, so that a consumer who stops makes the server wait.
 */
export const large = noise(40 * MIB)

export const digest = (bytes: Uint8Array): string => Crypto.createHash("sha256").update(bytes).digest("hex")

/** The digest and length of a download: equality of content without printing megabytes. */
export const digestOf = <E, R>(bytes: Stream.Stream<Uint8Array, E, R>) =>
  Stream.runFold(bytes, { hash: Crypto.createHash("sha256"), length: 0 }, ({ hash, length }, chunk) => ({
    hash: hash.update(chunk),
    length: length + chunk.byteLength
  })).pipe(Effect.map(({ hash, length }) => ({ digest: hash.digest("hex"), length })))

export const expected = (bytes: Uint8Array) => ({ digest: digest(bytes), length: bytes.byteLength })

export const text = <E, R>(bytes: Stream.Stream<Uint8Array, E, R>): Effect.Effect<string, E, R> =>
  Effect.map(Stream.runCollect(bytes), (chunks) => Buffer.concat([...chunks]).toString("utf8"))

/** The content on the server's side. */
export const stored = (server: ServerSide["Type"], path: string): Effect.Effect<string> =>
  Effect.map(server.read(path), (bytes) => Buffer.from(bytes).toString("utf8"))

export const kindOf = (server: ServerSide["Type"], path: string): Effect.Effect<string> =>
  Effect.map(server.look(path), Option.match({ onNone: () => "Nothing", onSome: ({ type }) => type }))
