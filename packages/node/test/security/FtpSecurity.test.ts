// Real time throughout: sockets don't run by the TestClock.
import { assert, describe, it } from "@effect/vitest"
import * as FtpPool from "@ftp-effect/core/FtpPool"
import * as FtpSecurity from "@ftp-effect/core/FtpSecurity"
import * as Command from "@ftp-effect/core/protocol/Command"
import type { TlsSettings } from "@ftp-effect/core/testing/FtpTestServer"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { eventually } from "../../../core/test/suites/client/Check.ts"
import * as Certificates from "../support/Certificates.ts"
import * as Relay from "../support/Relay.ts"
import { download, endpointOf, HELLO, loginOf, open, serve, services } from "../support/secured.ts"

const { layerExplicit, layerImplicit } = FtpSecurity

describe("a session over TLS", () => {
  const modes: ReadonlyArray<readonly [mode: TlsSettings["mode"], layer: typeof layerImplicit, first: string]> = [
    ["Explicit", layerExplicit, "AUTH TLS"],
    ["Implicit", layerImplicit, "PBSZ 0"]
  ]
  for (const [mode, layer, first] of modes) {
    it.scopedLive(`${mode}: is protected before the login, and so is its data`, () =>
      Effect.gen(function* () {
        const { authority } = yield* Certificates.make
        const server = yield* serve(() => ({ mode, required: true }))
        const session = yield* open(server, layer({ authorities: [authority] }))
        assert.strictEqual(yield* download(session), HELLO)
        const commands = yield* server.commands
        assert.strictEqual(commands[0], first)
        const [pbsz, prot, user] = ["PBSZ 0", "PROT P", "USER ann"].map((line) => commands.indexOf(line))
        assert.deepStrictEqual([pbsz, prot, user], [pbsz, (pbsz ?? 0) + 1, (pbsz ?? 0) + 2])
      })
    )

    it.scopedLive(`${mode}: asks for the protection of data after the login where the server wants it so`, () =>
      Effect.gen(function* () {
        const { authority } = yield* Certificates.make
        const server = yield* serve(() => ({ mode }))
        const session = yield* open(server, layer({ authorities: [authority], protectData: "AfterLogin" }))
        assert.strictEqual(yield* download(session), HELLO)
        const commands = yield* server.commands
        assert.isAbove(commands.indexOf("PROT P"), commands.indexOf("PASS ****"))
      })
    )
  }

  it.scopedLive(
    "a server that knows PROT after the login only is asked again then, and its next sessions only then",
    () =>
      Effect.gen(function* () {
        const { authority } = yield* Certificates.make
        const server = yield* serve(() => ({ mode: "Explicit", required: true, protAfterLogin: true }))
        const dialogue = () =>
          Effect.map(server.commands, (commands) =>
            commands.slice(commands.lastIndexOf("AUTH TLS"), commands.lastIndexOf("FEAT"))
          )
        const login = ["USER ann", "PASS ****"]
        const protection = ["PBSZ 0", "PROT P"]
        const pool = yield* Effect.provide(
          FtpPool.make({ endpoints: [endpointOf(server)] }),
          services(layerExplicit({ authorities: [authority] }))
        )
        const first = yield* pool.borrow()
        assert.deepStrictEqual(yield* dialogue(), ["AUTH TLS", ...protection, ...login, ...protection])
        assert.strictEqual(yield* download(first), HELLO)
        yield* pool.borrow()
        assert.deepStrictEqual(yield* dialogue(), ["AUTH TLS", ...login, ...protection])
      })
  )

  for (const [reply, times, sendsLogin] of [
    ["534 Request denied for policy reasons", 1, false],
    ["536 PROT P not supported", 1, false],
    ["530 Log in first", 2, true],
    ["500 What", 2, true],
    ["503 Bad sequence", 2, true]
  ] as const) {
    it.scopedLive(`PROT P that is refused for good by ${reply} is no session without protection`, () =>
      Effect.gen(function* () {
        const { authority } = yield* Certificates.make
        const server = yield* serve()
        yield* server.fault({ _tag: "Refuse", verb: "PROT", reply, times })
        const error = yield* Effect.flip(open(server, layerExplicit({ authorities: [authority] })))
        assert.deepInclude(error, { _tag: "FtpConnectError", reason: "Tls", verb: "PROT" })
        assert.strictEqual((yield* server.commands).includes("PASS ****"), sendsLogin)
        assert.notInclude(yield* server.commands, "EPSV")
      })
    )
  }

  it.scopedLive("FEAT is sent within TLS only: an unencrypted answer is forgotten", () =>
    Effect.gen(function* () {
      const { authority } = yield* Certificates.make
      const server = yield* serve()
      yield* open(server, layerExplicit({ authorities: [authority] }))
      const commands = yield* server.commands
      assert.isAbove(commands.indexOf("FEAT"), commands.indexOf("PROT P"))
    })
  )

  it.scopedLive("AUTH SSL is tried by option only", () =>
    Effect.gen(function* () {
      const { authority } = yield* Certificates.make
      const server = yield* serve()
      const refuse = server.fault({ _tag: "Refuse", verb: "AUTH", reply: "504 No such mechanism." })
      yield* refuse
      const refused = yield* Effect.flip(open(server, layerExplicit({ authorities: [authority] })))
      assert.strictEqual(refused._tag, "FtpConnectError")
      yield* refuse
      const session = yield* open(server, layerExplicit({ authorities: [authority], authSsl: true }))
      assert.strictEqual(yield* download(session), HELLO)
      assert.include(yield* server.commands, "AUTH SSL")
    })
  )
})

describe("a server that dies in a session", () => {
  const deaths: ReadonlyArray<
    readonly [name: string, end: (relay: Relay.Relay) => Effect.Effect<void>, message: RegExp]
  > = [
    ["by a reset", ({ reset }) => reset, /: connection reset by the peer( \(ECONNRESET\))?$/],
    ["without a word", ({ close }) => close, /: the server closed the connection$/],
    [
      "with unencrypted last words, as vsftpd",
      ({ say }) => say("500 OOPS: child died\r\n"),
      /: it broke off, as bytes came that are not of TLS \(ERR_SSL_\w+\)$/
    ]
  ]
  for (const version of ["TLSv1.2", "TLSv1.3"] as const) {
    for (const [name, end, message] of deaths) {
      it.scopedLive(`${version}: ${name}, is a connection that was lost, not one without TLS`, () =>
        Effect.gen(function* () {
          const { authority } = yield* Certificates.make
          const server = yield* serve()
          yield* server.fault({ _tag: "Silence", verb: "NOOP" })
          const relay = yield* Relay.make(server.address.port)
          const security = layerExplicit({ authorities: [authority], maxVersion: version })
          const session = yield* open({ ...server, address: relay.address }, security)
          const running = yield* Effect.fork(Effect.flip(session.run(Command.noop)))
          yield* eventually(
            "NOOP",
            Effect.map(server.commands, (commands) => commands.at(-1)),
            "NOOP"
          )
          yield* end(relay)
          const error = yield* Fiber.join(running)
          assert.deepInclude(error, { _tag: "FtpConnectionLost", channel: "Control", isRetryable: true }, error.message)
          assert.match(error.message, message)
        })
      )
    }
  }
})

describe("ALPN (RFC 7301)", () => {
  for (const [mode, layer] of [
    ["Explicit", layerExplicit],
    ["Implicit", layerImplicit]
  ] as const) {
    it.scopedLive(
      `${mode}: names "ftp", on data connections too, so that no other protocol's server takes us for its own`,
      () =>
        Effect.gen(function* () {
          const { authority } = yield* Certificates.make
          const strict = yield* serve(() => ({ mode, protocols: ["ftp"] }))
          const session = yield* open(strict, layer({ authorities: [authority] }))
          assert.strictEqual(yield* download(session), HELLO)
          const other = yield* serve(() => ({ mode, protocols: ["h2", "http/1.1"] }))
          const error = yield* Effect.flip(open(other, layer({ authorities: [authority] })))
          assert.deepInclude(error, { _tag: "FtpConnectError", reason: "Tls" })
          assert.match(error.message, /: the peer does not speak FTP here \(ERR_SSL_\w+\)$/)
          assert.deepStrictEqual(yield* loginOf(other), [])
        })
    )
  }

  it.scopedLive("names nothing by option, for a server that does not bear it", () =>
    Effect.gen(function* () {
      const { authority } = yield* Certificates.make
      const server = yield* serve(() => ({ protocols: ["h2"] }))
      const session = yield* open(server, layerExplicit({ authorities: [authority], alpn: "None" }))
      assert.strictEqual(yield* download(session), HELLO)
    })
  )
})
