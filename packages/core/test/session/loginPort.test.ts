/** The port of the first transfer, asked for in the burst that follows the login, and servers that do not bear that. */
import { describe, expect, it } from "@effect/vitest"
import * as FtpEndpoint from "@ftp-effect/core/FtpEndpoint"
import * as FtpSession from "@ftp-effect/core/FtpSession"
import * as Command from "@ftp-effect/core/protocol/Command"
import * as FtpScript from "@ftp-effect/core/testing/FtpScript"
import * as Effect from "effect/Effect"
import * as ServerCapabilities from "#core/base/serverCapabilities"
import { services } from "../support/embedded.ts"
import { inTime } from "../support/inTime.ts"

const inMemory = Effect.provide(services)

const open = ({ address: { host, port } }: FtpScript.FtpScript, capabilities: ServerCapabilities.ServerCapabilities) =>
  FtpSession.make({
    endpoint: FtpEndpoint.make({ host, port, user: "ann" }),
    capabilities,
    expectsTransfer: true
  })

/** Why it was not opened. */
const failure = (script: FtpScript.FtpScript, capabilities: ServerCapabilities.ServerCapabilities) =>
  inTime(
    Effect.merge(Effect.mapError(Effect.scoped(Effect.as(open(script, capabilities), "Opened")), ({ _tag }) => _tag)),
    20_000
  )

/** What an earlier session has shown. */
const known = (...facts: ReadonlyArray<ServerCapabilities.Capability>) => {
  const capabilities = ServerCapabilities.make()
  for (const fact of facts) {
    capabilities.set(fact, true)
  }
  return capabilities
}

const ALL = ["Pipelining", "EPSV"] as const

const LOGIN = `
  S: 220 hi
  C: USER ann
  S: 230 in
  C: FEAT
  C: TYPE I
`

const ANSWERS = `
  S: 211 none
  S: 200 binary
`

const WITH_PORT = `
  ${LOGIN}
  C: EPSV
  C: OPTS UTF8 ON
  ${ANSWERS}
`

const WITHOUT = `
  ${LOGIN}
  C: OPTS UTF8 ON
  ${ANSWERS}
  S: 200 utf8
`

describe("the port of the first transfer", () => {
  it.scoped("is asked for with FEAT, and not once more by askPort", () =>
    Effect.gen(function* () {
      const script = yield* FtpScript.make(`${WITH_PORT}
        S: 229 ok (|||40000|)
        S: 200 utf8
        C: NOOP
        S: 200 ok
      `)
      const session = yield* open(script, known(...ALL))
      yield* session.askPort
      expect(yield* session.reusable).toBe(true)
      yield* session.run(Command.noop)
      yield* script.done
    }).pipe(inMemory)
  )

  it.scoped("is not waited for together with the answer to OPTS", () =>
    Effect.gen(function* () {
      const script = yield* FtpScript.make(`${WITH_PORT}
        S: 229 ok (|||40000|)
        C: NOOP
        S: 200 utf8
        S: 200 ok
      `)
      const session = yield* open(script, known(...ALL))
      yield* session.run(Command.noop)
      expect(yield* session.reusable).toBe(true)
      yield* script.done
    }).pipe(inMemory)
  )

  it.scoped("is asked for once more on its own if that is refused, and the session is in step", () =>
    Effect.gen(function* () {
      const script = yield* FtpScript.make(`${WITH_PORT}
        S: 425 not now
        S: 200 utf8
        C: EPSV
        S: 229 ok (|||40000|)
      `)
      const session = yield* open(script, known(...ALL))
      yield* session.askPort
      expect(yield* session.reusable).toBe(true)
      yield* script.done
    }).pipe(inMemory)
  )

  it.scoped("is never asked for so again if another answer came in its place; that bears bursts all the same", () =>
    Effect.gen(function* () {
      const script = yield* FtpScript.make(`${WITH_PORT}
        S: 200 utf8
        -- end of input
        -- next connection
        ${WITHOUT}
      `)
      const capabilities = known(...ALL)
      expect(yield* failure(script, capabilities)).toBe("FtpProtocolViolation")
      yield* open(script, capabilities)
      expect(capabilities.get("Pipelining")).toBe("Works")
      yield* script.done
    }).pipe(inMemory)
  )

  it.scoped("is left to the transfer if it is one that is not dialled, and the session is in step", () =>
    Effect.gen(function* () {
      const script = yield* FtpScript.make(`${WITH_PORT}
        S: 229 ok (|||989|)
        S: 200 utf8
        C: NOOP
        S: 200 ok
      `)
      const capabilities = known(...ALL)
      const session = yield* open(script, capabilities)
      yield* session.run(Command.noop)
      expect(capabilities.get("Login port")).not.toBe("Fails")
      yield* script.done
    }).pipe(inMemory)
  )

  it.scoped("is never asked for so again if the server is silent", () =>
    Effect.gen(function* () {
      const script = yield* FtpScript.make(`${WITH_PORT}
        -- end of input
      `)
      const capabilities = known(...ALL)
      expect(yield* failure(script, capabilities)).toBe("FtpConnectionLost")
      expect(capabilities.get("Login port")).toBe("Fails")
      yield* script.done
    }).pipe(inMemory)
  )

  it.scoped.each([
    ["bears bursts", ["EPSV"]],
    ["answers EPSV", ["Pipelining"]]
  ] as const)("is not asked for before another session has shown that the server %s", ([, facts]) =>
    Effect.gen(function* () {
      const script = yield* FtpScript.make(WITHOUT)
      yield* open(script, known(...facts))
      yield* script.done
    }).pipe(inMemory)
  )

  it.scoped("is not asked for if the server wants each transfer announced", () =>
    Effect.gen(function* () {
      const script = yield* FtpScript.make(WITHOUT)
      const capabilities = known(...ALL)
      capabilities.set("Port without PRET", false)
      yield* open(script, capabilities)
      yield* script.done
    }).pipe(inMemory)
  )
})
