import * as Net from "node:net"
import { assert, describe, it } from "@effect/vitest"
import * as FtpClient from "@ftp-effect/core/FtpClient"
import * as FtpSecurity from "@ftp-effect/core/FtpSecurity"
import type * as FtpSession from "@ftp-effect/core/FtpSession"
import * as Command from "@ftp-effect/core/protocol/Command"
import type { Fault } from "@ftp-effect/core/testing/FtpTestServer"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import { eventually } from "../../../core/test/suites/client/Check.ts"
import * as Certificates from "../support/Certificates.ts"
import {
  active,
  download,
  endpointOf,
  HELLO,
  type On,
  open,
  passive,
  type Server,
  serve,
  services,
  stored,
  upload
} from "../support/secured.ts"

// Real time throughout: sockets don't run by the TestClock.

const { layerExplicit, layerImplicit } = FtpSecurity

const trusting = Effect.map(Certificates.make, ({ authority }) => layerExplicit({ authorities: [authority] }))

const dataModes = [
  ["passive", passive],
  ["active", active]
] as const

const textOf = (bytes: Stream.Stream<Uint8Array, unknown>) =>
  Effect.map(Stream.runCollect(bytes), (chunks) => Buffer.concat([...chunks]).toString())

describe("a server that wants the control connection's TLS session on data connections", () => {
  for (const version of ["TLSv1.2", "TLSv1.3"] as const) {
    for (const requireReuse of ["vsftpd", "ProFTPD"] as const) {
      for (const [mode, data] of dataModes) {
        it.scopedLive(`${version}, as ${requireReuse}, ${mode}: gets it again and again, for nothing at all too`, () =>
          Effect.gen(function* () {
            const server = yield* serve(() => ({ requireReuse, minVersion: version, maxVersion: version }))
            const session = yield* open(server, yield* trusting, { data })
            for (let round = 0; round < 5; round++) {
              assert.strictEqual(yield* download(session), HELLO)
              assert.strictEqual(yield* download(session, "empty"), "")
              assert.strictEqual(yield* upload(session, "up.txt", `round ${round}`), 7)
              assert.strictEqual(yield* stored(server, "/up.txt"), `round ${round}`)
              yield* upload(session, "nothing.txt", "")
            }
            assert.strictEqual(yield* stored(server, "/nothing.txt"), "")
            assert.isTrue(yield* session.reusable)
          })
        )
      }
    }

    it.scopedLive(`${version}, implicit, by a numeric address: gets it too`, () =>
      Effect.gen(function* () {
        const { authority } = yield* Certificates.make
        const server = yield* serve(() => ({
          mode: "Implicit",
          requireReuse: "vsftpd",
          minVersion: version,
          maxVersion: version
        }))
        const session = yield* open(server, layerImplicit({ authorities: [authority] }), { host: "127.0.0.1" })
        assert.strictEqual(yield* download(session), HELLO)
        assert.strictEqual(yield* download(session), HELLO)
      })
    )

    it.scopedLive(`${version}: gets it from eight sessions side by side, each its own, and after a pause`, () =>
      Effect.gen(function* () {
        const server = yield* serve(() => ({ requireReuse: "ProFTPD", minVersion: version, maxVersion: version }))
        const client = FtpClient.layerPooled({ endpoints: [endpointOf(server)], maxPerHost: 8 })
        yield* Effect.gen(function* () {
          const { download } = yield* FtpClient.FtpClient
          const eight = Effect.replicateEffect(textOf(download("a.txt")), 16, { concurrency: 8 })
          assert.deepStrictEqual(new Set(yield* eight), new Set([HELLO]))
          assert.strictEqual((yield* server.connections).peak, 8)
          // The age of a ticket is told in seconds, by OpenSSL's own clock.
          yield* Effect.sleep("1100 millis")
          assert.deepStrictEqual(new Set(yield* eight), new Set([HELLO]))
          assert.strictEqual((yield* server.connections).total, 8)
        }).pipe(Effect.provide(Layer.provide(client, services(yield* trusting))))
      })
    )
  }

  for (const [requireReuse, code] of [
    ["vsftpd", 522],
    ["ProFTPD", 425]
  ] as const) {
    it.scopedLive(`and has none to give says so: ${code}, in its own words, and the session goes on`, () =>
      Effect.gen(function* () {
        const server = yield* serve(({ server: dataIdentity }) => ({ requireReuse, dataIdentity }))
        const session = yield* open(server, yield* trusting)
        const error = yield* Effect.flip(download(session))
        assert.strictEqual(error._tag, "FtpRejected", error.message)
        assert.strictEqual(error._tag === "FtpRejected" ? error.reply.code : 0, code)
        assert.strictEqual(yield* session.size("a.txt"), HELLO.length)
      })
    )
  }
})

describe("the certificate of a data connection that does not go on with the session", () => {
  type Data = Exclude<keyof Certificates.Certificates, "authority" | "otherAuthority">
  const refused = (
    dataIdentity: Data,
    security: (certificates: Certificates.Certificates) => FtpSecurity.ExplicitOptions,
    on: On
  ) =>
    Effect.gen(function* () {
      const certificates = yield* Certificates.make
      const server = yield* serve(() => ({ dataIdentity: certificates[dataIdentity] }))
      const session = yield* open(server, layerExplicit(security(certificates)), on)
      const error = yield* Effect.flip(upload(session, "up.txt", "secret bytes"))
      assert.deepInclude(error, { _tag: "FtpConnectError", reason: "Tls", channel: "Data" }, error.message)
      assert.include(error.message, `sha256:${certificates[dataIdentity].fingerprint}`)
      assert.notInclude(yield* stored(server, "/up.txt"), "secret")
      return error
    })

  const bad: ReadonlyArray<readonly [identity: Data, words: RegExp]> = [
    ["wrongName", /is for other\.test, not for files\.test/],
    ["expired", /expired on/],
    ["selfSigned", /is self-signed/],
    ["unknownAuthority", /signed by an authority that is not trusted/]
  ]
  for (const [mode, data] of dataModes) {
    for (const [identity, words] of bad) {
      it.scopedLive(`${mode}: ${identity} is refused before a byte of the file has left`, () =>
        Effect.gen(function* () {
          const error = yield* refused(identity, ({ authority }) => ({ authorities: [authority] }), { data })
          assert.match(error.message, words)
        })
      )
    }
  }

  it.scopedLive("may be another good one for the name", () =>
    Effect.gen(function* () {
      const server = yield* serve(({ other }) => ({ dataIdentity: other }))
      assert.strictEqual(yield* download(yield* open(server, yield* trusting)), HELLO)
    })
  )

  it.scopedLive("must be pinned where the other one is", () =>
    Effect.gen(function* () {
      const error = yield* refused("other", ({ server }) => ({ pins: [`sha256:${server.fingerprint}`] }), {})
      assert.match(error.message, /not the pinned one/)
    })
  )

  it.scopedLive("must be the control connection's where any is accepted", () =>
    Effect.gen(function* () {
      const any: FtpSecurity.ExplicitOptions = { certificates: "DangerouslyAcceptAny" }
      const error = yield* refused("other", () => any, {})
      assert.match(error.message, /shows another certificate than the control connection/)
      const server = yield* serve(({ server: dataIdentity }) => ({ dataIdentity }))
      assert.strictEqual(yield* download(yield* open(server, layerExplicit(any))), HELLO)
    })
  )
})

describe("an upload that is given up is never a whole file to the server", () => {
  for (const [mode, data] of dataModes) {
    const replies = (name: string, content: (session: FtpSession.FtpSession) => Effect.Effect<unknown, unknown>) =>
      it.scopedLive(`${mode}: ${name}`, () =>
        Effect.gen(function* () {
          const said: Array<string> = []
          const server = yield* serve(
            ({ selfSigned }) => (name.includes("certificate") ? { dataIdentity: selfSigned } : {}),
            {
              onLine: ({ from, text }) => Effect.sync(() => from === "Server" && said.push(text))
            }
          )
          const session = yield* open(server, yield* trusting, { data })
          yield* content(session)
          yield* eventually(
            "the server's last word",
            Effect.sync(() => said.at(-1)?.slice(0, 3)),
            "426"
          )
        })
      )

    replies("when its source fails", (session) =>
      Effect.scoped(
        Effect.gen(function* () {
          let pulls = 0
          const pull = Effect.suspend(() =>
            pulls++ === 0 ? Effect.succeedSome(new Uint8Array(100_000)) : Effect.fail("the disk is on fire")
          )
          assert.strictEqual(yield* Effect.flip(session.transmit(Command.stor("up.bin"), pull)), "the disk is on fire")
        })
      )
    )

    replies("when it is interrupted", (session) =>
      Effect.gen(function* () {
        const sent = yield* Deferred.make<void>()
        const pull = Effect.suspend(() => {
          const first = Effect.as(Deferred.succeed(sent, undefined), Option.some(new Uint8Array(100_000)))
          return Effect.flatMap(Deferred.isDone(sent), (isSent) => (isSent ? Effect.never : first))
        })
        const uploading = yield* Effect.fork(session.transmit(Command.stor("up.bin"), pull))
        yield* Deferred.await(sent)
        yield* Fiber.interrupt(uploading)
      })
    )

    replies("when the certificate is refused", (session) => Effect.flip(upload(session, "up.bin", "secret bytes")))
  }
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

describe("a download that was cut by a FIN without close_notify", () => {
  const cut = (reply: string): Fault => ({
    _tag: "DropData",
    verb: "RETR",
    afterBytes: 5,
    how: "Cut",
    reply,
    times: Number.POSITIVE_INFINITY
  })
  const cases: ReadonlyArray<readonly [name: string, denied: ReadonlyArray<string>, reply: string]> = [
    ["is no file where the server noticed, with SIZE", [], "426 Connection closed."],
    ["is no file where the server noticed, without SIZE", ["SIZE", "MLST", "MLSD"], "426 Connection closed."],
    ["is no file where the server did not notice: SIZE says so", [], "226 Transfer complete."]
  ]
  for (const [name, denied, reply] of cases) {
    it.scopedLive(name, () =>
      Effect.gen(function* () {
        const server = yield* serve(undefined, { denied })
        yield* server.fault(cut(reply))
        const client = FtpClient.layerPooled({ endpoints: [endpointOf(server)], maxPerHost: 1 })
        const failure = yield* Effect.flip(
          Effect.flatMap(FtpClient.FtpClient, ({ download }) =>
            textOf(download("a.txt", { retry: Schedule.stop }))
          ).pipe(Effect.provide(Layer.provide(client, services(yield* trusting))))
        )
        assert.include(
          ["FtpTransferInterrupted", "FtpIntegrityError", "FtpRejected"],
          (failure as { _tag: string })._tag
        )
      })
    )
  }
})

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

/** Somebody who is not the server dials, and tells how it went. */
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
