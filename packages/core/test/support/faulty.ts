/** The test server over three files, with one fault, and a raw client that has logged in. */
import * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as Effect from "effect/Effect"
import { login } from "./rawClient.ts"

export const start = (...faults: ReadonlyArray<FtpTestServer.Fault>) =>
  Effect.gen(function* () {
    const server = yield* FtpTestServer.make({ root: { a: "hello", b: "0123456789" } })
    const client = yield* login(server)
    yield* Effect.forEach(faults, server.fault)
    return { server, client }
  })

export const settle = Effect.repeatN(Effect.yieldNow(), 50)
