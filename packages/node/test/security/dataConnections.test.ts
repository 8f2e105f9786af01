// Real time: sockets don't run by the TestClock.
import * as Net from "node:net"
import { assert, describe, it } from "@effect/vitest"
import * as FtpSecurity from "@ftp-effect/core/FtpSecurity"
import * as Command from "@ftp-effect/core/protocol/Command"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { dataModes, trusting } from "../support/dataModes.ts"
import { active, download, HELLO, open, type Server, serve, stored, upload } from "../support/secured.ts"

/** The port that the session listens at, once it has said so. */
const announcedPort = (server: Server): Effect.Effect<number> =>
  Effect.gen(function* () {
    while (true) {
      const line = (yield* server.commands).findLast((line) => line.startsWith("EPRT "))
      const port = line?.split("|")[3]
      if (port !== undefined) {
        return Number(port)
      }
      yield* Effect.sleep("10 millis")
    }
  })

/** A host that is not the server dials; returns how it went. */
const strangerAt = (port: number): Effect.Effect<string> =>
  Effect.async((resume) => {
    const socket = Net.connect({ host: "127.0.0.1", port, localAddress: "127.0.0.2" })
    let outcome = "nothing"
    socket.on("data", () => {
      outcome = "bytes"
    })
    socket.on("error", (error) => {
      outcome = "code" in error ? String(error.code) : error.message
    })
    socket.on("close", () => resume(Effect.succeed(outcome)))
  })

describe("a data connection without a handshake", () => {
  const attacks: ReadonlyArray<
    readonly [how: "Refuse" | "Withhold" | "Clear", error: { readonly _tag: string; readonly reason: string }]
  > = [
    ["Refuse", { _tag: "FtpRejected", reason: "Other" }],
    ["Withhold", { _tag: "FtpConnectError", reason: "TimedOut" }],
    ["Clear", { _tag: "FtpConnectError", reason: "Tls" }]
  ]
  for (const [mode, data] of dataModes) {
    for (const [how, expected] of attacks) {
      it.scopedLive(`${mode}, ${how}: is a typed failure, and nothing is sent unencrypted`, () =>
        Effect.gen(function* () {
          const server = yield* serve()
          const timeouts = { dataStall: Duration.millis(400) }
          const session = yield* open(server, yield* trusting, { data, timeouts })
          yield* server.fault({ _tag: "BadHandshake", verb: ["RETR", "STOR"], how, times: 2 })
          const down = yield* Effect.flip(download(session))
          assert.strictEqual(down._tag, expected._tag, down.message)
          const again = yield* open(server, yield* trusting, { data, timeouts })
          const up = yield* Effect.flip(upload(again, "up.txt", "secret bytes"))
          // In clear our handshake is the file, which the server confirms, and a 226 is no reason to believe in it.
          assert.strictEqual(up._tag, how === "Clear" ? "FtpConnectError" : expected._tag, up.message)
          assert.notInclude(yield* stored(server, "/up.txt"), "secret")
        })
      )
    }

    it.scopedLive(`${mode}: one that waits for the ClientHello before its 150 is served`, () =>
      Effect.gen(function* () {
        const server = yield* serve(() => ({ requireReuse: "vsftpd" }))
        const timeouts = { preliminary: Duration.millis(100) }
        const session = yield* open(server, yield* trusting, { data, timeouts })
        yield* server.fault({ _tag: "HandshakeFirst", times: 3 })
        assert.strictEqual(yield* download(session), HELLO)
        assert.strictEqual(yield* download(session, "empty"), "")
        assert.strictEqual(yield* upload(session, "up.txt", "x"), 1)
      })
    )
  }

  it.scopedLive("a server that sets PROT C by itself gets no unencrypted data", () =>
    Effect.gen(function* () {
      const server = yield* serve()
      const timeouts = { dataStall: Duration.millis(400) }
      const session = yield* open(server, yield* trusting, { timeouts })
      yield* session.run(Command.prot("C"))
      yield* Effect.flip(upload(session, "up.txt", "secret bytes"))
      assert.notInclude(yield* stored(server, "/up.txt"), "secret")
    })
  )
})

describe("an address that is not the server's", () => {
  for (const tls of [true, false]) {
    it.scopedLive(
      `active, ${tls ? "TLS" : "unencrypted"}: a stranger who dials first is turned away, the server is let in`,
      () =>
        Effect.gen(function* () {
          const server = yield* serve(() => ({ required: tls, requireReuse: tls ? "vsftpd" : undefined }))
          const session = yield* open(server, tls ? yield* trusting : FtpSecurity.layerPlain, { data: active })
          yield* server.fault({ _tag: "Delay", verb: "RETR", duration: "500 millis" })
          const downloading = yield* Effect.fork(download(session))
          const stranger = yield* Effect.fork(strangerAt(yield* announcedPort(server)))
          assert.strictEqual(yield* Fiber.join(downloading), HELLO)
          assert.strictEqual(yield* Fiber.join(stranger), "ECONNRESET")
        })
    )
  }

  it.scopedLive("in a 227 is not dialled: the control connection's is (CVE-2020-8284)", () =>
    Effect.gen(function* () {
      const server = yield* serve(undefined, { denied: ["EPSV"] })
      yield* server.fault({ _tag: "ForeignPasv", host: "127.0.0.3", times: 2 })
      const session = yield* open(server, yield* trusting)
      assert.strictEqual(yield* download(session), HELLO)
      assert.strictEqual(yield* upload(session, "up.txt", "x"), 1)
      assert.include(yield* server.commands, "PASV")
    })
  )
})
