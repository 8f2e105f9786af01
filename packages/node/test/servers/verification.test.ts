/**
 * Transfers that are proven, and uploads that are seen only when they are whole, with the real servers. Real time: they
 * are processes of their own.
 */
import * as Crypto from "node:crypto"
import * as Fs from "node:fs"
import * as Os from "node:os"
import * as Path from "node:path"
import { describe, expect, it } from "@effect/vitest"
import { FtpClient } from "@ftp-effect/core/FtpClient"
import * as FtpSource from "@ftp-effect/core/FtpSource"
import * as FtpTransfer from "@ftp-effect/core/FtpTransfer"
import * as HashReply from "@ftp-effect/core/protocol/HashReply"
import * as NodeFtp from "@ftp-effect/node/NodeFtp"
import * as NodeFtpHasher from "@ftp-effect/node/NodeFtpHasher"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import * as RealServer from "../support/RealServer.ts"

const MIB = 1024 * 1024
const CONTENT = Crypto.createHash("shake256", { outputLength: 3 * MIB })
  .update("content")
  .digest()

const hashOf = (algorithm: HashReply.Algorithm) =>
  Effect.map(NodeFtpHasher.make().make(algorithm), (made) => {
    const hashing = Option.getOrThrow(made)
    hashing.update(CONTENT)
    return hashing.digest()
  })

const connected = (server: RealServer.Shape, options: Partial<NodeFtp.Options> = {}) =>
  Effect.provide(
    NodeFtp.layer({
      url: `ftp://${server.user}@${server.host}:${server.port}`,
      password: Redacted.make(server.password),
      ...options
    })
  )

const folder = Effect.acquireRelease(
  Effect.sync(() => Fs.mkdtempSync(Path.join(Os.tmpdir(), "ftp-effect-verify-"))),
  (path) => Effect.sync(() => Fs.rmSync(path, { recursive: true, force: true }))
)

describe.skipIf(RealServer.isSkipped)("with ProFTPD's mod_digest", () => {
  it.scopedLive("every algorithm is asked for in the way that it takes, with any name", () =>
    Effect.gen(function* () {
      const server = yield* RealServer.make("proftpd")
      for (const name of ["a.txt", "a b.txt", 'q"x', "n 1 2", "dir/ü"]) {
        yield* server.write(name, CONTENT)
      }
      yield* Effect.gen(function* () {
        const client = yield* FtpClient
        for (const algorithm of HashReply.algorithms) {
          const expected = { algorithm, value: yield* hashOf(algorithm) }
          for (const name of ["a.txt", "a b.txt", "n 1 2", "dir/ü"]) {
            expect(yield* client.hash(name, algorithm)).toEqual(expected)
          }
        }
        expect((yield* client.hash('q"x')).value).toBe(yield* hashOf("SHA-256"))
        expect(yield* Effect.flip(client.hash("nowhere"))).toMatchObject({ _tag: "FtpRejected", reason: "NotFound" })
        // HASH was put back each time, so one session did all of it.
        expect(yield* server.sessionCount).toBe(1)
      }).pipe(connected(server))
    })
  )

  it.scopedLive("an empty file is proven by its hash too, though the X verbs take none", () =>
    Effect.gen(function* () {
      const server = yield* RealServer.make("proftpd")
      const local = yield* folder
      yield* server.write("empty", "")
      yield* Effect.gen(function* () {
        const value = Crypto.createHash("sha256").digest("hex")
        const proven = { bytes: 0, evidence: { _tag: "Hash", algorithm: "SHA-256", value } }
        const verify = "Hash"
        expect(yield* FtpTransfer.toFile("empty", Path.join(local, "down"), { verify })).toEqual(proven)
        for (const atomic of [false, true]) {
          const source = FtpSource.fromBytes(new Uint8Array(0))
          expect(yield* FtpTransfer.upload("up", source, { verify, atomic })).toEqual(proven)
        }
      }).pipe(connected(server))
    })
  )

  it.scopedLive("transfers both ways are proven by SHA-256", () =>
    Effect.gen(function* () {
      const server = yield* RealServer.make("proftpd")
      const local = yield* folder
      yield* Effect.gen(function* () {
        const client = yield* FtpClient
        const proven = {
          bytes: CONTENT.byteLength,
          evidence: { _tag: "Hash", algorithm: "SHA-256", value: yield* hashOf("SHA-256") }
        }
        const verify = "Hash"
        expect(yield* client.upload("up one", FtpSource.fromBytes(CONTENT), { verify })).toEqual(proven)
        expect(yield* FtpTransfer.toFile("up one", Path.join(local, "down"), { verify })).toEqual(proven)
        const options = { verify, atomic: true, times: "Keep" } as const
        expect(yield* FtpTransfer.fromFile(Path.join(local, "down"), "again", options)).toEqual(proven)
        expect(yield* Stream.runDrain(client.download("again", { verify }))).toBeUndefined()
        expect(Fs.readdirSync(server.home).sort()).toEqual(["again", "up one"])
        expect(Buffer.compare(yield* server.read("again"), CONTENT)).toBe(0)
        expect(Math.trunc(Fs.statSync(Path.join(server.home, "again")).mtimeMs / 1000)).toBe(
          Math.trunc(Fs.statSync(Path.join(local, "down")).mtimeMs / 1000)
        )
      }).pipe(connected(server))
    })
  )
})

for (const name of RealServer.configurableNames) {
  describe.skipIf(RealServer.isSkipped)(`with ${RealServer.titleOf(name)}`, () => {
    it.scopedLive(
      "an atomic upload replaces the old file, and one that is interrupted leaves it and nothing else",
      () =>
        Effect.gen(function* () {
          const server = yield* RealServer.make(name)
          yield* server.write("a.txt", "old")
          yield* Effect.gen(function* () {
            let sent = 0
            const send = FtpTransfer.upload("a.txt", FtpSource.fromBytes(CONTENT), {
              atomic: true,
              rate: MIB,
              onProgress: ({ bytes }) => {
                sent = bytes
              }
            })
            const fiber = yield* Effect.fork(send)
            while (sent < MIB / 2) {
              yield* Effect.sleep("10 millis")
            }
            yield* Fiber.interrupt(fiber)
            expect(Fs.readdirSync(server.home)).toEqual(["a.txt"])
            expect((yield* server.read("a.txt")).toString()).toBe("old")
            const options = { atomic: true, evidence: "Size" } as const
            yield* FtpTransfer.upload("a.txt", FtpSource.fromBytes(CONTENT), options)
            expect(Fs.readdirSync(server.home)).toEqual(["a.txt"])
            expect(Buffer.compare(yield* server.read("a.txt"), CONTENT)).toBe(0)
          }).pipe(connected(server))
        })
    )

    it.scopedLive("an atomic upload resumes when its session is killed, and the rate limit holds", () =>
      Effect.gen(function* () {
        const server = yield* RealServer.make(name)
        yield* Effect.gen(function* () {
          let sent = 0
          const began = performance.now()
          const fiber = yield* Effect.fork(
            FtpTransfer.upload("a.txt", FtpSource.fromBytes(CONTENT), {
              atomic: true,
              onProgress: ({ bytes }) => {
                sent = bytes
              }
            })
          )
          while (sent < MIB) {
            yield* Effect.sleep("10 millis")
          }
          yield* server.killSessions
          yield* Fiber.join(fiber)
          expect(performance.now() - began).toBeGreaterThan(950)
          expect(Fs.readdirSync(server.home)).toEqual(["a.txt"])
          expect(Buffer.compare(yield* server.read("a.txt"), CONTENT)).toBe(0)
        }).pipe(connected(server, { rate: 2 * MIB }))
      })
    )
  })
}
